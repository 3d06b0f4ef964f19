#!/usr/bin/env python3
"""Tables of what was measured. Usage: table.py RESULTS.jsonl

Added is what a path takes, in its median and in its 99th percentile, beyond the median of a direct call by as many callers.
"""

import json
import sys

PATHS = [
    ("direct", "all", "direct: bytes over a kept connection"),
    ("adapter", "all", "Beleg: adapter"),
    ("layers", "all", "Beleg: adapter in all layers"),
    ("layers and audit", "all", "**Beleg: layers, audit log durable**"),
    ("layers and audit", "behind_search", "the same without the intent, which is put on record during the search"),
    ("openai", "all", "`openai`"),
    ("litellm", "all", "`litellm`, library"),
    ("proxy", "all", "`litellm`, proxy, by `openai`"),
]

rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
found = {(row["form"], row["path"], row["concurrent"]): row for row in rows}
callers = sorted({row["concurrent"] for row in rows})


def header(first, columns):
    print(f"\n| {first} | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns))


def added(form, path, key, n):
    floor = found[form, "direct", n]["all_p50_ms"]
    return [found[form, path, n][f"{key}_{share}_ms"] - floor for share in ("p50", "p99")]


def cell(path, values):
    text = " / ".join(f"{value:.2f}" for value in values)
    return f"({text})" if path == "direct" else text


for form in ("streamed", "whole"):
    header(f"{form}; added ms, p50 / p99", [f"{n} at once" for n in callers])
    for path, key, name in PATHS:
        direct = [[found[form, path, n][f"all_{share}_ms"] for share in ("p50", "p99")] for n in callers]
        values = direct if path == "direct" else [added(form, path, key, n) for n in callers]
        print(f"| {name} | " + " | ".join(cell(path, value) for value in values) + " |")
    for other, name in [("litellm", "library"), ("proxy", "proxy")]:
        ratio = [added(form, "layers and audit", "all", n)[1] / added(form, other, "all", n)[1] for n in callers]
        print(f"| audit log durable, p99, as a share of the {name}'s | " + " | ".join(f"{one:.3f}" for one in ratio) + " |")

header("`ask`, ms, p50 / p99", [f"{n} at once" for n in callers])
for form, key, name in [
    ("streamed", "until_sent", "until the prompt is sent"),
    ("streamed", "first_sentence", "until the first sentence is released"),
    ("streamed", "all", "until the answer is there"),
    ("20 ms between events", "behind_model", "first sentence, behind its last byte, from a model with 20 ms between events"),
]:
    of = lambda n, share: found[form, "ask", n][f"{key}_{share}_ms"]
    print(f"| {name} | " + " | ".join(f"{of(n, 'p50'):.1f} / {of(n, 'p99'):.1f}" for n in callers) + " |")
