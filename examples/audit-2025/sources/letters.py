"""The scanned guarantee and the e-mails with their attachments."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

from facts import FACT
from formats import letter, rezip


def guarantee_pages(sources: Path) -> list[str]:
    return (sources / "buergschaft.txt").read_text(encoding="utf-8").split("\f\n")


def workbook(title: str, rows: list[list]) -> bytes:
    from openpyxl import Workbook
    book = Workbook()
    book.properties.creator, book.properties.created = "Sternbrück Drives Ltd.", datetime.datetime(2026, 1, 14)
    book.properties.modified = datetime.datetime(2026, 1, 14)
    book.active.title = title
    for row in rows:
        book.active.append(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        book.save(path)
        rezip(path)
        return path.read_bytes()


def pdf(text: str, title: str, head: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.pdf"
        letter(path, text, title, head, head)
        return path.read_bytes()


FRACHTBRIEF = """# Frachtbrief / Ablieferungsnachweis Nr. 26-000417

> Absender: Sternbrück Antriebstechnik AG, Versand, Tor 3, 00419 Kaltenfurt
> Empfänger: Papierfabrik Altenried GmbH, Wareneingang PM 5, Holzstofferei 2, 00873 Altenried
> Frachtführer: Spedition Hülsebrock GmbH, Tieflader, Kennzeichen HLB-TK 204

| Packstück | Inhalt | Gewicht kg |
|---|---|---|
| 1 bis 4 | Kegelstirnradgetriebe SG 400-K, Seriennummern 25-4471 bis 25-4474 | 15.280 |
| 5 | Zubehör, Ölkühler, Dokumentation | 312 |

Die Verladung im Werk Kaltenfurt erfolgte am 7. Januar 2026 um 16:40 Uhr. Vier Getriebe wurden mit Zurrketten gesichert; die Verpackung war trocken und unbeschädigt.

Die Ware wurde am 8. Januar 2026 um 10:15 Uhr vollständig und äußerlich unbeschädigt abgeliefert. Unterschrift des Empfängers: gez. Wareneingang PM 5. Bemerkungen des Empfängers: Aufstellung erst nach Fundamentfreigabe in Kalenderwoche 4; Inbetriebnahme durch den Lieferanten steht aus.
"""


def mails(out: Path, sources: Path, v: dict, incoming: dict[str, bytes], eml) -> None:
    eml(out / "lieferung-altenried.eml", "Versandleitung <versand@sternbrueck.example>", "Bilanzierung <bilanzierung@sternbrueck.example>", "Getriebe Altenried – Auslieferung und Rechnung AR-2025-11894", "Mon, 12 Jan 2026 08:47:00 +0100",
        """Guten Morgen Frau Brandl,

auf Ihre Nachfrage vom Freitag: Die vier SG 400-K für Altenried standen über den Jahreswechsel bei uns in der Packerei. Der Kunde
konnte das Fundament an der PM 5 nicht rechtzeitig freigeben und hat uns am 18. Dezember gebeten, erst in der zweiten Januarwoche
zu liefern. Verladen haben wir am 7. Januar, abgeladen wurde einen Tag später; der Nachweis hängt an.

Die Rechnung hatte der Vertriebsinnendienst schon am 30. Dezember geschrieben, weil der Auftrag im Dezember "technisch fertig" gemeldet war.
Ob das so stehen bleiben kann, müssen Sie entscheiden. Von uns gab es jedenfalls keine Versandbereitschaftserklärung mit
Gefahrübergang, und eine Einlagerung auf Wunsch und Gefahr des Kunden war nicht vereinbart.

Die Liste der Auslieferungen rund um den Stichtag habe ich als CSV beigefügt.

Viele Grüße
Versandleitung Werk Kaltenfurt
""", None, [("frachtbrief-26-000417.pdf", "application/pdf", pdf(FRACHTBRIEF, "Frachtbrief 26-000417", "Spedition Hülsebrock GmbH · Frachtbrief")),
            ("auslieferungen-stichtag.csv", "text/csv", "Lieferschein;Kunde;Warenausgang;Rechnung;Rechnungsdatum;Netto EUR\n25-118402;Zementwerk Dornfels KG;29.12.2025;AR-2025-11871;29.12.2025;64.180,00\n25-118409;Kranbau Ulmenhorn GmbH;30.12.2025;AR-2025-11889;30.12.2025;28.915,50\n26-000003;Walzwerk Reiherwald AG;05.01.2026;AR-2026-00011;05.01.2026;117.240,00\n26-000417;Papierfabrik Altenried GmbH;07.01.2026;AR-2025-11894;30.12.2025;412.000,00\n26-000431;Zucker Lindenau SE & Co. KG;09.01.2026;AR-2026-00038;09.01.2026;53.760,00\n".encode())])
    eml(out / "bankverbindung-tewes.eml", "Rechnungsstelle Tewes Kallweit <buchhaltung@tewes-kallweit-ing.example>", "Kreditoren <kreditoren@sternbrueck.example>", "WG: Neue Bankverbindung / Abschlagsrechnung 25/0912", "Tue, 16 Dec 2025 17:52:00 +0100",
        f"""Sehr geehrte Damen und Herren,

anbei erhalten Sie unsere dritte Abschlagsrechnung zur Baureihe SG 400. Wegen einer laufenden Prüfung unserer bisherigen Hausbank bitten
wir Sie, ab sofort ausschließlich auf das neue Konto zu überweisen:

    {FACT['iban_tewes_neu']}

Bitte überweisen Sie noch vor den Feiertagen. Eine telefonische Rückfrage ist derzeit leider nicht möglich, da unsere Telefonanlage
umgestellt wird; bestätigen Sie uns die Umstellung kurz per Antwort auf diese Nachricht.

Mit freundlichen Grüßen
Rechnungsstelle
""", None, [("RE-Tewes-Kallweit-25-0912.pdf", "application/pdf", incoming["RE-Tewes-Kallweit-25-0912.pdf"])])
    eml(out / "ic-reconciliation.eml", "Financial Controller <controller@sternbrueck-drives.example>", "Konzernrechnungswesen <konzern@sternbrueck.example>", "IC reconciliation Q4 2025 - balance with SAT", "Wed, 14 Jan 2026 11:20:00 +0000",
        """Dear colleagues,

please find attached our intercompany confirmation for the year end. We agree the trading balance with Sternbruck Service and with the foundry
at nil. With the parent we confirm EUR 3,467 thousand only. The gap to your statement relates to delivery note 25-117930
(two SG 315 units), which your warehouse shipped on 22 December and which reached Harrowby on 6 January. We booked it in January because we do not
take title before arrival; your side shows it as sold in December.

I suggest that group accounting decides on one cut-off rule for goods in transit. The management charge for the year is agreed without
difference.

Kind regards
Financial Controller, Sternbruck Drives Ltd.
""", "<html><body><p>Dear colleagues,</p><p>please find attached our intercompany confirmation for the year end. With the parent we confirm <b>EUR 3,467 thousand</b> only. The gap to your statement relates to delivery note 25-117930.</p></body></html>",
        [("ic-balances-2025-12.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook("IC balances", [["Counterparty", "Nature", "Our books EUR k", "Counterparty statement EUR k", "Difference EUR k", "Comment"],
            ["Sternbrück Antriebstechnik AG", "Trade payable", 3467, 3614, -147, "Goods in transit, delivery note 25-117930"], ["Sternbrück Antriebstechnik AG", "Management charge", 402, 402, 0, "agreed"], ["Sternbrück Service GmbH", "Trade payable", 0, 0, 0, "no trading in 2025"], ["Sternbrück Gießerei GmbH", "Trade payable", 0, 0, 0, "no trading in 2025"]]))])
