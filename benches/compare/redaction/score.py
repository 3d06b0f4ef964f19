"""Recall and precision by kind and language: score.py ROWS.jsonl NAME=FINDINGS.jsonl …

Recall: the share of spans that findings cover whole, of whatever kind: what is left of a span leaks. Precision: the share of findings of a kind that touch a span.
"""

import collections
import json
import sys

rows = [json.loads(line) for line in open(sys.argv[1])]
table = collections.defaultdict(dict)
for argument in sys.argv[2:]:
    name, path = argument.split("=", 1)
    gold, covered, made, right = (collections.Counter() for _ in range(4))
    for row, line in zip(rows, open(path)):
        found = json.loads(line)["findings"]
        marked = set()
        for finding in found:
            marked.update(range(finding["span"]["start"], finding["span"]["end"]))
        for span in row["spans"]:
            key = (span["kind"], row["language"])
            gold[key] += 1
            left = [i for i in range(span["start"], span["end"]) if i not in marked and row["text"][i].isalnum()]
            covered[key] += not left
        truth = set()
        for span in row["spans"]:
            truth.update(range(span["start"], span["end"]))
        for finding in found:
            key = (finding["kind"], row["language"])
            made[key] += 1
            hit = any(i in truth for i in range(finding["span"]["start"], finding["span"]["end"]))
            right[key] += hit
    for key in sorted(gold):
        table[key][name] = (gold[key], covered[key] / gold[key], right[key] / made[key] if made[key] else None)
names = [argument.split("=", 1)[0] for argument in sys.argv[2:]]
print("| kind | language | n |" + "".join(f" {name} recall | precision |" for name in names))
print("|---|---|---:|" + "---:|---:|" * len(names))
for (kind, language), by in sorted(table.items()):
    cells = "".join(f" {by[n][1]:.2%} | {'–' if by[n][2] is None else f'{by[n][2]:.2%}'} |" for n in names)
    print(f"| {kind} | {language} | {next(iter(by.values()))[0]} |{cells}")
