"""Writes texts in the style of audit files with the place of every piece of personal data in them: generate.py OUT.jsonl [--names faker|other].

A row: {"id", "language", "text", "spans": [{"start", "end", "kind"}]}; offsets count characters. The seed is fixed. `--names other` takes names from a list
that has no part in Beleg's (`@zxcvbn-ts/language-de`, MIT, unpacked into ./zxcvbn-de) instead of Faker's. Check digits are computed here, not by Beleg.
"""

import argparse
import json
import pathlib
import random
import re

from faker import Faker

parser = argparse.ArgumentParser()
parser.add_argument("out")
parser.add_argument("--names", default="faker", choices=["faker", "other"])
parser.add_argument("--entities", type=int, default=2000, help="of each kind at least")
arguments = parser.parse_args()

SEED = 20251231
rng = random.Random(SEED)
faker = {"de": Faker("de_DE"), "en": Faker("en_GB")}
for fake in faker.values():
    fake.seed_instance(SEED)


def digits(n, first="0123456789"):
    return rng.choice(first) + "".join(rng.choice("0123456789") for _ in range(n - 1))


def mod_11_10(body):
    product = 10
    for digit in map(int, body):
        product = ((digit + product) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def tax_id(_):
    while True:
        places = [str(d) for d in rng.sample(range(10), 9)]
        places.insert(rng.randrange(10), rng.choice(places))
        if places[0] != "0":
            number = "".join(places) + mod_11_10("".join(places))
            return rng.choice([number, f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"])


def luhn(body):
    total = 0
    for i, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if i % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def card(_):
    kind = rng.choice(["4", "51", "55", "34", "37"])
    length = 15 if kind[0] == "3" else 16
    body = kind + digits(length - 1 - len(kind))
    number = body + luhn(body)
    if length == 15:
        return rng.choice([number, f"{number[:4]} {number[4:10]} {number[10:]}"])
    groups = [number[i : i + 4] for i in range(0, 16, 4)]
    return rng.choice([number, " ".join(groups), "-".join(groups)])


def iban(language):
    country, length = rng.choice([("DE", 18), ("DE", 18), ("AT", 16), ("NL", 0), ("GB", 0), ("FR", 0)] if language == "de" else [("GB", 0), ("GB", 0), ("DE", 18), ("FR", 0)])
    letters = lambda n: "".join(rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(n))
    bban = {"NL": lambda: letters(4) + digits(10), "GB": lambda: letters(4) + digits(14), "FR": lambda: digits(10) + digits(11) + digits(2)}.get(country, lambda: digits(length))()
    value = int("".join(str(int(c, 36)) for c in bban + country + "00"))
    number = f"{country}{98 - value % 97:02d}{bban}"
    return rng.choice([number, " ".join(re.findall(".{1,4}", number)), " ".join(re.findall(".{1,4}", number))])


def vat_id(_):
    body = digits(8, "123456789")
    number = body + mod_11_10(body)
    return rng.choice([f"DE{number}", f"DE {number[:3]} {number[3:6]} {number[6:]}"])


def cross(number, weights):
    return sum((d := int(c) * w) // 10 + d % 10 for c, w in zip(number, weights))


def social_security(_):
    letter = rng.choice("ABCDEFGHIJKLMNOPQRSTUVWZ")
    area, birth, serial = rng.choice(["02", "08", "12", "15", "53", "65"]), f"{rng.randint(1, 28):02d}{rng.randint(1, 12):02d}{rng.randint(40, 99)}", digits(2)
    check = cross(f"{area}{birth}{ord(letter) - 64:02d}{serial}", [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10
    return rng.choice([f"{area}{birth}{letter}{serial}{check}", f"{area} {birth} {letter} {serial}{check}"])


def health_insurance(_):
    letter, body = rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), digits(8)
    return f"{letter}{body}{cross(f'{ord(letter) - 64:02d}{body}', [1, 2] * 5) % 10}"


def icao(body):
    return str(sum(int(c, 36) * w for c, w in zip(body, [7, 3, 1] * 3)) % 10)


def document(first):
    def make(_):
        body = rng.choice(first) + "".join(rng.choice("0123456789CFGHJKLMNPRTVWXYZ") for _ in range(8))
        return body + icao(body)
    return make


def tax_number(_):
    return rng.choice([f"{digits(2)}/{digits(3)}/{digits(5)}", f"{digits(3)}/{digits(3)}/{digits(5)}", f"{digits(3)}/{digits(4)}/{digits(4)}"])


def plate(_):
    code = rng.choice("B HH M K F S D DO E L HB DD H N DU BO W BI BN MS KA MA A WI GE MG BS KI AC HAL MD FR KR MZ HL EF OB HRO KS P SB".split())
    return f"{code}-{''.join(rng.choice('ABCDEFGHJKLMNPRSTUVWXYZ') for _ in range(rng.choice([1, 2])))} {rng.randint(1, 9999)}{rng.choice(['', '', '', 'E', 'H'])}"


def bic(_):
    return rng.choice("COBADEFFXXX DEUTDEFF DEUTDEBBXXX GENODEF1S04 BYLADEM1001 HYVEDEMMXXX PBNKDEFFXXX INGDDEFFXXX MARKDEF1100 SOLADEST600 WELADED1PMB BARCGB22XXX MIDLGB22 NWBKGB2L LOYDGB2L BNPAFRPPXXX RABONL2U GIBAATWWXXX".split())


def phone(language):
    return faker[language].phone_number()


def birth_date(language):
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1940, 2005)
    names = {"de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember", "en": "January February March April May June July August September October November December"}
    name = names[language].split()[month - 1]
    return rng.choice([f"{day:02d}.{month:02d}.{year}", f"{day}. {name} {year}"] if language == "de" else [f"{day:02d}/{month:02d}/{year}", f"{day} {name} {year}", f"{name} {day}, {year}"])


def address(language):
    fake = faker[language]
    if language == "de":
        # No house has the number 0, which Faker gives.
        return f"{fake.street_name()} {rng.randint(1, 180)}{rng.choice(['', '', '', 'a', 'b'])}, {fake.postcode()} {fake.city_name()}"
    return f"{rng.randint(1, 180)} {fake.last_name()} {rng.choice(['Street', 'Road', 'Lane', 'Avenue', 'Close', 'Gardens'])}, {fake.city()} {fake.postcode()}"


def other_names():
    folder = pathlib.Path("zxcvbn-de/dist")
    read = lambda name: re.search(r'"([^"]{500,})"', (folder / f"{name}.json.js").read_text())[1].split(",")
    return ["-".join(p.capitalize() for p in n.split("-")) for n in read("firstnames")], [n.capitalize() for n in read("lastnames")]


FIRST, LAST = other_names() if arguments.names == "other" else (None, None)


def first_last(language):
    if FIRST and language == "de":
        return rng.choice(FIRST), rng.choice(LAST)
    return faker[language].first_name(), faker[language].last_name()


def person(language):
    """Text before, the name, text behind: the titles are nobody's."""
    first, last = first_last(language)
    if rng.random() < 0.06:
        last = f"{last}-{first_last(language)[1]}"
    if rng.random() < 0.04 and language == "de":
        last = f"{rng.choice(['von', 'von der', 'zu'])} {last}"
    form = rng.random()
    titles = ["Herr", "Frau", "Herrn", "Frau Dr.", "Herr Prof. Dr."] if language == "de" else ["Mr", "Ms", "Mrs", "Dr", "Mr."]
    if form < 0.55:
        return "", f"{first} {last}"
    if form < 0.70:
        return rng.choice(titles) + " ", last
    if form < 0.78:
        return rng.choice(titles) + " ", f"{first} {last}"
    if form < 0.86:
        return "", f"{last}, {first}"
    if form < 0.93:
        return "", f"{first[0]}. {last}"
    return rng.choice(["gez. ", "Ansprechpartner: ", "WP/StB "] if language == "de" else ["signed: ", "Contact: ", "Prepared by: "]), f"{first} {last}"


MAKERS = {
    "PERSON": person, "ADDRESS": address, "PHONE": phone, "EMAIL": lambda language: faker[language].email(), "IBAN": iban, "BIC": bic, "CARD": card, "TAXID": tax_id,
    "TAXNUMBER": tax_number, "VATID": vat_id, "SOCIALSECURITY": social_security, "HEALTHINSURANCE": health_insurance, "PASSPORT": document("CFGHJK"),
    "IDCARD": document("LMNPRTVWXY"), "PLATE": plate, "BIRTHDATE": birth_date,
}
GERMAN_KINDS = {"TAXID", "TAXNUMBER", "VATID", "SOCIALSECURITY", "HEALTHINSURANCE", "PASSPORT", "IDCARD", "PLATE"}

TEMPLATES = {
    "de": [
        "{PERSON} hat die Saldenbestätigung über {amount} EUR am {date} unterzeichnet.",
        "Laut Arbeitsvertrag erhält {PERSON}, geboren am {BIRTHDATE}, ein Jahresgehalt von {amount} EUR; Steuer-ID {TAXID}, SV-Nr. {SOCIALSECURITY}.",
        "Die Überweisung auf {IBAN} (BIC {BIC}) in Höhe von {amount} EUR wurde von {PERSON} freigegeben (Beleg {invoice}).",
        "Rückfragen zur Rechnung {invoice} vom {date} an {PERSON}, Tel. {PHONE}, E-Mail {EMAIL}.",
        "Anschrift des Mieters: {PERSON}, {ADDRESS}. Die Miete beträgt {amount} EUR.",
        "Der Dienstwagen mit dem Kennzeichen {PLATE} wird {PERSON} auch privat überlassen (§ 6 Abs. 1 Nr. 4 EStG).",
        "Die Firmenkarte {CARD} wurde mit {amount} EUR belastet; Konto {account}, Kostenstelle 4711.",
        "Die Gesellschaft wird unter der Steuernummer {TAXNUMBER} geführt, USt-IdNr. {VATID}; Umsatzerlöse {amount} EUR.",
        "Krankenkasse: Versichertennummer {HEALTHINSURANCE}; Beitrag {amount} EUR für {PERSON}.",
        "Legitimation durch Reisepass {PASSPORT} beziehungsweise Personalausweis {IDCARD}, gültig bis {date}.",
        "Zum {date} betrugen die Rückstellungen {amount} EUR (Vorjahr: {amount} EUR). Geprüft von {PERSON} und {PERSON}.",
        "In der Besprechung am {date} erläuterte {PERSON} die Abweichung von {percent} % gegenüber dem Vorjahr.",
        "Kreditkarte {CARD}, USt-IdNr. {VATID}, Kennzeichen {PLATE}: laut Aufstellung vom {date}.",
        "Der Arbeitnehmer ({TAXID}; {HEALTHINSURANCE}; RV-Nr. {SOCIALSECURITY}) ist seit {date} beschäftigt.",
        "Ausweis {IDCARD}, Pass {PASSPORT}, Steuernummer {TAXNUMBER} lagen im Original vor.",
    ],
    "en": [
        "The confirmation of {amount} EUR was signed by {PERSON} on {date}.",
        "{PERSON}, born on {BIRTHDATE}, receives an annual salary of {amount} GBP under the contract.",
        "The payment to {IBAN} (BIC {BIC}) of {amount} EUR was approved by {PERSON} (invoice {invoice}).",
        "For questions on invoice {invoice} contact {PERSON}, phone {PHONE}, e-mail {EMAIL}.",
        "Tenant's address: {PERSON}, {ADDRESS}. The rent amounts to {amount} GBP.",
        "The corporate card {CARD} was charged {amount} GBP; account {account}.",
        "In the meeting on {date}, {PERSON} explained the variance of {percent}% to {PERSON}.",
        "As of {date} provisions amounted to {amount} EUR (prior year: {amount} EUR), reviewed by {PERSON}.",
    ],
}


def plain(name, language):
    if name == "amount":
        value = f"{rng.randint(1000, 99999999) / 100:,.2f}"
        return value if language == "en" else value.translate(str.maketrans(",.", ".,"))
    if name == "percent":
        return f"{rng.randint(1, 999) / 10:.1f}".replace(".", "," if language == "de" else ".")
    if name == "date":
        return f"{rng.randint(1, 28):02d}.{rng.randint(1, 12):02d}.{rng.randint(2023, 2026)}"
    if name == "account":
        return digits(4, "1234567")
    return rng.choice([f"RE-{rng.randint(2023, 2026)}-{digits(5)}", digits(8, "123456789"), f"{rng.randint(2023, 2026)}/{digits(4)}"])


counts = {(kind, language): 0 for kind in MAKERS for language in ("de", "en") if language == "de" or kind not in GERMAN_KINDS}
with open(arguments.out, "w") as out:
    number = 0
    while min(counts.values()) < arguments.entities:
        # The language and the templates that what is missing stands in.
        (kind, language), _ = min(counts.items(), key=lambda item: item[1])
        sentences = [rng.choice([t for t in TEMPLATES[language] if f"{{{kind}}}" in t])] + rng.sample(TEMPLATES[language], 2)
        rng.shuffle(sentences)
        text, spans = "", []
        for piece in re.split(r"(\{\w+\})", " ".join(sentences)):
            name = piece[1:-1]
            if not piece.startswith("{"):
                text += piece
            elif name not in MAKERS:
                text += plain(name, language)
            else:
                made = MAKERS[name](language)
                before, value = made if isinstance(made, tuple) else ("", made)
                text += before
                spans.append({"start": len(text), "end": len(text) + len(value), "kind": name})
                text += value
                counts[name, language] += 1
        out.write(json.dumps({"id": number, "language": language, "text": text, "spans": spans}, ensure_ascii=False) + "\n")
        number += 1
print(number, "texts;", ", ".join(f"{kind} {language} {n}" for (kind, language), n in counts.items()))
