#!/usr/bin/env python3
"""Claims with their evidence, true and altered, from data of others, for `core/examples/claims.rs`.

    claims_sets.py OUT [--xquad FOLDER] [--fever FOLDER] [--rte-de FOLDER] [--rte-en FOLDER]

Nothing is fetched and nothing is kept: give folders that you have.

--xquad   de/ and en/ with questions.jsonl and documents/ (XQuAD, CC BY-SA 4.0; scripts/eval_xquad.sh says how it is laid out)
--fever   fever_symmetric_dev.jsonl and fever_symmetric_test.jsonl (github.com/TalSchuster/FeverSymmetric at fa25d17,
          symmetric_v0.2; Schuster et al. 2019, CC BY-SA 3.0): claims and evidence, altered by hand
--rte-de  RTE3-DE-dev-set.xml and RTE3-DE-test-set-GS.xml (DFKI 2012, CC BY 3.0; in github.com/GitOffice/RTEFormatWork at a56bf16)
--rte-en  RTE3_pairs_dev-set-final.xml and RTE3-TEST-GOLD.xml (PASCAL RTE-3, same place)

A row: {"set", "id", "kind", "holds", "half", "claim", "language", "question", "quote", "evidence_language"}. `half` 0 is for tuning, 1 for
reporting: the sets' own development and test parts, and every other document of XQuAD.
"""

import argparse
import json
import pathlib
import random
import re
import xml.etree.ElementTree as ElementTree


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    for name in ["xquad", "fever", "rte-de", "rte-en"]:
        parser.add_argument(f"--{name}", type=pathlib.Path)
    arguments = parser.parse_args()
    rows = []
    if arguments.xquad:
        rows += xquad(arguments.xquad)
    if arguments.fever:
        rows += fever(arguments.fever)
    if arguments.rte_de:
        rows += rte(arguments.rte_de, "de", ["RTE3-DE-dev-set.xml", "RTE3-DE-test-set-GS.xml"])
    if arguments.rte_en:
        rows += rte(arguments.rte_en, "en", ["RTE3_pairs_dev-set-final.xml", "RTE3-TEST-GOLD.xml"])
    with arguments.out.open("w") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(rows)} claims in {arguments.out}")


def row(name, id, kind, holds, half, claim, language, quote, question="", evidence_language=None):
    return {
        "set": name, "id": id, "kind": kind, "holds": holds, "half": half, "claim": claim, "language": language,
        "question": question, "quote": quote, "evidence_language": evidence_language or language,
    }


def fever(folder):
    def plain(text):
        for token, sign in [("-LRB-", "("), ("-RRB-", ")"), ("-LSB-", "["), ("-RSB-", "]"), ("``", '"'), ("''", '"')]:
            text = text.replace(token, sign)
        text = re.sub(r" ([,.;:!?)\]]|'s\b|n't\b|')", r"\1", text)
        return re.sub(r"([(\[]) ", r"\1", text)

    rows = []
    for half, part in enumerate(["dev", "test"]):
        for i, line in enumerate((folder / f"fever_symmetric_{part}.jsonl").open()):
            item = json.loads(line)
            holds = item["label"] == "SUPPORTS"
            kind = "supports" if holds else "refutes"
            rows.append(row("fever", f"{part}{i}", kind, holds, half, plain(item["claim"]), "en", plain(item["evidence"])))
    return rows


def rte(folder, language, files):
    rows = []
    for half, name in enumerate(files):
        for pair in ElementTree.parse(folder / name).getroot().iter("pair"):
            holds = pair.get("entailment") == "YES"
            text, claim = (" ".join(pair.find(part).text.split()) for part in "th")
            kind = "entailed" if holds else "not_entailed"
            rows.append(row(f"rte_{language}", pair.get("id"), kind, holds, half, claim, language, text))
    return rows


ASKS = {
    "en": r"(How many|How much|How long|How old|How far|How large|Who|Whom|Whose|What \w+|What|Which \w+|Which|When|Where|In what \w+|In which \w+|On what \w+)\b",
    "de": r"(Wie viele|Wie viel|Wie lange|Wie hoch|Wie groß|Wie alt|Wer|Wen|Wem|Wessen|Welche[rsnm]? \w+|Was|Wann|Wo|In welche[rsm] \w+|An welche[rsm] \w+)\b",
}
NEGATE = {
    "en": [(r"\b(is|was|are|were|has|have|had|can|could|will|would|did|does|do)\b", r"\1 not")],
    "de": [(r"\b(ist|war|sind|waren|hat|hatte|haben|hatten|wurde|wurden|wird|werden|kann|können)\b", r"\1 nicht"), (r"\b(ein)(e[nrms]?)?\b", r"kein\2")],
}
OPPOSITES = {
    "en": [("increased", "decreased"), ("more", "less"), ("largest", "smallest"), ("first", "last"), ("before", "after"), ("high", "low"), ("north", "south"),
           ("east", "west"), ("won", "lost"), ("most", "least"), ("higher", "lower"), ("internal", "external"), ("above", "below"), ("accepted", "rejected"), ("increase", "decrease")],
    "de": [("gestiegen", "gesunken"), ("mehr", "weniger"), ("größte", "kleinste"), ("größten", "kleinsten"), ("erste", "letzte"), ("ersten", "letzten"), ("vor", "nach"), ("hohe", "niedrige"),
           ("höher", "niedriger"), ("nördlich", "südlich"), ("östlich", "westlich"), ("gewann", "verlor"), ("gewonnen", "verloren"), ("früher", "später"), ("stieg", "sank")],
}
NAME = {"en": r"(?<=[a-z,] )(?:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)", "de": r"(?<=[a-zäöüß,] )(?:[A-Z][\w-]+ [A-Z][\w-]+)"}


def sentences(text):
    return re.split(r"(?<=[a-zäöüß0-9)\"“”][.!?]) (?=[A-ZÄÖÜ\"„“])", text)


def altered(claim, language, others, chance):
    """Pairs of what was done and the claim so altered."""
    found = []
    year = re.search(r"\b(1[5-9]\d\d|20[0-2]\d)\b", claim)
    if year:
        new = str(int(year[0]) + chance.choice([-3, -1, 1, 2, 10]))
        found.append(("other_year", claim[: year.start()] + new + claim[year.end() :]))
    for number in re.finditer(r"(?<![\w.,/-])\d+(?:[.,]\d+)*(?![\w-])", claim):
        if re.fullmatch(r"(1[5-9]\d\d|20[0-2]\d)", number[0]):
            continue
        digits = [i for i, c in enumerate(number[0]) if c.isdigit()]
        at = chance.choice(digits[-2:])
        new = number[0][:at] + str((int(number[0][at]) + chance.randint(1, 8)) % 10) + number[0][at + 1 :]
        if new.lstrip("0") and new != number[0]:
            found.append(("other_number", claim[: number.start()] + new + claim[number.end() :]))
        break
    units = [("million", "billion"), ("Millionen", "Milliarden"), (" %", " Prozentpunkte"), ("percent", "percentage points"), ("Prozent", "Promille"), ("miles", "kilometres"), ("Jahre", "Monate"),
             ("years", "months"), ("Kilometer", "Meter"), ("$", "£"), ("Dollar", "Euro"), ("Meter", "Fuß")]
    for a, b in units:
        if re.search(rf"\d[\d.,]*\s?{re.escape(a)}" if a != "$" else r"\$\s?\d", claim):
            found.append(("other_unit", claim.replace(a, b, 1)))
            break
    for a, b in OPPOSITES[language]:
        for x, y in [(a, b), (b, a)]:
            if re.search(rf"\b{x}\b", claim):
                found.append(("other_direction", re.sub(rf"\b{x}\b", y, claim, count=1)))
                break
        else:
            continue
        break
    if not re.search(r"\b(not|nicht|kein\w*|no|never|n't|without|ohne)\b", claim):
        for pattern, new in NEGATE[language]:
            if re.search(pattern, claim):
                found.append(("negated", re.sub(pattern, new, claim, count=1)))
                break
    name = re.search(NAME[language], claim)
    pool = [other for other in others if name and other.lower() not in claim.lower() and name[0].lower() not in other.lower()]
    if pool:
        found.append(("other_name", claim[: name.start()] + chance.choice(pool) + claim[name.end() :]))
    return found


def answered(question, answer, language):
    """The question with its answer in the place of what it asks for; nothing where that makes no sentence."""
    match = re.match(ASKS[language], question)
    if not match:
        return None
    asked, rest = match[1], question[match.end() :].rstrip(" ?")
    if asked in ("Whose", "Wessen", "Whom", "Wem"):
        return None
    lead = {"When": "In ", "Wann": "Im Jahr ", "Where": "In ", "Wo": "In "}.get(asked, "")
    return f"{lead}{answer}{rest}."


def xquad(folder):
    chance = random.Random(7)
    rows, texts = [], {}
    for language in ["de", "en"]:
        texts[language] = {path.name: path.read_text().strip() for path in sorted((folder / language / "documents").iterdir())}
    for language in ["de", "en"]:
        questions = [json.loads(line) for line in (folder / language / "questions.jsonl").open()]
        names = sorted({n for text in texts[language].values() for n in re.findall(NAME[language], text)})
        by_document = {}
        for q in questions:
            by_document.setdefault(q["document"], []).append(q)
        seen = set()
        for q in questions:
            half = sorted(texts[language]).index(q["document"]) % 2
            own = sentences(texts[language][q["document"]])
            cited = next((s for s in own if q["quote"] in s), None)
            if cited is None or len(cited) < 30:
                continue
            add = lambda kind, holds, claim, quote=cited, question="", name=f"xquad_{language}", evidence=language: rows.append(
                row(name, q["id"], kind, holds, half, claim, language, quote, question, evidence))
            if cited not in seen:
                seen.add(cited)
                add("sentence", True, cited)
                for kind, claim in altered(cited, language, names, chance):
                    add("sentence_" + kind, False, claim)
                other = "en" if language == "de" else "de"
                theirs = sentences(texts[other][q["document"]])
                if len(theirs) == len(own):
                    quote = theirs[own.index(cited)]
                    add("across", True, cited, quote, name=f"xquad_{language}_{other}", evidence=other)
                    for kind, claim in altered(cited, language, names, chance):
                        add("across_" + kind, False, claim, quote, name=f"xquad_{language}_{other}", evidence=other)
            claim = answered(q["question"], q["quote"], language)
            if claim is None:
                continue
            add("answer", True, claim, question=q["question"])
            for kind, false in altered(claim, language, names, chance):
                add("answer_" + kind, False, false, question=q["question"])
            number = lambda text: bool(re.fullmatch(r"[\d.,]+( \w+)?", text))
            for rival in by_document[q["document"]]:
                if rival["quote"] in q["quote"] or q["quote"] in rival["quote"] or number(rival["quote"]) != number(q["quote"]):
                    continue
                quote = next((s for s in own if rival["quote"] in s), None)
                false = answered(q["question"], rival["quote"], language)
                if quote and false:
                    kind = "answer_other_answer_same_sentence" if quote == cited else "answer_other_answer"
                    add(kind, False, false, quote, q["question"])
                    break
    return rows


if __name__ == "__main__":
    main()
