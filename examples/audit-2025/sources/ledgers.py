"""What comes out of the bookkeeping system: trial balance, schedules, journal, master data, inventory list."""

from __future__ import annotations

import csv
import datetime
import io
import json
import random
from collections import defaultdict
from pathlib import Path

from books import CHART, SEED
from facts import FACT
from figures import Figures, euro
from formats import rezip

STEMS = ("Alten", "Buchen", "Dorn", "Eller", "Falken", "Greifen", "Hagen", "Immen", "Kessel", "Linden", "Moor", "Nessel", "Ober", "Pappel", "Quellen", "Reiher", "Silber", "Tannen", "Ulmen", "Vogel", "Weiden", "Zieder", "Birken", "Erlen", "Hasel", "Kiefern", "Lerchen", "Marder", "Nieder", "Otter")
ENDS = ("ried", "brück", "hausen", "tal", "fels", "berg", "moor", "stedt", "horn", "au", "wald", "rode", "kamp", "bek", "siel", "thal", "hain", "furt", "loh", "werth")
TRADES = ("Papierfabrik", "Fördertechnik", "Zementwerk", "Stahlhandel", "Maschinenbau", "Anlagenbau", "Hydraulik", "Werkzeugbau", "Energie", "Kranbau", "Mühlenbau", "Antriebe", "Logistik", "Walzwerk", "Zucker", "Chemie", "Pumpen", "Aufzüge", "Schiffswerft", "Holzwerke")
FORMS = ("GmbH", "GmbH & Co. KG", "AG", "KG", "e.K.", "SE & Co. KG")


def names(count: int, key: str) -> list[str]:
    rng, seen = random.Random(f"{SEED}-{key}"), []
    known = {"Papierfabrik Altenried GmbH"}
    while len(seen) < count:
        name = f"{rng.choice(TRADES)} {rng.choice(STEMS)}{rng.choice(ENDS)} {rng.choice(FORMS)}"
        if name not in known:
            known.add(name)
            seen.append(name)
    return seen


def movements(f: Figures) -> dict[int, list[int]]:
    """Account: opening, debits, credits of Sternbrück Antriebstechnik AG in 2025."""
    year = f.books["SAT", 2025]
    m: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for a, v in year.opening.items():
        m[a][0] = v
    for p in year.postings:
        m[p.debit][1] += p.cents
        m[p.credit][2] += p.cents
    return m


def shares(total: list[int], count: int, key: str, fixed: list[int] | None = None) -> list[list[int]]:
    """Divides opening, debits and credits of a control account over its personal accounts, to the cent."""
    rng = random.Random(f"{SEED}-{key}")
    weights = sorted((rng.paretovariate(1.16) for _ in range(count)), reverse=True)
    scale, rest, out = sum(weights), [t - (fixed[i] if fixed else 0) for i, t in enumerate(total)], []
    left = list(rest)
    for n, w in enumerate(weights):
        row = []
        for i in range(3):
            v = left[i] if n == count - 1 else round(rest[i] * w / scale * (rng.uniform(.985, 1.015) if n > 40 else 1))
            left[i] -= v
            row.append(v)
        out.append(row)
    return out


def trial_balance(path: Path, f: Figures) -> int:
    import xlsxwriter
    m = movements(f)
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "Summen- und Saldenliste 2025", "author": FACT["ag"], "created": datetime.datetime(2026, 2, 6, 8, 0)})
    money, head, bold = book.add_format({"num_format": "#,##0.00"}), book.add_format({"bold": True, "bg_color": "#D9E1F2"}), book.add_format({"bold": True, "num_format": "#,##0.00", "top": 1})
    rows = 0
    def sheet(title: str, lines: list[tuple[int, str, list[int]]], note: str) -> None:
        nonlocal rows
        s = book.add_worksheet(title)
        s.write(0, 0, f"{FACT['ag']}: {title}, Geschäftsjahr 2025, Stand 06.02.2026, Beträge in EUR"); s.write(1, 0, note)
        for c, h in enumerate(("Konto", "Bezeichnung", "EB-Wert", "Summe Soll", "Summe Haben", "Saldo", "S/H")):
            s.write(3, c, h, head)
        total = [0, 0, 0]
        for r, (a, name, v) in enumerate(lines, 4):
            s.write_number(r, 0, a); s.write_string(r, 1, name)
            for c in range(3):
                s.write_number(r, 2 + c, v[c] / 100, money)
                total[c] += v[c]
            balance = v[0] + v[1] - v[2]
            s.write_number(r, 5, abs(balance) / 100, money); s.write_string(r, 6, "S" if balance >= 0 else "H")
        r = 4 + len(lines)
        s.write(r, 1, "Summe", bold)
        for c in range(3):
            s.write_number(r, 2 + c, total[c] / 100, bold)
        s.write_number(r, 5, abs(total[0] + total[1] - total[2]) / 100, bold)
        s.set_column(0, 0, 9); s.set_column(1, 1, 52); s.set_column(2, 5, 18); s.freeze_panes(4, 0); s.autofilter(3, 0, r - 1, 6)
        rows += len(lines)
    sheet("Sachkonten", [(a, CHART[a][0], m[a]) for a in sorted(m) if any(m[a])], "EB-Werte und Salden: Soll positiv, Haben negativ bzw. Kennzeichen S/H. Vor Abschluss der Erfolgskonten.")
    altenried = [0, 490_280_00, 0]
    debtors = shares(m[1200], 3599, "debtors", altenried)
    lines = [(10001 + i, n, v) for i, (n, v) in enumerate(zip(names(3599, "debtors"), debtors))] + [(13600, "Papierfabrik Altenried GmbH", altenried)]
    sheet("Debitoren", lines, "Summe der Debitoren = Konto 1200.")
    sheet("Kreditoren", [(70001 + i, n, v) for i, (n, v) in enumerate(zip(names(1560, "creditors"), shares(m[3300], 1560, "creditors")))], "Summe der Kreditoren = Konto 3300.")
    book.close()
    rezip(path)
    return rows


def schedules(path: Path, f: Figures, tables: dict) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    book = Workbook()
    book.remove(book.active)
    book.properties.creator, book.properties.created = FACT["ag"], datetime.datetime(2026, 2, 12)
    book.properties.modified = datetime.datetime(2026, 2, 12)
    for title, name, heading in (("Anlagenspiegel AG", "s_anlagen", "Entwicklung des Anlagevermögens der AG 2025 in T€"), ("Rückstellungsspiegel AG", "s_rueck", "Rückstellungsspiegel der AG 2025 in T€"),
                                 ("Verbindlichkeiten AG", "s_verb", "Verbindlichkeitenspiegel der AG zum 31.12.2025 in T€"), ("Darlehen Konzern", "kredite", "Bankdarlehen der Konzerngesellschaften zum 31.12.2025"),
                                 ("Segmente", "segment", "Segmentberichterstattung 2025"), ("Steuern", "steuern", "Steuerüberleitungsrechnung Konzern")):
        s = book.create_sheet(title)
        s.append([heading]); s["A1"].font = Font(bold=True); s.append([])
        t = tables[name]
        s.append(t["h"])
        for r in t["r"]:
            row = []
            for i, c in enumerate(r[1:]):
                plain = str(c).replace(".", "")
                row.append(int(plain) if i and plain.lstrip("-").isdigit() else c)
            s.append(row)
        s.column_dimensions["A"].width = 46
        for row in s.iter_rows(min_row=4, min_col=2):
            for cell in row:
                if isinstance(cell.value, int):
                    cell.number_format = "#,##0"
    s = book.create_sheet("Saldenbestätigungen")
    s.append(["Rücklauf der Saldenbestätigungen Debitoren zum 31.12.2025 (Stichprobe)"]); s.append([])
    s.append(["Konto", "Kunde", "Buchsaldo EUR", "Bestätigt EUR", "Differenz EUR", "Klärung"])
    rng = random.Random(f"{SEED}-confirmations")
    debtors = shares(movements(f)[1200], 3599, "debtors", [0, 490_280_00, 0])
    for i, n in enumerate(names(3599, "debtors")[:38]):
        v = debtors[i]
        balance = v[0] + v[1] - v[2]
        diff = rng.choice((0, 0, 0, 0, 0, -rng.randrange(800_00, 9_000_00)))
        s.append([10001 + i, n, balance / 100, (balance + diff) / 100, diff / 100, "übereinstimmend" if not diff else "Zahlung unterwegs, Eingang Anfang Januar 2026 nachgewiesen"])
    s.append([13600, "Papierfabrik Altenried GmbH", 490280.00, 0, -490280.00, "Kunde bestätigt keinen Saldo: Ware am Stichtag nicht erhalten"])
    book.save(path)
    rezip(path)


def journal(path: Path, f: Figures) -> int:
    rng = random.Random(f"{SEED}-approver")
    people = ("KBRANDL", "SOELKE", "MTHALM", "AWIEGE", "LPETRI")
    out = io.StringIO(newline="")
    w = csv.writer(out, delimiter=";", lineterminator="\r\n")
    w.writerow(("Belegnummer", "Buchungsdatum", "Soll", "Haben", "Betrag EUR", "Buchungstext", "Erfasst von", "Freigegeben von", "Herkunft"))
    rows = sorted(f.books["SAT", 2025].postings, key=lambda p: (p.date, p.number))
    for p in rows:
        second = rng.choice([x for x in people if x != p.user])
        if p.cents == 480_000_00 and p.user == "MTHALM" and p.debit == 1300:
            second = "MTHALM"
        w.writerow((p.number, ".".join(reversed(p.date.split("-"))), p.debit, p.credit, euro(p.cents), p.text, p.user, second, "Schnittstelle" if p.user == "IFBATCH" else "manuell" if p.date[5:] in ("12-29", "12-31") else "Vorsystem"))
    path.write_text(out.getvalue(), encoding="cp1252", newline="")
    return len(rows)


ITEMS = ("Kegelradsatz KR", "Stirnrad SR", "Zylinderrollenlager NU", "Radialwellendichtring RWD", "Gehäuserohling GG", "Ritzelwelle RW", "Passfeder PF", "Schneckenrad SN", "Getriebeöl CLP", "Sechskantschraube M", "Kupplungsstern KS", "Bremsscheibe BS", "Flanschmotor FM", "Rundstahl 42CrMo4 Ø", "Distanzring DR", "Lagerdeckel LD")


def inventory(path: Path, f: Figures) -> None:
    rng, total = random.Random(f"{SEED}-inventory"), f.single["SAT", 2025]["rhb"]
    rows = [("310-0442", "Kegelradsatz KR 310", "H2-14-03", 1842, 21860), ("310-0118", "Kegelradsatz KR 180", "H2-14-01", 2615, 9840), ("520-1007", "Getriebeöl CLP 220 (Liter)", "T1-01", 18400, 412),
            ("410-2031", "Zylinderrollenlager NU 2316", "H1-07-22", 964, 12000), ("640-0009", "Gehäuserohling GG 400", "Freilager", 312, 148250)]
    for i in range(430):
        rows.append((f"{rng.randrange(300, 700)}-{1000 + i}", f"{rng.choice(ITEMS)} {rng.randrange(20, 480)}", f"H{rng.randrange(1, 4)}-{rng.randrange(1, 30):02d}-{rng.randrange(1, 40):02d}", rng.randrange(10, 2400), rng.randrange(90, 5_600)))
    value = sum(r[3] * r[4] for r in rows)
    out = io.StringIO(newline="")
    w = csv.writer(out, delimiter=";", lineterminator="\n")
    w.writerow(("Artikel", "Bezeichnung", "Lagerort", "Menge", "Einstandspreis EUR", "Wert EUR"))
    for a, n, place, qty, price in rows:
        w.writerow((a, n, place, f"{qty:,}".replace(",", "."), euro(price), euro(qty * price)))
    w.writerow(("", "Übrige Artikel lt. Sammelposition und Gängigkeitsabwertung", "", "", "", euro(total - value)))
    w.writerow(("", "Summe Roh-, Hilfs- und Betriebsstoffe", "", "", "", euro(total)))
    path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")


def master_data(path: Path) -> None:
    suppliers = [("70101", "Stahlkontor Wesenberg GmbH", FACT["iban_wesenberg"], 30, "2019-04-02", "AWIEGE"), ("70214", "Grauhof Elektrotechnik KG", FACT["iban_grauhof"], 30, "2017-09-18", "SOELKE"),
                 ("70388", "Ortlohn Wälzlager GmbH", FACT["iban_ortlohn"], 14, "2021-01-11", "AWIEGE"), ("70442", "Ingenieurbüro Tewes & Kallweit PartG", FACT["iban_tewes"], 30, "2023-06-05", "SOELKE"), ("70519", "Spedition Hülsebrock GmbH", FACT["iban_huelsebrock"], 14, "2016-02-29", "AWIEGE")]
    data = {"mandant": FACT["ag"], "stand": "2026-01-15", "lieferanten": [{"konto": k, "name": n, "iban": i.replace(" ", ""), "zahlungsziel_tage": z, "angelegt": d, "angelegt_von": u, "letzte_aenderung_bankdaten": None} for k, n, i, z, d, u in suppliers],
            "kunden": [{"konto": "13600", "name": "Papierfabrik Altenried GmbH", "kreditlimit_eur": 350000, "zahlungsziel_tage": 45, "lieferbedingung": "DAP", "angelegt": "2020-11-03"},
                       {"konto": "10001", "name": names(1, "debtors")[0], "kreditlimit_eur": 2500000, "zahlungsziel_tage": 30, "lieferbedingung": "FCA", "angelegt": "2008-05-14"}],
            "hausbanken": [{"konto": 1800, "bank": FACT["bank1"], "iban": FACT["iban_gewerbebank"].replace(" ", "")}, {"konto": 1810, "bank": FACT["bank2"], "iban": FACT["iban_merten"].replace(" ", "")}, {"konto": 1820, "bank": FACT["bank3"], "iban": FACT["iban_nordwest"].replace(" ", "")}],
            "benutzer": [{"kennung": "KBRANDL", "rolle": "Leitung Bilanzierung", "freigabegrenze_eur": 250000}, {"kennung": "MTHALM", "rolle": "Leitung Rechnungswesen", "freigabegrenze_eur": 250000}, {"kennung": "SOELKE", "rolle": "Debitoren/Kreditoren", "freigabegrenze_eur": 25000},
                         {"kennung": "AWIEGE", "rolle": "Kreditorenbuchhaltung", "freigabegrenze_eur": 10000}, {"kennung": "LPETRI", "rolle": "Vertriebsinnendienst Fakturierung", "freigabegrenze_eur": 0}, {"kennung": "IFBATCH", "rolle": "Schnittstellenbenutzer", "freigabegrenze_eur": 0}]}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
