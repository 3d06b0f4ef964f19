"""Writers of the formats: each takes finished text or data and writes one file, the same bytes for the same input where the library allows it."""

from __future__ import annotations

import io
import random
import re
import zipfile
from email.message import EmailMessage
from pathlib import Path

STAMP = (2026, 3, 20, 9, 0, 0)


def fill(text: str, values: dict, tables: dict) -> str:
    """Replaces {{k.umsatz}} by a figure and {{table:k_guv}} by a table with bars."""
    def one(match: re.Match) -> str:
        key = match.group(1).strip()
        if key.startswith("table:"):
            t = tables[key[6:]]
            rows = [t["h"], ["---"] * len(t["h"]), *(r[1:] for r in t["r"])]
            return "\n".join("| " + " | ".join(str(c) for c in r) + " |" for r in rows)
        x = values
        for part in key.split("."):
            x = x[part]
        return str(x)
    return re.sub(r"\{\{(.+?)\}\}", one, text)


def rezip(path: Path) -> None:
    """Office files are ZIP archives that carry the time of writing: give every member, and the properties, the same time."""
    path.write_bytes(restamped(path.read_bytes()))


def restamped(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        members = [(i.filename, z.read(i)) for i in z.infolist()]
    stamp = "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}Z".format(*STAMP).encode()
    fixed = []
    for name, content in members:
        if name.endswith(".xlsx"):  # the workbook behind a chart
            content = restamped(content)
        if name == "docProps/core.xml":
            content = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
        fixed.append((name, content))
    out = io.BytesIO()
    write_zip(out, fixed)
    return out.getvalue()


def write_zip(path: Path | io.BytesIO, members: list[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in members:
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            z.writestr(info, content)


def docx(path: Path, marked: str, title: str, author: str, header: str = "") -> None:
    """Headings (#), lists (- and 1.), tables (|) and paragraphs become a Word document."""
    import datetime
    from docx import Document
    from docx.shared import Pt
    doc = Document()
    doc.styles["Normal"].font.name, doc.styles["Normal"].font.size = "Calibri", Pt(10.5)
    p = doc.core_properties
    p.title, p.author, p.last_modified_by = title, author, author
    p.created = p.modified = datetime.datetime(*STAMP)
    if header:
        doc.sections[0].header.paragraphs[0].text = header
    for block in re.split(r"\n\s*\n", marked.strip()):
        lines = block.split("\n")
        if lines[0].startswith("|"):
            rows = [[c.strip() for c in l.strip().strip("|").split("|")] for l in lines if not re.match(r"^\|\s*-", l)]
            table = doc.add_table(len(rows), len(rows[0]), style="Light Grid Accent 1")
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    table.cell(r, c).text = cell
            doc.add_paragraph()
        elif lines[0].startswith("#"):
            level = len(lines[0]) - len(lines[0].lstrip("#"))
            doc.add_heading(lines[0].lstrip("# "), level - 1)
            if len(lines) > 1:
                doc.add_paragraph(" ".join(lines[1:]))
        elif lines[0].startswith("- "):
            for item in re.split(r"\n?- ", "\n" + block)[1:]:
                doc.add_paragraph(item.replace("\n", " "), style="List Bullet")
        elif re.match(r"\d+\. ", lines[0]):
            for item in re.split(r"(?:^|\n)\d+\. ", block)[1:]:
                doc.add_paragraph(item.replace("\n", " "), style="List Number")
        else:
            doc.add_paragraph(" ".join(lines))
    doc.save(path)
    rezip(path)


def fonts() -> None:
    """Vera ships with reportlab and has the German letters; embedding it is what PDF/A asks for."""
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in (("Vera", "Vera.ttf"), ("VeraBd", "VeraBd.ttf"), ("VeraIt", "VeraIt.ttf")):
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily("Vera", normal="Vera", bold="VeraBd", italic="VeraIt", boldItalic="VeraBd")


def letter(path: Path, marked: str, title: str, author: str, head: str, size: float = 9.5) -> None:
    """A letter or contract set by reportlab: # headings, paragraphs, tables with bars."""
    from reportlab.lib import colors
    from reportlab.lib.enums import TA_JUSTIFY
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
    fonts()
    base = ParagraphStyle("b", fontName="Vera", fontSize=size, leading=size * 1.42, spaceAfter=size * .7, alignment=TA_JUSTIFY)
    left = ParagraphStyle("l", parent=base, alignment=0)
    big = ParagraphStyle("h", parent=base, fontName="VeraBd", fontSize=size + 4, leading=size + 9, spaceBefore=6, spaceAfter=9, alignment=0)
    mid = ParagraphStyle("m", parent=base, fontName="VeraBd", fontSize=size + .6, spaceBefore=size, alignment=0)
    cell = ParagraphStyle("c", parent=base, fontSize=size - 1, leading=size * 1.2, spaceAfter=0, alignment=0)
    story = []
    for block in re.split(r"\n\s*\n", marked.strip()):
        lines = block.split("\n")
        safe = lambda s: s.replace("&", "&amp;").replace("<", "&lt;")
        if lines[0].startswith("|"):
            rows = [[Paragraph(safe(c.strip()), cell) for c in l.strip().strip("|").split("|")] for l in lines if not re.match(r"^\|\s*-", l)]
            story += [Table(rows, style=TableStyle([("GRID", (0, 0), (-1, -1), .4, colors.grey), ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke), ("VALIGN", (0, 0), (-1, -1), "TOP")])), Spacer(1, size)]
        elif lines[0].startswith("## "):
            story.append(Paragraph(safe(lines[0][3:]), mid))
        elif lines[0].startswith("# "):
            story.append(Paragraph(safe(lines[0][2:]), big))
        elif lines[0].startswith("> "):
            story.append(Paragraph("<br/>".join(safe(l.lstrip("> ")) for l in lines), left))
        else:
            story.append(Paragraph(safe(" ".join(lines)), base))
    def decorate(canvas, doc):
        canvas.setFont("Vera", 7.5)
        canvas.drawString(57, A4[1] - 34, head)
        canvas.drawRightString(A4[0] - 57, 28, f"Seite {doc.page}")
    SimpleDocTemplate(str(path), pagesize=A4, leftMargin=57, rightMargin=57, topMargin=58, bottomMargin=52, title=title, author=author, invariant=1).build(story, decorate, decorate)


def scan(path: Path, pages: list[str], seed: int) -> None:
    """Text as a picture with noise, dust and a slight turn, and no text layer: what a scanner leaves."""
    import reportlab
    from PIL import Image, ImageDraw, ImageFilter, ImageFont
    rng, folder, images = random.Random(seed), Path(reportlab.__file__).parent / "fonts", []
    plain, bold = ImageFont.truetype(str(folder / "Vera.ttf"), 30), ImageFont.truetype(str(folder / "VeraBd.ttf"), 34)
    for text in pages:
        image = Image.new("L", (1654, 2339), 248)
        draw, y = ImageDraw.Draw(image), 170
        for line in text.split("\n"):
            draw.text((190, y), line.lstrip("# "), fill=35, font=bold if line.startswith("#") else plain)
            y += 46
        for _ in range(1200):
            x, y = rng.randrange(1654), rng.randrange(2339)
            draw.ellipse((x, y, x + rng.randrange(1, 4), y + rng.randrange(1, 3)), fill=rng.randrange(110, 220))
        noise = Image.frombytes("L", (827, 1170), rng.randbytes(827 * 1170)).resize((1654, 2339))
        image = Image.blend(image, noise, .07).rotate(rng.uniform(-.7, .7), fillcolor=245, resample=Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(.6))
        images.append(image)
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas
    canvas = Canvas(str(path), pagesize=(595.2, 841.8), invariant=1)
    for image in images:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=72)
        buffer.seek(0)
        canvas.drawImage(ImageReader(buffer), 0, 0, 595.2, 841.8)
        canvas.showPage()
    canvas.save()


def eml(path: Path, sender: str, to: str, subject: str, date: str, body: str, html: str | None = None, parts: list[tuple[str, str, bytes]] = ()) -> None:
    from email.policy import SMTP
    m = EmailMessage(policy=SMTP)
    m["From"], m["To"], m["Subject"], m["Date"] = sender, to, subject, date
    m["Message-ID"] = f"<{path.stem}@post.sternbrueck.example>"
    m.set_content(body, charset="utf-8", cte="quoted-printable")
    if html:
        m.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    for name, kind, content in parts:
        main, sub = kind.split("/")
        m.add_attachment(content, maintype=main, subtype=sub, filename=name)
    if m.is_multipart():
        for i, part in enumerate(p for p in m.walk() if p.is_multipart()):
            part.set_boundary(f"=={path.stem}-{i}==")
    path.write_bytes(m.as_bytes())
