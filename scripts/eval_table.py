"""Prints reports of `beleg eval --json` as a table: eval_table.py NAME=FILE..."""

from __future__ import annotations

import json
import sys
from pathlib import Path

COLUMNS = [("R@1", "recall_at_1"), ("R@5", "recall_at_5"), ("R@10", "recall_at_10"), ("MRR@10", "mrr_at_10"), ("nDCG@10", "ndcg_at_10"), ("quote@10", "quote_hit_at_10")]

print("| questions → documents | questions |", " | ".join(title for title, _ in COLUMNS), "| false refusal | false answer | p50 ms | p95 ms |")
print("|---|---|" + "---|" * (len(COLUMNS) + 4))
for argument in sys.argv[1:]:
    name, file = argument.split("=", 1)
    report = json.loads(Path(file).read_text(encoding="utf-8"))
    values = " | ".join(f"{report[key]:.3f}" for _, key in COLUMNS)
    latency, unanswerable = report["latency_ms"], report["unanswerable"]
    # Without unanswerable questions there is no rate of false answers.
    false_answer = f"{report['false_answer']:.3f} of {unanswerable}" if unanswerable else ""
    print(f"| {name} | {report['questions']} | {values} | {report['false_refusal']:.3f} | {false_answer} | {latency['p50']:.1f} | {latency['p95']:.1f} |")
