"""Persons found in texts of a folder, by how often: plain.py BELEG FOLDER. Nobody says which of them are any: they are to be read."""

import collections
import json
import pathlib
import subprocess
import sys

texts = [path.read_text() for path in sorted(pathlib.Path(sys.argv[2]).rglob("*.txt"))]
rows = "\n".join(json.dumps({"text": text}) for text in texts)
out = subprocess.run([sys.argv[1]], input=rows, capture_output=True, text=True, check=True).stdout
found = collections.Counter(
    text[finding["span"]["start"] : finding["span"]["end"]]
    for text, line in zip(texts, out.splitlines()) for finding in json.loads(line)["findings"] if finding["kind"] == "PERSON")
print(f"{len(texts)} texts, {sum(map(len, texts))} characters, {sum(found.values())} persons")
print("; ".join(f"{name} ({count})" if count > 1 else name for name, count in found.most_common()))
