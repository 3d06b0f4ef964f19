#!/usr/bin/env python3
"""Tables of what was measured. Usage: table.py RESULTS.jsonl

Added is what a path takes beyond the median of a direct call by as many callers, in its median and in its 99th percentile.
"""

import json
import sys

NAMES = {
    "direct": "direct: bytes over a kept connection",
    "adapter": "Beleg: adapter",
    "layers": "Beleg: adapter in all layers",
    "layers and audit": "**Beleg: layers, audit log durable**",
    "ask": "Beleg: whole `ask`, audit log durable",
    "openai": "`openai`",
    "litellm": "`litellm`, library",
    "proxy": "`litellm`, proxy, by `openai`",
}

rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
found = {(row["form"], row["path"], row["concurrent"]): row for row in rows}
callers = sorted({row["concurrent"] for row in rows})


def header(first, columns):
    print(f"\n| {first} | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns))


for form in ("streamed", "whole"):
    header(f"{form}; added ms, p50 / p99", [f"{n} at once" for n in callers])
    for path, name in NAMES.items():
        cells = []
        for n in callers:
            row, floor = found[form, path, n], found[form, "direct", n]["all_p50_ms"]
            p50, p99 = row["all_p50_ms"], row["all_p99_ms"]
            cells.append(f"({p50:.2f} / {p99:.2f})" if path == "direct" else f"{p50 - floor:.2f} / {p99 - floor:.2f}")
        print(f"| {name} | " + " | ".join(cells) + " |")
    for other in ("litellm", "proxy"):
        added = lambda path, n: found[form, path, n]["all_p99_ms"] - found[form, "direct", n]["all_p50_ms"]
        cells = [f"{added('layers and audit', n) / added(other, n):.3f}" for n in callers]
        print(f"| audit log durable, p99, as a share of {NAMES[other]} | " + " | ".join(cells) + " |")

header("`ask`, ms, p50 / p99", [f"{n} at once" for n in callers])
for form, key, name in [
    ("streamed", "until_sent", "until the prompt is sent"),
    ("streamed", "first_sentence", "until the first sentence is released"),
    ("streamed", "all", "until the answer is there"),
    ("20 ms between events", "behind_model", "first sentence, behind its last byte, from a model with 20 ms between events"),
]:
    of = lambda n, share: found[form, "ask", n][f"{key}_{share}_ms"]
    print(f"| {name} | " + " | ".join(f"{of(n, 'p50'):.1f} / {of(n, 'p99'):.1f}" for n in callers) + " |")
