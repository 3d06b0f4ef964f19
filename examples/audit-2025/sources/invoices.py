"""Invoices as ZUGFeRD 2 / Factur-X (profile EN 16931): a page for people by reportlab, the CII message embedded by pikepdf."""

from __future__ import annotations

import io
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from facts import FACT
from formats import STAMP, fonts

AG = ("Sternbrück Antriebstechnik AG", "Am Eisenwerk 12", "00419", "Kaltenfurt", "DE999123450")
SUPPLIERS = {
    "wesenberg": ("Stahlkontor Wesenberg GmbH", "Hüttenstraße 88", "00731", "Wesenberg-Süd", "DE999220417", FACT["iban_wesenberg"]),
    "grauhof": ("Grauhof Elektrotechnik KG", "Alte Ziegelei 4", "00452", "Grauhofen", "DE999311873", FACT["iban_grauhof"]),
    "ortlohn": ("Ortlohn Wälzlager GmbH", "Kugelgasse 19", "00688", "Ortlohn", "DE999412760", FACT["iban_ortlohn"]),
    "tewes": ("Ingenieurbüro Tewes & Kallweit PartG", "Lindenhof 3", "00420", "Kaltenfurt", "DE999518120", FACT["iban_tewes_neu"]),
    "huelsebrock": ("Spedition Hülsebrock GmbH", "Frachtweg 1", "00555", "Hülsebrock", "DE999613007", FACT["iban_huelsebrock"]),
    "ag": (*AG, FACT["iban_gewerbebank"]),
}
# number, supplier, buyer, date, delivery, lines (text, quantity, unit, price), what the page shows instead of the computed total
INVOICES = {
    "RE-Wesenberg-2025-40871.pdf": dict(number="2025-40871", seller="wesenberg", date="2025-12-04", delivery="2025-12-02", order="B-118840",
        lines=[("Rundstahl 42CrMo4+QT, Ø 120 mm, Werkszeugnis 3.1", "18.400", "TNE", "2980.00"), ("Rundstahl 18CrNiMo7-6, Ø 90 mm", "9.150", "TNE", "3125.00"), ("Sägezuschläge und Transport", "1", "C62", "1216.75")], extra=""),
    "RE-Grauhof-GR-25-1187.pdf": dict(number="GR-25-1187", seller="grauhof", date="2025-12-09", delivery="2025-12-05", order="B-118902",
        lines=[("Frequenzumrichter 55 kW, IP 54, mit Netzdrossel", "12", "C62", "2740.00"), ("Parametrierung und Prüfprotokoll", "12", "C62", "300.00")], extra=""),
    "RE-Grauhof-GR-25-1187-Zweitschrift.pdf": dict(number="GR-25-1187", seller="grauhof", date="2025-12-09", delivery="2025-12-05", order="B-118902",
        lines=[("Frequenzumrichter 55 kW, IP 54, mit Netzdrossel", "12", "C62", "2740.00"), ("Parametrierung und Prüfprotokoll", "12", "C62", "300.00")], extra="Zweitschrift. Das Original wurde am 9. Dezember 2025 versandt."),
    "RE-Ortlohn-OW-118274.pdf": dict(number="OW-118274", seller="ortlohn", date="2025-12-12", delivery="2025-12-10", order="B-119007",
        lines=[("Zylinderrollenlager NU 2316, Sonderausführung", "125", "C62", "120.00")], xml_price="126.05", extra=""),
    "RE-Tewes-Kallweit-25-0912.pdf": dict(number="25/0912", seller="tewes", date="2025-12-15", delivery="2025-11-28", order="B-118655",
        lines=[("Konstruktionsberatung Getriebebaureihe SG 400, Abschlag 3", "189", "HUR", "150.00")], extra="Bitte beachten Sie unsere neue Bankverbindung und stellen Sie Ihre Stammdaten um."),
    "RE-Huelsebrock-H-77120.pdf": dict(number="H-77120", seller="huelsebrock", date="2025-12-19", delivery="2025-12-17", order="Rahmenvertrag 2024",
        lines=[("Stückgut- und Ladungsverkehre KW 50", "1", "C62", "7916.40"), ("Dieselzuschlag", "1", "C62", "1496.20")], extra=""),
}
SALE = dict(number="AR-2025-11894", seller="ag", date="2025-12-30", delivery="2026-01-08", order="PFA-45-2207",
    lines=[("Kegelstirnradgetriebe SG 400-K für Papiermaschine PM 5", "4", "C62", "94500.00"), ("Inbetriebnahme und Einweisung vor Ort", "1", "C62", "34000.00")],
    buyer=("Papierfabrik Altenried GmbH", "Holzstofferei 2", "00873", "Altenried", "DE999700871"), extra="Lieferbedingung: DAP Altenried (Incoterms 2020). Gefahrübergang mit Anlieferung beim Kunden.")


def q(x) -> Decimal:
    return Decimal(x).quantize(Decimal("0.01"), ROUND_HALF_UP)


def de(x: Decimal) -> str:
    return f"{x:,.2f}".translate(str.maketrans(",.", ".,"))


def amounts(inv: dict, xml: bool) -> tuple[list[Decimal], Decimal, Decimal, Decimal]:
    price = lambda l: inv["xml_price"] if xml and "xml_price" in inv else l[3]
    each = [q(Decimal(l[1]) * Decimal(price(l))) for l in inv["lines"]]
    net = sum(each, Decimal())
    tax = q(net * Decimal("0.19"))
    return each, net, tax, net + tax


def cii(inv: dict) -> bytes:
    s, b = SUPPLIERS[inv["seller"]], inv.get("buyer", AG)
    each, net, tax, gross = amounts(inv, True)
    day = lambda d: f'<udt:DateTimeString format="102">{d.replace("-", "")}</udt:DateTimeString>'
    def party(p) -> str:
        return (f"<ram:Name>{escape(p[0])}</ram:Name><ram:PostalTradeAddress><ram:PostcodeCode>{p[2]}</ram:PostcodeCode><ram:LineOne>{escape(p[1])}</ram:LineOne>"
                f"<ram:CityName>{escape(p[3])}</ram:CityName><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>"
                f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{p[4]}</ram:ID></ram:SpecifiedTaxRegistration>')
    items = ""
    for n, (l, amount) in enumerate(zip(inv["lines"], each), 1):
        items += (f"<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>{n}</ram:LineID></ram:AssociatedDocumentLineDocument>"
                  f"<ram:SpecifiedTradeProduct><ram:Name>{escape(l[0])}</ram:Name></ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>"
                  f"<ram:ChargeAmount>{inv.get('xml_price', l[3])}</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement><ram:SpecifiedLineTradeDelivery>"
                  f'<ram:BilledQuantity unitCode="{l[2]}">{l[1]}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax>'
                  f"<ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>19.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
                  f"<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{amount}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>"
                  f"</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>")
    note = f"<ram:IncludedNote><ram:Content>{escape(inv['extra'])}</ram:Content></ram:IncludedNote>" if inv["extra"] else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{inv['number']}</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>{day(inv['date'])}</ram:IssueDateTime>{note}</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>{items}
<ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty>{party(s)}</ram:SellerTradeParty><ram:BuyerTradeParty>{party(b)}</ram:BuyerTradeParty><ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{inv['order']}</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery><ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>{day(inv['delivery'])}</ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode><ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{s[5].replace(' ', '')}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
<ram:ApplicableTradeTax><ram:CalculatedAmount>{tax}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>{net}</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>19.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradePaymentTerms><ram:Description>Zahlbar innerhalb von 30 Tagen ohne Abzug</ram:Description></ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>{net}</ram:LineTotalAmount><ram:TaxBasisTotalAmount>{net}</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="EUR">{tax}</ram:TaxTotalAmount><ram:GrandTotalAmount>{gross}</ram:GrandTotalAmount><ram:DuePayableAmount>{gross}</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>
""".encode()


def page(inv: dict) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas
    fonts()
    s, b = SUPPLIERS[inv["seller"]], inv.get("buyer", AG)
    each, net, tax, gross = amounts(inv, False)
    buffer = io.BytesIO()
    c = Canvas(buffer, pagesize=A4, invariant=1)
    c.setTitle(f"Rechnung {inv['number']}"); c.setAuthor(s[0])
    german = lambda d: ".".join(reversed(d.split("-")))
    y = 790
    def out(text, x=57, font="Vera", size=9.5, right=False, step=14):
        nonlocal y
        c.setFont(font, size)
        (c.drawRightString if right else c.drawString)(x, y, text)
        y -= step
    out(s[0], font="VeraBd", size=14, step=18); out(f"{s[1]} · {s[2]} {s[3]} · USt-IdNr. {s[4]}", size=8, step=40)
    for t in (b[0], b[1], f"{b[2]} {b[3]}"):
        out(t)
    y -= 26
    out("Rechnung", font="VeraBd", size=15, step=24)
    for a, v in (("Rechnungsnummer:", inv["number"]), ("Rechnungsdatum:", german(inv["date"])), ("Liefer-/Leistungsdatum:", german(inv["delivery"])), ("Ihre Bestellung:", inv["order"])):
        c.setFont("Vera", 9.5); c.drawString(57, y, a); c.drawString(210, y, v); y -= 14
    y -= 16
    c.setFont("VeraBd", 8.5)
    for x, t in ((57, "Pos."), (85, "Bezeichnung")): c.drawString(x, y, t)
    for x, t in ((385, "Menge"), (460, "Einzelpreis"), (538, "Betrag EUR")): c.drawRightString(x, y, t)
    c.line(57, y - 4, 538, y - 4); y -= 18
    c.setFont("Vera", 8.5)
    unit = {"TNE": "t", "C62": "Stk", "HUR": "h"}
    for n, (l, amount) in enumerate(zip(inv["lines"], each), 1):
        c.drawString(57, y, str(n)); c.drawString(85, y, l[0])
        y -= 12
        c.drawRightString(385, y, f"{l[1].replace('.', ',')} {unit[l[2]]}"); c.drawRightString(460, y, de(Decimal(l[3]))); c.drawRightString(538, y, de(amount)); y -= 16
    c.line(57, y + 6, 538, y + 6); y -= 10
    for t, v in (("Nettobetrag", net), ("Umsatzsteuer 19 %", tax), ("Rechnungsbetrag", gross)):
        c.setFont("VeraBd" if v == gross else "Vera", 9.5); c.drawString(330, y, t); c.drawRightString(538, y, de(v)); y -= 15
    y -= 20
    out("Zahlbar innerhalb von 30 Tagen ohne Abzug."); out(f"IBAN {s[5]}")
    if inv["extra"]:
        y -= 10
        words, line = inv["extra"].split(), ""
        for w in words:
            if len(line) + len(w) > 92:
                out(line); line = ""
            line = f"{line} {w}".strip()
        out(line)
    c.showPage(); c.save()
    return buffer.getvalue()


def zugferd(inv: dict) -> bytes:
    import pikepdf
    pdf = pikepdf.open(io.BytesIO(page(inv)))
    moment = "D:{:04d}{:02d}{:02d}{:02d}{:02d}{:02d}Z".format(*STAMP)
    spec = pikepdf.AttachedFileSpec(pdf, cii(inv), filename="factur-x.xml", mime_type="text/xml", description="Factur-X/ZUGFeRD-Rechnung", relationship=pikepdf.Name.Alternative, creation_date=moment, mod_date=moment)
    pdf.attachments["factur-x.xml"] = spec
    pdf.Root.AF = pikepdf.Array([spec.obj])
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Rechnung {escape(inv['number'])}</rdf:li></rdf:Alt></dc:title></rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"><fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName><fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
    pdf.Root.Metadata = pdf.make_stream(packet.encode(), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def write(path: Path, inv: dict) -> None:
    path.write_bytes(zugferd(inv))
