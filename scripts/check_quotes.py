#!/usr/bin/env python3
"""Checks that quotes are byte-exact: check_quotes.py BELEG CORPUS QUESTION...

Every quote that `beleg ask` returns must equal the bytes at its spans in the text that `beleg show` returns; a quote that goes on
in another place is the places' bytes, a line break between them. Ends with 1 when one does not.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache


def main(beleg: str, corpus: str, questions: list[str]) -> int:
    def ask_for(*arguments: str) -> dict:
        run = subprocess.run([beleg, *arguments], capture_output=True, check=False)
        if run.returncode:
            sys.exit(f"error: beleg {arguments[0]} ended with {run.returncode}: {run.stderr.decode(errors='replace').strip()}")
        return json.loads(run.stdout)

    @cache
    def page(document: str, number: int) -> bytes:
        shown = ask_for("show", "--json", corpus, document, "--page", str(number))
        found = [page for page in shown["pages"] if page["number"] == number]
        return found[0]["text"].encode() if found else b""

    quotes, wrong = 0, 0
    for question in questions:
        for citation in ask_for("ask", "--json", corpus, question)["citations"]:
            quotes += 1
            document, segments = citation["document"], citation["segments"]
            parts = [page(document["id"], s["page"])[s["span"]["start"] : s["span"]["end"]] for s in segments]
            if not parts or b"\n".join(parts) != citation["quote"].encode():
                wrong += 1
                print(f"not byte-exact: {document['name']}, page {citation['page']}: {citation['quote']!r}")
    print(f"{quotes - wrong} of {quotes} quotes in {len(questions)} answers are byte-exact.")
    if not quotes:
        print("There is no quote to check.")
    return 1 if wrong or not quotes else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    raise SystemExit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
