"""The tables of the documents, German and English. A table is {"h": heading cells, "r": [[style, cells…]]}; style b is a total, h a heading."""

from __future__ import annotations

from books import CHART, ENTITIES, RATE_AVERAGE, RATE_CLOSE
from figures import CLASSES, Figures, mio, pct, teur

WORDS = {
    "umsatz": ("Umsatzerlöse", "Revenue"), "bestand": ("Veränderung des Bestands an fertigen und unfertigen Erzeugnissen", "Change in inventories of finished goods and work in progress"),
    "eigenl": ("Andere aktivierte Eigenleistungen", "Own work capitalised"), "leistung": ("Gesamtleistung", "Total output"), "sbe": ("Sonstige betriebliche Erträge", "Other operating income"),
    "mat_a": ("Aufwendungen für Roh-, Hilfs- und Betriebsstoffe und für bezogene Waren", "Cost of raw materials, consumables and goods"),
    "mat_b": ("Aufwendungen für bezogene Leistungen", "Cost of purchased services"), "pers_a": ("Löhne und Gehälter", "Wages and salaries"),
    "pers_b": ("Soziale Abgaben und Aufwendungen für Altersversorgung", "Social security and pension costs"),
    "afa": ("Abschreibungen auf immaterielle Vermögensgegenstände und Sachanlagen", "Depreciation and amortisation"), "sba": ("Sonstige betriebliche Aufwendungen", "Other operating expenses"),
    "beteil": ("Erträge aus Beteiligungen", "Income from investments"), "zinse": ("Sonstige Zinsen und ähnliche Erträge", "Interest income"), "zinsa": ("Zinsen und ähnliche Aufwendungen", "Interest expense"),
    "steuern": ("Steuern vom Einkommen und vom Ertrag", "Income taxes"), "ens": ("Ergebnis nach Steuern", "Result after income taxes"), "sonstst": ("Sonstige Steuern", "Other taxes"),
    "ju": ("Jahresüberschuss", "Net income for the year"), "immat": ("Software, Lizenzen und ähnliche Rechte", "Software, licences and similar rights"), "gw": ("Geschäfts- oder Firmenwert", "Goodwill"),
    "grund": ("Grundstücke und Bauten", "Land and buildings"), "masch": ("Technische Anlagen und Maschinen", "Technical equipment and machinery"), "bga": ("Betriebs- und Geschäftsausstattung", "Operating and office equipment"),
    "aib": ("Geleistete Anzahlungen und Anlagen im Bau", "Payments on account and assets under construction"), "finanz": ("Finanzanlagen", "Financial assets"), "av": ("Anlagevermögen", "Fixed assets"),
    "rhb": ("Roh-, Hilfs- und Betriebsstoffe", "Raw materials and consumables"), "ufe": ("Unfertige Erzeugnisse", "Work in progress"), "fe": ("Fertige Erzeugnisse und Waren", "Finished goods"), "anz": ("Geleistete Anzahlungen", "Payments on account"),
    "ll": ("Forderungen aus Lieferungen und Leistungen", "Trade receivables"), "ford_vu": ("Forderungen gegen verbundene Unternehmen", "Receivables from affiliated companies"), "sva": ("Sonstige Vermögensgegenstände", "Other assets"),
    "kasse": ("Kassenbestand und Guthaben bei Kreditinstituten", "Cash and bank balances"), "uv": ("Umlaufvermögen", "Current assets"), "rap": ("Rechnungsabgrenzungsposten", "Prepaid expenses"), "lat": ("Aktive latente Steuern", "Deferred tax assets"),
    "aktiva": ("Summe Aktiva", "Total assets"), "gez": ("Gezeichnetes Kapital", "Subscribed capital"), "kr": ("Kapitalrücklage", "Capital reserve"), "grl": ("Gewinnrücklagen", "Revenue reserves"), "bilgew": ("Bilanzgewinn", "Accumulated profit"),
    "fx": ("Eigenkapitaldifferenz aus Währungsumrechnung", "Currency translation difference"), "ek": ("Eigenkapital", "Equity"), "pens": ("Rückstellungen für Pensionen und ähnliche Verpflichtungen", "Provisions for pensions"),
    "steuerr": ("Steuerrückstellungen", "Tax provisions"), "sonstr": ("Sonstige Rückstellungen", "Other provisions"), "rueck": ("Rückstellungen", "Provisions"), "bank": ("Verbindlichkeiten gegenüber Kreditinstituten", "Liabilities to banks"),
    "anzp": ("Erhaltene Anzahlungen auf Bestellungen", "Advance payments received"), "verb_ll": ("Verbindlichkeiten aus Lieferungen und Leistungen", "Trade payables"), "verb_vu": ("Verbindlichkeiten gegenüber verbundenen Unternehmen", "Payables to affiliated companies"),
    "sonstv": ("Sonstige Verbindlichkeiten", "Other liabilities"), "verb": ("Verbindlichkeiten", "Liabilities"), "prap": ("Rechnungsabgrenzungsposten", "Deferred income"), "passiva": ("Summe Passiva", "Total equity and liabilities"),
    "immat_ges": ("Immaterielle Vermögensgegenstände", "Intangible assets"), "sach": ("Sachanlagen", "Tangible assets"), "vorr": ("Vorräte", "Inventories"), "ford": ("Forderungen und sonstige Vermögensgegenstände", "Receivables and other assets"),
}
CASH_WORDS = {
    "ju": ("Konzernjahresüberschuss", "Group net income"), "afa": ("Abschreibungen auf das Anlagevermögen", "Depreciation and amortisation"), "rueck": ("Veränderung der Rückstellungen", "Change in provisions"),
    "vorr": ("Veränderung der Vorräte", "Change in inventories"), "ford": ("Veränderung der Forderungen und anderer Aktiva", "Change in receivables and other assets"), "verb": ("Veränderung der Verbindlichkeiten und anderer Passiva", "Change in payables and other liabilities"),
    "abgang": ("Ergebnis aus Anlagenabgängen", "Result from disposals"), "zins": ("Zinsaufwendungen abzüglich Zinserträge", "Interest expense less interest income"), "steuer": ("Veränderung der Ertragsteuerrückstellungen", "Change in income tax provisions"),
    "sonstige": ("Sonstige zahlungsunwirksame Aufwendungen und Erträge", "Other non-cash items"), "cfo": ("Cashflow aus der laufenden Geschäftstätigkeit", "Cash flow from operating activities"),
    "invest_s": ("Auszahlungen für Investitionen in das Sachanlagevermögen", "Capital expenditure, tangible"), "invest_i": ("Auszahlungen für Investitionen in das immaterielle Anlagevermögen", "Capital expenditure, intangible"),
    "erloese": ("Einzahlungen aus Abgängen des Sachanlagevermögens", "Proceeds from disposals"), "zinse": ("Erhaltene Zinsen", "Interest received"), "cfi": ("Cashflow aus der Investitionstätigkeit", "Cash flow from investing activities"),
    "aufnahme": ("Einzahlungen aus der Aufnahme von Krediten", "Loans drawn"), "tilgung": ("Auszahlungen aus der Tilgung von Krediten", "Loans repaid"), "gezinst": ("Gezahlte Zinsen", "Interest paid"),
    "dividende": ("Gezahlte Dividenden", "Dividends paid"), "cff": ("Cashflow aus der Finanzierungstätigkeit", "Cash flow from financing activities"), "delta": ("Veränderung des Finanzmittelfonds", "Change in cash funds"),
    "fx": ("Wechselkursbedingte Änderungen", "Exchange rate effects"), "anfang": ("Finanzmittelfonds am Anfang der Periode", "Cash funds at beginning"), "ende": ("Finanzmittelfonds am Ende der Periode", "Cash funds at end"),
}
PL_ORDER = ("umsatz", "bestand", "eigenl", "*leistung", "sbe", "-mat_a", "-mat_b", "-pers_a", "-pers_b", "-afa", "-sba", "beteil", "zinse", "-zinsa", "-steuern", "*ens", "-sonstst", "*ju")
ASSET_ORDER = ("immat", "gw", "*immat_ges", "grund", "masch", "bga", "aib", "*sach", "finanz", "*av", "rhb", "ufe", "fe", "anz", "*vorr", "ll", "ford_vu", "sva", "*ford", "kasse", "*uv", "rap", "lat", "*aktiva")
LIAB_ORDER = ("gez", "kr", "grl", "fx", "bilgew", "*ek", "pens", "steuerr", "sonstr", "*rueck", "bank", "anzp", "verb_ll", "verb_vu", "sonstv", "*verb", "prap", "*passiva")
CASH_ORDER = ("ju", "afa", "rueck", "vorr", "ford", "verb", "abgang", "zins", "steuer", "sonstige", "*cfo", "invest_s", "invest_i", "erloese", "zinse", "*cfi", "aufnahme", "tilgung", "gezinst", "dividende", "*cff", "fx", "*delta", "anfang", "*ende")
PROVISION_EN = {3000: "Pensions", 3074: "Personnel costs", 3079: "Holiday pay", 3090: "Warranties", 3092: "Onerous contracts", 3093: "Litigation", 3095: "Audit and closing", 3099: "Other"}


def lines(order, words, now, was, lang, unit) -> dict:
    i, rows = lang == "en", []
    for key in order:
        style, key = ("b", key[1:]) if key[0] == "*" else ("", key)
        sign, key = (-1, key[1:]) if key[0] == "-" else (1, key)
        if not now.get(key) and not was.get(key) and not style:
            continue
        rows.append([style, words[key][i], teur(sign * now[key], lang), teur(sign * was[key], lang)])
    return {"h": [unit, "2025", "2024"], "r": rows}


def assets_table(f: Figures, companies, y: int, lang: str, group: bool) -> dict:
    cols = ("cost0", "fx", "add", "out", "move", "cost1", "dep0", "dep", "outdep", "dep1")
    rows, total = [], dict.fromkeys((*cols, "nbv", "nbv0"), 0)
    labels = ["immat", "gw", "grund", "masch", "bga", "aib"] if group else ["immat", "grund", "masch", "bga", "aib"]
    for label in labels:
        s = dict.fromkeys(cols, 0)
        if label == "gw":
            s.update(cost0=8_400_000_00, cost1=8_400_000_00, dep0=840_000_00 * (y - 2021), dep=840_000_00, dep1=840_000_00 * (y - 2020))
        for c in companies:
            for a, x in f.books[c, y].assets.items():
                if CLASSES[a] != label:
                    continue
                if c == "SDL" and group:
                    r0, r1, ra = RATE_CLOSE[y - 1], RATE_CLOSE[y], RATE_AVERAGE[y]
                    t = {k: round(x[k] / (r0 if k in ("cost0", "dep0") else r1 if k in ("cost1", "dep1") else ra)) for k in x}
                    t["fx"] = t["cost1"] - t["cost0"] - t["add"] + t["out"] - t["move"]
                    t["dep"] = t["dep1"] - t["dep0"] + t["outdep"]  # translation difference of depreciation included
                    x = t
                for k in cols:
                    s[k] += x.get(k, 0)
        s["nbv"], s["nbv0"] = s["cost1"] - s["dep1"], s["cost0"] - s["dep0"]
        for k in total:
            total[k] += s[k]
        rows.append(["", label, s])
    rows.append(["b", None, total])
    show = ("cost0", *(("fx",) if group else ()), "add", "out", "move", "cost1", "dep0", "dep", "outdep", "dep1", "nbv", "nbv0")
    heads = {"cost0": ("AHK 1.1.", "Cost 1 Jan"), "fx": ("Währung", "FX"), "add": ("Zugänge", "Additions"), "out": ("Abgänge", "Disposals"), "move": ("Umbuchung", "Transfers"), "cost1": ("AHK 31.12.", "Cost 31 Dec"),
             "dep0": ("Abschr. 1.1.", "Acc. dep. 1 Jan"), "dep": ("Abschr. GJ", "Dep. for year"), "outdep": ("Abgänge", "Disposals"), "dep1": ("Abschr. 31.12.", "Acc. dep. 31 Dec"), "nbv": ("Buchwert 2025", "NBV 2025"), "nbv0": ("Buchwert 2024", "NBV 2024")}
    e = lang == "en"
    return {"h": ["", *(heads[k][e] for k in show)],
            "r": [[st, WORDS[lb][e] if lb else ("Total" if e else "Gesamt"), *(teur(s[k], lang) for k in show)] for st, lb, s in rows]}


def provisions_table(f: Figures, companies, y: int, lang: str, group: bool, pensions: bool = True) -> dict:
    e, rows, total = lang == "en", [], [0] * 7
    for a in (3000, 3074, 3079, 3090, 3092, 3093, 3095, 3099):
        v = [0] * 7  # start, fx, used, released, added, unwound, end
        for c in companies:
            p = f.books[c, y].provisions.get(a)
            if not p:
                continue
            if c == "SDL" and group:
                r0, r1, ra = RATE_CLOSE[y - 1], RATE_CLOSE[y], RATE_AVERAGE[y]
                q = [round(p["start"] / r0), 0, *(round(p[k] / ra) for k in ("used", "released", "added", "unwound")), round(p["end"] / r1)]
                q[1] = q[6] - (q[0] - q[2] - q[3] + q[4] + q[5])
            else:
                q = [p["start"], 0, p["used"], p["released"], p["added"], p["unwound"], p["end"]]
            v = [m + n for m, n in zip(v, q)]
        if any(v) and (pensions or a != 3000):
            total = [m + n for m, n in zip(total, v)]
            rows.append(["", PROVISION_EN[a] if e else CHART[a][0].replace("Rückstellungen für ", "").replace("Übrige sonstige Rückstellungen", "Übrige"), *v])
    rows.append(["b", "Total" if e else "Gesamt", *total])
    keep = [0, *([1] if group else []), 2, 3, 4, 5, 6]
    heads = (("Stand 1.1.", "1 Jan"), ("Währung", "FX"), ("Verbrauch", "Used"), ("Auflösung", "Released"), ("Zuführung", "Added"), ("Aufzinsung", "Unwinding"), ("Stand 31.12.", "31 Dec"))
    return {"h": ["", *(heads[k][e] for k in keep)], "r": [[r[0], r[1], *(teur(r[2 + k], lang) for k in keep)] for r in rows]}


def group_revenue(f: Figures, y: int) -> dict[str, int]:
    b = {c: f.books[c, y].balance for c in ENTITIES}
    g = lambda c, a: -round(b[c].get(a, 0) / (RATE_AVERAGE[y] if c == "SDL" else 1))
    return {"Deutschland": sum(g(c, a) for c in ("SAT", "SSG", "SGG") for a in (4400, 4450)), "Vereinigtes Königreich": g("SDL", 4400) + g("SDL", 4450),
            "Tschechien": g("SPO", 4400) + g("SPO", 4450), "Übriges Europa": sum(g(c, 4125) for c in ENTITIES), "Übrige Welt": sum(g(c, 4120) for c in ENTITIES)}


REGION_EN = {"Deutschland": "Germany", "Vereinigtes Königreich": "United Kingdom", "Tschechien": "Czech Republic", "Übriges Europa": "Rest of Europe", "Übrige Welt": "Rest of the world"}


def segments(f: Figures, y: int) -> dict[str, dict[str, int]]:
    out = {}
    for name, companies in (("Antriebe", ("SAT", "SPO", "SDL")), ("Guss", ("SGG",)), ("Service", ("SSG",))):
        s = dict.fromkeys(("extern", "intern", "ebitda", "afa", "ebit", "invest", "vermoegen"), 0)
        for c in companies:
            x, r = f.eur[c, y], RATE_AVERAGE[y] if c == "SDL" else 1
            ic = -round(f.books[c, y].balance.get(4480, 0) / r)
            s["extern"] += x["umsatz"] - ic
            s["intern"] += ic
            for k in ("ebitda", "afa", "ebit"):
                s[k] += x[k]
            s["invest"] += sum(round(v["add"] / r) for v in f.books[c, y].assets.values())
            s["vermoegen"] += x["aktiva"] - x["finanz"] - x["ford_vu"]
        out[name] = s
    g = f.group[y]
    out["Überleitung"] = {"extern": 0, "intern": -sum(s["intern"] for s in out.values()), "ebitda": g["ebitda"] - sum(s["ebitda"] for s in out.values()),
                          "afa": g["afa"] - sum(s["afa"] for s in out.values()), "ebit": g["ebit"] - sum(s["ebit"] for s in out.values()),
                          "invest": 0, "vermoegen": g["aktiva"] - sum(s["vermoegen"] for s in out.values())}
    out["Konzern"] = {k: sum(s[k] for s in out.values()) for k in out["Antriebe"]}
    return out


def tax_reconciliation(f: Figures, y: int) -> list[tuple[str, str, int]]:
    g, b = f.group[y], {c: f.books[c, y] for c in ENTITIES}
    r = lambda c, v: round(v / RATE_AVERAGE[y]) if c == "SDL" else v
    expected = round(g["ebt"] * .302)
    nondeductible = sum(round(r(c, b[c].tax["nondeductible"]) * .302) for c in ENTITIES)
    foreign = sum(round(f.eur[c, y]["ebt"] * (t - .302)) for c, t in (("SPO", .21), ("SDL", .25), ("SGG", .295)))
    goodwill = round(840_000_00 * .302)
    prior = b["SAT"].tax["prior"]
    dividend = round(b["SAT"].tax["dividends"] * .05 * .302)
    rest = g["steuern"] - expected - nondeductible - foreign - goodwill - prior - dividend
    return [("Erwarteter Steueraufwand (30,2 %)", "Expected tax expense (30.2 %)", expected), ("Nicht abziehbare Betriebsausgaben", "Non-deductible expenses", nondeductible),
            ("Abweichende Steuersätze", "Different tax rates", foreign), ("Nicht abziehbare Firmenwertabschreibung", "Goodwill amortisation", goodwill), ("5 % der Dividenden (§ 8b Abs. 5 KStG)", "5 % of dividends", dividend),
            ("Steuern für Vorjahre", "Taxes for prior years", prior), ("Nicht angesetzte Verlustvorträge und Übriges", "Unrecognised losses and other", rest), ("Steueraufwand lt. Konzern-GuV", "Tax expense as reported", g["steuern"])]


def loans(f: Figures, y: int = 2025) -> list[dict]:
    out = []
    for c in ENTITIES:
        for l in f.books[c, y].loans:
            r = RATE_CLOSE[y] if c == "SDL" else 1
            closing = round(l["closing"] / r)
            yearly = round(l["repaid"] / r) if l["name"] != "Investitionsdarlehen Bearbeitungszentren" else 900_000_00
            years = closing if l["maturity"][-4:] <= "2030" else min(closing, 5 * yearly)
            out.append(dict(l, company=c, eur=closing, short=min(yearly, closing), middle=max(years - yearly, 0), long=max(closing - years, 0)))
    return out


def all_tables(f: Figures, lang: str) -> dict:
    e = lang == "en"
    W = lambda de, en: en if e else de
    t, gv = {}, f.group
    for tag, now, was, unit in (("k", gv[2025], gv[2024], W("in T€", "EUR thousand")), ("s", f.single["SAT", 2025], f.single["SAT", 2024], W("in T€", "EUR thousand")),
                                ("d", f.single["SDL", 2025], f.single["SDL", 2024], W("in T£", "GBP thousand")), ("de", f.eur["SDL", 2025], f.eur["SDL", 2024], W("in T€", "EUR thousand"))):
        t[tag + "_guv"] = lines(PL_ORDER, WORDS, now, was, lang, unit)
        t[tag + "_aktiva"] = lines(ASSET_ORDER, WORDS, now, was, lang, unit)
        t[tag + "_passiva"] = lines(LIAB_ORDER, WORDS, now, was, lang, unit)
    t["cash"] = lines(CASH_ORDER, CASH_WORDS, f.cash[2025], f.cash[2024], lang, W("in T€", "EUR thousand"))
    t["k_anlagen"], t["s_anlagen"] = assets_table(f, list(ENTITIES), 2025, lang, True), assets_table(f, ["SAT"], 2025, lang, False)
    t["d_anlagen"] = assets_table(f, ["SDL"], 2025, lang, False)
    t["k_rueck"], t["s_rueck"] = provisions_table(f, list(ENTITIES), 2025, lang, True), provisions_table(f, ["SAT"], 2025, lang, False)
    t["d_rueck"] = provisions_table(f, ["SDL"], 2025, lang, False)
    r25, r24 = group_revenue(f, 2025), group_revenue(f, 2024)
    t["region"] = {"h": [W("in T€", "EUR thousand"), "2025", "2024", "Δ %"], "r": [["", REGION_EN[k] if e else k, teur(r25[k], lang), teur(r24[k], lang), pct((r25[k] / r24[k] - 1) * 100, lang, True)] for k in r25]
                   + [["b", W("Gesamt", "Total"), teur(sum(r25.values()), lang), teur(sum(r24.values()), lang), pct((sum(r25.values()) / sum(r24.values()) - 1) * 100, lang, True)]]}
    s25, s24 = segments(f, 2025), segments(f, 2024)
    seg = {"Antriebe": "Drives", "Guss": "Casting", "Service": "Service", "Überleitung": "Reconciliation", "Konzern": "Group"}
    keys = (("extern", "Außenumsatz", "External revenue"), ("intern", "Innenumsatz", "Inter-segment revenue"), ("ebitda", "EBITDA", "EBITDA"), ("afa", "Abschreibungen", "Depreciation"), ("ebit", "EBIT", "EBIT"), ("invest", "Investitionen", "Capital expenditure"), ("vermoegen", "Segmentvermögen", "Segment assets"))
    for tag, s in (("segment", s25), ("segment_v", s24)):
        t[tag] = {"h": [W("in T€", "EUR thousand"), *(seg[k] if e else k for k in s)], "r": [["b" if k == "ebit" else "", en if e else de, *(teur(s[n][k], lang) for n in s)] for k, de, en in keys]}
    t["steuern"] = {"h": [W("in T€", "EUR thousand"), "2025", "2024"], "r": [["b" if i in (0, 7) else "", a[e], teur(a[2], lang), teur(b[2], lang)] for i, (a, b) in enumerate(zip(tax_reconciliation(f, 2025), tax_reconciliation(f, 2024)))]}
    L = loans(f)
    rate = lambda x: f"{x * 100:.2f} %".replace(".", "." if e else ",")
    t["kredite"] = {"h": [W("Darlehen", "Loan"), W("Gesellschaft", "Company"), W("Zinssatz", "Rate"), W("Endfälligkeit", "Maturity"), W("Stand 31.12.2025 (T€)", "31 Dec 2025 (EUR k)")],
                    "r": [["", l["name"], l["company"], rate(l["rate"]), l["maturity"], teur(l["eur"], lang)] for l in L] + [["b", W("Gesamt", "Total"), "", "", "", teur(sum(l["eur"] for l in L), lang)]]}
    for tag, who in (("k", gv), ("s", {y: f.single["SAT", y] for y in (2024, 2025)})):
        now, was = who[2025], who[2024]
        Ls = L if tag == "k" else [l for l in L if l["company"] == "SAT"]
        short, long = sum(l["short"] for l in Ls), sum(l["long"] for l in Ls)
        rows = [["", WORDS["bank"][e], now["bank"], short, now["bank"] - short - long, long, was["bank"]]]
        for k in ("anzp", "verb_ll", "verb_vu", "sonstv"):
            if now[k]:
                mid = round(now[k] * .02) if k == "sonstv" else 0
                rows.append(["", WORDS[k][e], now[k], now[k] - mid, mid, 0, was[k]])
        rows.append(["b", W("Gesamt", "Total"), *(sum(r[i] for r in rows) for i in range(2, 7))])
        t[tag + "_verb"] = {"h": [W("in T€", "EUR thousand"), W("Gesamt 2025", "Total 2025"), W("bis 1 Jahr", "< 1 year"), W("1–5 Jahre", "1–5 years"), W("über 5 Jahre", "> 5 years"), W("Gesamt 2024", "Total 2024")],
                            "r": [[r[0], r[1], *(teur(v, lang) for v in r[2:])] for r in rows]}
    x23, x24, x25 = gv[2023], gv[2024], gv[2025]
    t["ekspiegel"] = {"h": [W("in T€", "EUR thousand"), W("Gez. Kapital", "Capital"), W("Kapitalrücklage", "Capital reserve"), W("Gewinnrücklagen", "Revenue reserves"), W("Währung", "Translation"), W("Bilanzgewinn", "Acc. profit"), W("Summe", "Total")], "r": []}
    for y, was, now, div in ((2024, x23, x24, 4_800_000_00), (2025, x24, x25, 5_400_000_00)):
        if y == 2024:
            t["ekspiegel"]["r"].append(["b", W("Stand 31.12.2023", "31 Dec 2023"), *(teur(was[k], lang) for k in ("gez", "kr", "grl", "fx", "bilgew", "ek"))])
        t["ekspiegel"]["r"] += [["", W("Dividenden", "Dividends"), "0", "0", "0", "0", teur(-div, lang), teur(-div, lang)], ["", W("Konzernjahresüberschuss", "Net income"), "0", "0", "0", "0", teur(now["ju"], lang), teur(now["ju"], lang)],
                                ["", W("Währungsumrechnung", "Translation"), "0", "0", "0", teur(now["fx"] - was["fx"], lang), "0", teur(now["fx"] - was["fx"], lang)],
                                ["b", W(f"Stand 31.12.{y}", f"31 Dec {y}"), *(teur(now[k], lang) for k in ("gez", "kr", "grl", "fx", "bilgew", "ek"))]]
    for tag, companies in (("k", list(ENTITIES)), ("s", ["SAT"])):
        def accounts(line: str) -> dict:
            values = {}
            for a, (name, l) in CHART.items():
                if l == line and a not in (4835, 6860):
                    v = [sum(round(f.books[c, y].balance.get(a, 0) / (RATE_AVERAGE[y] if c == "SDL" else 1)) for c in companies) for y in (2025, 2024)]
                    if any(v):
                        values[a] = (name, v)
            if tag == "s":
                for a in (4835,):
                    if line == "sbe":
                        values[a] = (CHART[a][0], [f.books["SAT", y].balance.get(a, 0) for y in (2025, 2024)])
            sign = -1 if line == "sbe" else 1
            who = gv if tag == "k" else {y: f.single["SAT", y] for y in (2024, 2025)}
            ordered = sorted(values.values(), key=lambda v: -abs(v[1][0]))
            head = ordered[:14]
            rows = [["", n, teur(sign * v[0], lang), teur(sign * v[1], lang)] for n, v in head]
            r = [who[y][line] - sum(sign * v[i] for _n, v in head) for i, y in enumerate((2025, 2024))]
            rows.append(["", W("Übrige Posten", "Other items"), teur(r[0], lang), teur(r[1], lang)])
            rows.append(["b", W("Gesamt", "Total"), teur(who[2025][line], lang), teur(who[2024][line], lang)])
            return {"h": [W("in T€", "EUR thousand"), "2025", "2024"], "r": rows}
        t[tag + "_sba"], t[tag + "_sbe"] = accounts("sba"), accounts("sbe")
    years5 = {"umsatz": ("Umsatzerlöse (Mio. €)", "Revenue (EUR m)", ["318,4", "336,9", "352,7"]), "ebitda": ("EBITDA (Mio. €)", "EBITDA (EUR m)", ["29,1", "31,8", "34,6"]), "ebit": ("EBIT (Mio. €)", "EBIT (EUR m)", ["14,6", "16,9", "19,1"]),
              "ju": ("Konzernjahresüberschuss (Mio. €)", "Net income (EUR m)", ["9,2", "10,4", "12,1"]), "ek": ("Eigenkapital (Mio. €)", "Equity (EUR m)", ["129,8", "136,1", None]), "aktiva": ("Bilanzsumme (Mio. €)", "Total assets (EUR m)", ["251,3", "260,7", None])}
    rows = []
    for k, (de, en, past) in years5.items():
        past = [p or mio(gv[2023][k], "de") for p in past]
        past = [p.replace(",", ".") for p in past] if e else past
        rows.append(["", en if e else de, *past, mio(gv[2024][k], lang), mio(gv[2025][k], lang)])
    rows.append(["", W("Mitarbeitende (Jahresdurchschnitt)", "Employees (annual average)"), "1.742" if not e else "1,742", "1.798" if not e else "1,798", "1.846" if not e else "1,846", "1.884" if not e else "1,884", "1.912" if not e else "1,912"])
    rows.append(["", W("Dividende je Aktie (€)", "Dividend per share (EUR)"), *("0,30 0,35 0,40 0,45 0,50".replace(",", "." if e else ",").split())])
    t["mehrjahr"] = {"h": ["", "2021", "2022", "2023", "2024", "2025"], "r": rows}
    return t
