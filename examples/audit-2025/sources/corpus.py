"""The order of the build: figures first, then every document from its source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import invoices
import ledgers
import letters
import slides
from facts import FACT
from figures import RATE_AVERAGE, RATE_CLOSE, Figures, euro, named, pct, teur
from formats import docx, eml, fill, letter, scan, write_zip
from tables import all_tables, group_revenue, segments

FOLDERS = ("01_berichte", "02_buchhaltung", "03_vertraege", "04_gremien", "05_richtlinien", "06_schriftverkehr", "07_rechnungen", "08_arbeitspapiere")

# source, place in the corpus, language
TYPESET = [
    ("geschaeftsbericht.typ", "01_berichte/geschaeftsbericht-2025.pdf", "de"),
    ("anhang.typ", "01_berichte/anhang-ag-2025.pdf", "de"),
    ("pruefungsbericht.typ", "01_berichte/pruefungsbericht-ag-2025.pdf", "de"),
    ("reporting_package.typ", "01_berichte/group-reporting-package-sdl.pdf", "en"),
    ("risk_report.typ", "01_berichte/risk-and-sustainability-report.pdf", "en"),
    ("kreditvertrag.typ", "03_vertraege/konsortialkreditvertrag.pdf", "de"),
    ("pensionsgutachten.typ", "06_schriftverkehr/pensionsgutachten.pdf", "de"),
]
WORD = [
    ("ar_protokoll_dezember.md", "04_gremien/aufsichtsratsprotokoll-2025-12-04.docx", "Niederschrift Aufsichtsrat 4. Dezember 2025"),
    ("ar_protokoll_maerz.md", "04_gremien/Aufsichtsratsprotokoll 2026-03-19.docx", "Niederschrift Aufsichtsrat 19. März 2026"),
    ("bilanzierungsrichtlinie.md", "05_richtlinien/bilanzierungsrichtlinie.docx", "Konzernbilanzierungsrichtlinie"),
    ("freigaberichtlinie.md", "05_richtlinien/kredit-und-freigaberichtlinie.docx", "Kredit- und Freigaberichtlinie"),
    ("rechtsanwaltsbestaetigung.md", "06_schriftverkehr/Rechtsanwaltsbestätigung.docx", "Rechtsanwaltsbestätigung"),
    ("inventurprotokoll.md", "08_arbeitspapiere/inventurprotokoll.docx", "Inventurprotokoll"),
]
LETTERS = [
    ("mietvertrag.md", "03_vertraege/Mietvertrag Logistikhalle.pdf", "Mietvertrag Logistikhalle 4", "Industriepark Eisenwerk Vermietungs KG · Mietvertrag IE-2024-017"),
    ("bankbestaetigung.md", "03_vertraege/bankbestaetigung-merten.pdf", "Bankbestätigung zum 31.12.2025", "Bankhaus Merten & Sohn KG · Bankbestätigung"),
]
PLAIN = [
    ("arbeitspapier_vorraete.md", "08_arbeitspapiere/arbeitspapier-vorraete.md", "de"),
    ("review_notes.md", "08_arbeitspapiere/review-notes.md", "en"),
    ("aktenvermerk.txt", "08_arbeitspapiere/aktenvermerk-leasing.txt", "de"),
    ("abschlusskalender.html", "08_arbeitspapiere/abschlusskalender.html", "de"),
]


def values(f: Figures) -> dict:
    """What the sources may name: d.k.umsatz (group), s (AG), d (Sternbrück Drives Ltd. in GBP), f (single facts)."""
    out: dict = {"fact": FACT}
    merten = f.books["SAT", 2025].balance[1810]
    p = f.books["SAT", 2025].provisions
    for lang in ("de", "en"):
        seg, seg_was, reg, reg_was = segments(f, 2025), segments(f, 2024), group_revenue(f, 2025), group_revenue(f, 2024)
        single = {"merten": euro(merten, lang), "merten_bestaetigt": euro(merten + 38_450_00, lang), "gewerbebank": euro(f.books["SAT", 2025].balance[1800], lang), "nordwest": euro(f.books["SAT", 2025].balance[1820], lang),
                  **{k: f"{r}".replace(".", "," if lang == "de" else ".") for k, r in
                     (("kurs", RATE_CLOSE[2025]), ("kurs_v", RATE_CLOSE[2024]), ("kurs_d", RATE_AVERAGE[2025]), ("kurs_dv", RATE_AVERAGE[2024]))}}
        single |= {f"seg_{n.lower()}_{k}": teur(v, lang) for n, s in seg.items() for k, v in s.items()} | {f"seg_{n.lower()}_{k}_v": teur(v, lang) for n, s in seg_was.items() for k, v in s.items()}
        single |= {f"seg_{n.lower()}_m": pct(s["extern"] / 1e8, lang) for n, s in seg.items()}
        single |= {f"p{a}_{k}": teur(v, lang) for a, x in p.items() for k, v in x.items()} | {f"p{a}_{k}_e": euro(v, lang) for a, x in p.items() for k, v in x.items()}
        for a, n in ((1, "gewerbebank"), (2, "werk_sued"), (3, "bz")):
            l = f.books["SAT", 2025].loans[a - 1]
            single |= {f"kredit_{n}": euro(l["closing"], lang), f"kredit_{n}_t": teur(l["closing"], lang), f"kredit_{n}_zins": euro(l["interest"], lang)}
        ek, umlage = f.single["SAT", 2025], f.books["SAT", 2025].balance
        single |= {"kursgewinn": teur(-umlage[4840], lang), "ewb": teur(-umlage[1246], lang), "pwb": teur(-umlage[1248], lang), "forderungen_brutto": teur(umlage[1200], lang), "miete": euro(umlage[6310], lang),
                   "aktie": pct(f.group[2025]["ju"] / 100 / 10_800_000 * 100 / 100, lang), "hgb_gewinn": euro(ek["ju"], lang)}
        single["je_aktie"] = f"{f.group[2025]['ju'] / 100 / 10_800_000:.2f}".replace(".", "," if lang == "de" else ".")
        single["dbo_erfuellung"] = euro(p[3000]["end"], lang)
        single["dbo_markt7"] = euro(round(p[3000]["end"] * 1.0184), lang)
        single["dbo_unterschied"] = euro(round(p[3000]["end"] * 1.0184) - p[3000]["end"], lang)
        single["dbo_unterschied_t"] = teur(round(p[3000]["end"] * 1.0184) - p[3000]["end"], lang)
        out[lang] = {"k": named(f.group[2025] , f.group[2024], lang), "s": named(f.single["SAT", 2025], f.single["SAT", 2024], lang), "d": named(f.single["SDL", 2025], f.single["SDL", 2024], lang),
                     "de": named(f.eur["SDL", 2025], f.eur["SDL", 2024], lang), "c": named(f.cash[2025], f.cash[2024], lang), "f": single, "tables": all_tables(f, lang),
                     **{c.lower(): named(f.single[c, 2025], f.single[c, 2024], lang) for c in ("SSG", "SGG", "SPO")}, "fact": FACT,
                     "reg": {f"r{i}": teur(v, lang) for i, v in enumerate(reg.values())} | {f"r{i}_v": teur(v, lang) for i, v in enumerate(reg_was.values())}}
    return out


def build(out: Path, sources: Path) -> int:
    import typst
    say = lambda text: print(f"  {text}", flush=True)
    strangers = [p.name for p in out.iterdir() if p.name not in (*FOLDERS, ".typst")] if out.exists() else []
    if strangers:  # never empty a folder that holds anything but an earlier build
        raise SystemExit(f"{out} holds other files ({strangers[0]}); name an empty folder")
    if out.exists():
        shutil.rmtree(out)
    for folder in FOLDERS:
        (out / folder).mkdir(parents=True)
    f = Figures()
    v = values(f)
    de, tables = v["de"], v["de"]["tables"]
    text = lambda name, lang="de": fill((sources / name).read_text(encoding="utf-8"), v[lang], v[lang]["tables"])
    say("books balance; figures ready")
    data = out / ".typst"
    data.mkdir()
    (data / "data.json").write_text(json.dumps(v, ensure_ascii=False), encoding="utf-8")
    shutil.copy(sources / "style.typ", data / "style.typ")
    for source, place, lang in TYPESET:
        shutil.copy(sources / source, data / source)
        typst.compile(str(data / source), output=str(out / place), root=str(data), sys_inputs={"lang": lang}, ignore_system_fonts=True)
        say(place)
    shutil.rmtree(data)
    for source, place, title in WORD:
        docx(out / place, text(source), title, FACT["ag"], title)
        say(place)
    for source, place, title, head in LETTERS:
        letter(out / place, text(source), title, head.split(" · ")[0], head)
    scan(out / "03_vertraege/buergschaft-scan.pdf", letters.guarantee_pages(sources), 7)
    for source, place, lang in PLAIN:
        (out / place).write_text(text(source, lang), encoding="utf-8")
    say("letters, scan, working papers")
    rows = ledgers.trial_balance(out / "02_buchhaltung/summen-und-saldenliste.xlsx", f)
    ledgers.schedules(out / "02_buchhaltung/anlagen-und-rueckstellungen.xlsx", f, tables)
    entries = ledgers.journal(out / "02_buchhaltung/buchungsjournal-2025.csv", f)
    ledgers.inventory(out / "02_buchhaltung/inventurliste.csv", f)
    ledgers.master_data(out / "02_buchhaltung/stammdaten.json")
    say(f"trial balance with {rows} accounts, journal with {entries} entries")
    slides.build(out / "04_gremien/vorstandspraesentation-q4-2025.pptx", de)
    incoming = [(name, invoices.zugferd(inv)) for name, inv in invoices.INVOICES.items()]
    write_zip(out / "07_rechnungen/eingangsrechnungen-2025-12.zip", incoming)
    invoices.write(out / "07_rechnungen/ausgangsrechnung-AR-2025-11894.pdf", invoices.SALE)
    (out / "07_rechnungen/xrechnung-wesenberg-2025-40871.xml").write_bytes(invoices.cii(invoices.INVOICES["RE-Wesenberg-2025-40871.pdf"]))
    letters.mails(out / "06_schriftverkehr", sources, de, dict(incoming), eml)
    say("slides, invoices, mails")
    return sum(1 for p in out.rglob("*") if p.is_file())
