#!/usr/bin/env python3
"""Checks a built corpus: python3 check.py [OUT]. Every quote stands on its page, the books balance, the planted inconsistencies are there."""

from __future__ import annotations

import email
import io
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from email import policy
from pathlib import Path

from build import HERE, environment

MIN_DOCUMENTS, MIN_PAGES, MIN_QUESTIONS, MIN_UNANSWERABLE, MIN_INCONSISTENCIES = 25, 150, 120, 15, 10
FORMATS = {"pdf", "docx", "xlsx", "pptx", "html", "md", "txt", "csv", "eml", "json", "xml", "zip"}
SCAN = "03_vertraege/buergschaft-scan.pdf"


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).replace("\u00ad", "").split())


def pages_of(name: str, data: bytes) -> dict[str, list[str]]:
    """Pages of one file and of the parts in it, by the name under which each is ingested."""
    kind = name.rsplit(".", 1)[-1].lower()
    if kind == "pdf":
        if name == SCAN:  # no text layer: what was drawn
            return {name: (HERE / "sources/buergschaft.txt").read_text(encoding="utf-8").split("\f\n")}
        run = subprocess.run(["pdftotext", "-enc", "UTF-8", "-", "-"], input=data, capture_output=True, check=True)
        out = {name: run.stdout.decode().split("\f")[:-1]}
        if b"/EmbeddedFile" in data:
            import pikepdf
            with pikepdf.open(io.BytesIO(data)) as pdf:
                for inner, attached in pdf.attachments.items():
                    out |= pages_of(f"{name}!/{inner}", attached.get_file().read_bytes())
        return out
    if kind == "docx":
        from docx import Document
        doc = Document(io.BytesIO(data))
        return {name: ["\n".join([p.text for p in doc.paragraphs] + [c.text for t in doc.tables for r in t.rows for c in r.cells])]}
    if kind == "xlsx":
        from openpyxl import load_workbook
        book = load_workbook(io.BytesIO(data), read_only=True)
        return {name: ["\n".join("\t".join("" if c is None else str(c) for c in row) for row in s.iter_rows(values_only=True)) for s in book]}
    if kind == "pptx":
        from pptx import Presentation
        out = []
        for slide in Presentation(io.BytesIO(data)).slides:
            text = []
            for shape in slide.shapes:
                if shape.has_text_frame:
                    text.append(shape.text_frame.text)
                if shape.has_table:
                    text += [c.text for r in shape.table.rows for c in r.cells]
            if slide.has_notes_slide:
                text.append(slide.notes_slide.notes_text_frame.text)
            out.append("\n".join(text))
        return {name: out}
    if kind == "zip":
        out = {name: []}
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            for inner in z.namelist():
                out |= pages_of(f"{name}!/{inner}", z.read(inner))
        return out
    if kind == "eml":
        message = email.message_from_bytes(data, policy=policy.default)
        out = {name: [f"{message['Subject']}\n{message.get_body(('plain',)).get_content()}"]}
        for part in message.iter_attachments():
            content = part.get_content()
            out |= pages_of(f"{name}!/{part.get_filename()}", content.encode() if isinstance(content, str) else content)
        return out
    if kind == "csv" and not data.startswith(b"\xef\xbb\xbf"):
        try:
            return {name: [data.decode()]}
        except UnicodeDecodeError:
            return {name: [data.decode("cp1252")]}
    text = data.decode("utf-8-sig")
    if kind == "html":
        text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", text, flags=re.S)
    return {name: [text]}


def read_corpus(folder: str | Path) -> dict[str, list[str]]:
    folder, out = Path(folder), {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        out |= {n: [fold(t) for t in texts] for n, texts in pages_of(name, path.read_bytes()).items()}
    return out


def find(corpus: dict[str, list[str]], document: str, quote: str) -> list[int]:
    wanted = fold(quote)
    return [n for n, text in enumerate(corpus.get(document, []), 1) if wanted in text]


def lines(name: str) -> list[dict]:
    return [json.loads(l) for l in (HERE / name).read_text(encoding="utf-8").splitlines() if l.strip()]


def check_questions(corpus: dict[str, list[str]]) -> list[str]:
    problems, questions = [], lines("questions.jsonl")
    if len(questions) < MIN_QUESTIONS:
        problems.append(f"{len(questions)} questions, {MIN_QUESTIONS} wanted")
    if sum(q["document"] is None for q in questions) < MIN_UNANSWERABLE:
        problems.append("too few unanswerable questions")
    if len({q["id"] for q in questions}) != len(questions):
        problems.append("an id is used twice")
    for q in questions:
        if q["document"] is not None and q["page"] not in find(corpus, q["document"], q["quote"]):
            problems.append(f"{q['id']}: quote not on page {q['page']} of {q['document']}, found on {find(corpus, q['document'], q['quote'])}")
        problems += [f"{q['id']}: no document {d}" for d in q.get("documents", []) if d not in corpus]
    return problems


def check_inconsistencies(corpus: dict[str, list[str]]) -> list[str]:
    items, problems = lines("inconsistencies.jsonl"), []
    if len(items) < MIN_INCONSISTENCIES:
        problems.append(f"{len(items)} inconsistencies, {MIN_INCONSISTENCIES} wanted")
    for item in items:
        for place in item["places"]:
            if place["page"] not in find(corpus, place["document"], place["quote"]):
                problems.append(f"{item['id']}: {place['quote']!r} not on page {place['page']} of {place['document']}, found on {find(corpus, place['document'], place['quote'])}")
    return problems


def check_counts(folder: Path, corpus: dict[str, list[str]]) -> list[str]:
    problems, kinds = [], {p.suffix[1:].lower() for p in folder.rglob("*") if p.is_file()}
    documents, pages = len(corpus), sum(len(t) for t in corpus.values())
    print(f"  {documents} documents with parts, {pages} pages, formats {', '.join(sorted(kinds))}")
    if documents < MIN_DOCUMENTS or pages < MIN_PAGES:
        problems.append(f"{documents} documents and {pages} pages, {MIN_DOCUMENTS} and {MIN_PAGES} wanted")
    if FORMATS - kinds:
        problems.append(f"formats missing: {FORMATS - kinds}")
    return problems


def check_books(folder: Path) -> list[str]:
    """Balance sheets balance, cash flow leads from cash to cash, the trial balance in the workbook agrees with the statements."""
    sys.path.insert(0, str(HERE / "sources"))
    from figures import Figures
    from openpyxl import load_workbook
    f, problems = Figures(), []
    for y in (2023, 2024, 2025):
        for who, x in (("group", f.group[y]), *((c, f.single[c, y]) for c in ("SAT", "SSG", "SGG", "SPO", "SDL"))):
            if x["aktiva"] != x["passiva"]:
                problems.append(f"{who} {y}: assets and liabilities differ by {x['aktiva'] - x['passiva']} cents")
    for y, c in f.cash.items():
        if c["anfang"] + c["cfo"] + c["cfi"] + c["cff"] + c["fx"] != c["ende"]:
            problems.append(f"cash flow {y} does not lead to closing cash")
        if abs(c["sonstige"]) > 1_000_000_00:
            problems.append(f"cash flow {y}: other non-cash items are too large to be an explanation")
    book = load_workbook(folder / "02_buchhaltung/summen-und-saldenliste.xlsx", read_only=True, data_only=True)
    totals, control, profit, rows = {}, {}, 0, 0
    for sheet in book:
        balance = 0
        for account, _name, opening, debit, credit, *_ in sheet.iter_rows(min_row=5, values_only=True):
            if account is None:
                continue
            rows += 1
            cents = round(opening * 100) + round(debit * 100) - round(credit * 100)
            balance += cents
            if sheet.title == "Sachkonten":
                control[account] = cents
                profit -= cents if account >= 4000 else 0
        totals[sheet.title] = balance
    if rows < 5000:
        problems.append(f"trial balance has {rows} accounts")
    if totals["Sachkonten"] != 0:
        problems.append(f"trial balance does not add up to zero: {totals['Sachkonten']}")
    if totals["Debitoren"] != control[1200] or totals["Kreditoren"] != control[3300]:
        problems.append("personal accounts do not add up to their control account")
    if profit != f.single["SAT", 2025]["ju"]:
        problems.append("trial balance and income statement give different profits")
    return problems


def check_invoices(folder: Path) -> list[str]:
    from facturx import get_facturx_xml_from_pdf, xml_check_xsd
    problems = []
    with zipfile.ZipFile(folder / "07_rechnungen/eingangsrechnungen-2025-12.zip") as z:
        files = {n: z.read(n) for n in z.namelist()}
    files["sale"] = (folder / "07_rechnungen/ausgangsrechnung-AR-2025-11894.pdf").read_bytes()
    for name, data in files.items():
        try:
            _file, xml = get_facturx_xml_from_pdf(data, check_xsd=False)
            xml_check_xsd(xml, flavor="factur-x", level="en16931")
        except Exception as error:  # the library has no error type of its own
            problems.append(f"{name}: {error}")
    return problems


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "build").resolve()
    corpus = read_corpus(folder)
    problems = check_counts(folder, corpus) + check_books(folder) + check_invoices(folder) + check_questions(corpus) + check_inconsistencies(corpus)
    for p in problems:
        print(f"  problem: {p}")
    print("corpus is as described" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    environment()
    raise SystemExit(main())
