"""Names that were missed, by reason: misses.py ROWS.jsonl FINDINGS.jsonl [LANGUAGE].

The reason is the name's form: each word as its lists have it (F first name, f rare first name, L surname, l rare surname, c common word, n noun, - none),
a particle as p, an initial as I; and whether all of the name was missed or a part of it.
"""

import collections
import json
import pathlib
import re
import sys
import unicodedata

LISTS = pathlib.Path(__file__).parents[3] / "core/src/redact/lists"
LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ə": "e", "þ": "th", "ð": "d"})
CLASSES = {letter: set((LISTS / f"{name}.txt").read_text().split()) for letter, name in {
    "F": "first_names", "f": "rare_first_names", "L": "surnames", "l": "rare_surnames", "c": "common_words", "n": "german_words"}.items()}
section = None
for line in (LISTS / "by_hand.txt").read_text().splitlines():
    if line.startswith("["):
        section = {"first": "F", "last": "L", "common": "c"}.get(line.strip("[]"))
    elif section and not line.startswith("#"):
        CLASSES[section].update(line.split())


def form(word):
    if len(word) == 1:
        return "I"
    if word[0].islower():
        return "p"
    folded = "".join(c for c in unicodedata.normalize("NFD", unicodedata.normalize("NFC", word).lower().translate(LETTERS)) if not unicodedata.combining(c))
    return "".join(letter for letter, words in CLASSES.items() if folded in words) or "-"


reasons, examples, names = collections.Counter(), collections.defaultdict(list), 0
for row, line in zip(map(json.loads, open(sys.argv[1])), open(sys.argv[2])):
    if len(sys.argv) > 3 and row["language"] != sys.argv[3]:
        continue
    marked = {i for finding in json.loads(line)["findings"] for i in range(finding["span"]["start"], finding["span"]["end"])}
    for span in row["spans"]:
        if span["kind"] == "PERSON":
            names += 1
            name = row["text"][span["start"] : span["end"]]
            letters = [i for i in range(span["start"], span["end"]) if row["text"][i].isalnum()]
            left = [i for i in letters if i not in marked]
            if left:
                reason = ("a part of " if len(left) < len(letters) else "") + re.sub(r"\w+", lambda word: form(word[0]), name)
                reasons[reason] += 1
                examples[reason].append(name)
print(f"{sum(reasons.values())} of {names} names missed")
for reason, count in reasons.most_common(25):
    print(f"{count:4} {reason:24} {', '.join(examples[reason][:4])}")
