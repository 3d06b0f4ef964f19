"""The management presentation on the fourth quarter."""

from __future__ import annotations

import datetime
from pathlib import Path

from facts import FACT
from formats import STAMP, rezip


def build(path: Path, v: dict) -> None:
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Cm, Pt
    k, f, c, t = v["k"], v["f"], v["c"], v["tables"]
    deck = Presentation()
    deck.slide_width, deck.slide_height = Cm(33.87), Cm(19.05)
    p = deck.core_properties
    p.author = p.last_modified_by = FACT["cfo"]
    p.title, p.created, p.modified = "Vorstandspräsentation Q4 2025", datetime.datetime(*STAMP), datetime.datetime(*STAMP)

    def bullets(title: str, items: list[str], note: str = "") -> None:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        frame = slide.placeholders[1].text_frame
        for i, item in enumerate(items):
            para = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            para.text, para.font.size = item, Pt(20)
        if note:
            slide.notes_slide.notes_text_frame.text = note

    def table(title: str, data: dict, rows: int = 14) -> None:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
        body = [data["h"], *(r[1:] for r in data["r"][:rows])]
        grid = slide.shapes.add_table(len(body), len(body[0]), Cm(2), Cm(4.2), Cm(29), Cm(.9 * len(body))).table
        for r, row in enumerate(body):
            for col, cell in enumerate(row):
                grid.cell(r, col).text = str(cell)
                grid.cell(r, col).text_frame.paragraphs[0].font.size = Pt(13)

    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Geschäftsentwicklung 2025"
    first.placeholders[1].text = f"Vorstandspräsentation für den Aufsichtsrat\n{FACT['ag']}, 12. Februar 2026\nVorläufige, ungeprüfte Zahlen"
    bullets("Das Jahr auf einen Blick", [f"Umsatz {k['umsatz_m']} Mio. €, {k['umsatz_p']} % gegenüber Vorjahr", f"EBIT {k['ebit_m']} Mio. € bei einer Marge von {k['ebitmarge']} %", f"Konzernjahresüberschuss {k['ju_m']} Mio. €",
            f"Cashflow aus laufender Geschäftstätigkeit {c['cfo_m']} Mio. €", "Auftragsbestand zum Jahresende 186,4 Mio. €", f"Eigenkapitalquote {k['ekquote']} %"], "Auftragsbestand aus dem Vertriebssystem, Abzug 9. Februar; Abstimmung mit dem Controlling steht aus.")
    table("Umsatz nach Regionen", t["region"])
    table("Segmente 2025", t["segment"])
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Ergebnisentwicklung über fünf Jahre (Mio. €)"
    chart = CategoryChartData()
    chart.categories = ["2021", "2022", "2023", "2024", "2025"]
    number = lambda x: float(x.replace(",", "."))
    chart.add_series("EBITDA", (29.1, 31.8, 34.6, number(k["ebitda_vm"]), number(k["ebitda_m"])))
    chart.add_series("EBIT", (14.6, 16.9, 19.1, number(k["ebit_vm"]), number(k["ebit_m"])))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(2), Cm(4), Cm(29), Cm(13.5), chart)
    bullets("Gießerei: Lage und Maßnahmen", [f"Segment-EBIT {f['seg_guss_ebit']} T€ nach {f['seg_guss_ebit_v']} T€ im Vorjahr", "Auslastung der Formanlage im Jahresmittel 68 %, Gewinnschwelle bei rund 74 %", "Energiezuschläge bei zwei von fünf Großkunden nicht durchsetzbar",
            "Kurzarbeit im Kernmacherei-Bereich seit Oktober", "Werthaltigkeitstest der Beteiligung: Überdeckung von 0,4 Mio. €, sensitiv gegenüber dem Kapitalisierungszins"])
    bullets("Investitionen", [f"Sachanlagen {c['invest_s_m'].lstrip('-')} Mio. €, davon 9,1 Mio. € für Bearbeitungszentren im Werk Süd", "BZ 7 im Juli in Betrieb genommen, BZ 8 im Bau", "Finanzierung über ein neues Investitionsdarlehen von 6,5 Mio. € (4,12 %)", "Dach der Halle 2 saniert, Photovoltaik 1,2 MWp ab April 2026"])
    table("Bankdarlehen zum Jahresende", t["kredite"])
    bullets("Finanzkennzahlen und Kreditauflagen", [f"Nettofinanzguthaben {k['nettoverschuldung_a']} T€", "Verschuldungsgrad deutlich unter der Grenze von 2,50", f"Eigenkapitalquote {k['ekquote']} % – alle Auflagen des Konsortialkredits eingehalten"])
    bullets("Rechtsstreit Quarzmühle", ["Klage über 2,4 Mio. € wegen Getriebeschäden, anhängig beim Landgericht", "Vorstand hält die Klage überwiegend für unbegründet", "Rückstellung um 780 T€ erhöht", "Nächster Termin: 21. Mai 2026, Anhörung des Sachverständigen"])
    bullets("Ausblick 2026", ["Umsatz zwischen 380 und 392 Mio. €", "EBIT-Marge 5,5 bis 6,2 %", "Investitionen rund 18 Mio. €", "Dividendenvorschlag 0,50 € je Aktie"], "Annahmen: Euro/Pfund 0,87; kein weiterer Rückgang im Maschinenbau.")
    bullets("Beschlussvorschläge", ["Zustimmung zum Budget 2026", "Freigabe der Investition BZ 9 (3,9 Mio. €)", "Kenntnisnahme des Risikoberichts"])
    deck.save(path)
    rezip(path)
