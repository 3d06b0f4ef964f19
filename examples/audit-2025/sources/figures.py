"""Statements, notes and tables of the group and of its companies, computed from the books and formatted for the documents."""

from __future__ import annotations

from books import CHART, ENTITIES, GOODWILL_COST, GOODWILL_YEARS, RATE_AVERAGE, RATE_CLOSE, UNREALISED, Books

GROUP_TAX = 0.302
PL = ("umsatz", "bestand", "eigenl", "sbe", "mat_a", "mat_b", "pers_a", "pers_b", "afa", "sba", "beteil", "zinse", "zinsa", "steuern", "sonstst")
EXPENSE = {"mat_a", "mat_b", "pers_a", "pers_b", "afa", "sba", "zinsa", "steuern", "sonstst"}
ASSET_LINES = ("immat", "gw", "grund", "masch", "bga", "aib", "finanz", "rhb", "ufe", "fe", "anz", "ll", "ford_vu", "sva", "kasse", "rap", "lat")
LIABILITY_LINES = ("gez", "kr", "grl", "bilgew", "fx", "pens", "steuerr", "sonstr", "bank", "anzp", "verb_ll", "verb_vu", "sonstv", "prap")
CLASSES = {135: "immat", 215: "grund", 240: "grund", 440: "masch", 650: "bga", 700: "aib"}


def totals(x: dict[str, int]) -> dict[str, int]:
    """Adds subtotals to the lines of one year's statements."""
    x = {k: x.get(k, 0) for k in (*PL, *ASSET_LINES, *LIABILITY_LINES)} | x
    x["mat"], x["pers"] = x["mat_a"] + x["mat_b"], x["pers_a"] + x["pers_b"]
    x["leistung"] = x["umsatz"] + x["bestand"] + x["eigenl"]
    x["roh"] = x["leistung"] - x["mat"]
    x["ebitda"] = x["leistung"] + x["sbe"] - x["mat"] - x["pers"] - x["sba"] - x["sonstst"]
    x["ebit"] = x["ebitda"] - x["afa"]
    x["fin"] = x["beteil"] + x["zinse"] - x["zinsa"]
    x["ebt"] = x["ebit"] + x["fin"]
    x["ju"] = x["ebt"] - x["steuern"]
    x["ens"] = x["ju"] + x["sonstst"]
    x["immat_ges"] = x["immat"] + x["gw"]
    x["sach"] = x["grund"] + x["masch"] + x["bga"] + x["aib"]
    x["av"] = x["immat_ges"] + x["sach"] + x["finanz"]
    x["vorr"] = x["rhb"] + x["ufe"] + x["fe"] + x["anz"]
    x["ford"] = x["ll"] + x["ford_vu"] + x["sva"]
    x["uv"] = x["vorr"] + x["ford"] + x["kasse"]
    x["aktiva"] = x["av"] + x["uv"] + x["rap"] + x["lat"]
    x["ek"] = x["gez"] + x["kr"] + x["grl"] + x["bilgew"] + x["fx"]
    x["rueck"] = x["pens"] + x["steuerr"] + x["sonstr"]
    x["verb"] = x["bank"] + x["anzp"] + x["verb_ll"] + x["verb_vu"] + x["sonstv"]
    x["passiva"] = x["ek"] + x["rueck"] + x["verb"] + x["prap"]
    x["nettoverschuldung"] = x["bank"] - x["kasse"]
    return x


def company(books: Books, c: str, year: int) -> dict[str, int]:
    """Lines of a single company's statements, in its own currency."""
    if year == 2023:
        balance, profit = books[c, 2024].opening, 0
    else:
        balance, profit = books[c, year].balance, books[c, year].profit()
    x: dict[str, int] = {}
    for a, v in balance.items():
        line = CHART[a][1]
        if line in PL:
            x[line] = x.get(line, 0) + (v if line in EXPENSE else -v)
        elif line == "ust":
            x["ust"] = x.get("ust", 0) + v
        else:
            x[line] = x.get(line, 0) + (v if line in ASSET_LINES else -v)
    ust = x.pop("ust", 0)
    key, sign = ("sva", 1) if ust > 0 else ("sonstv", -1)
    x[key] = x.get(key, 0) + sign * ust
    x["bilgew"] = x.get("bilgew", 0) + profit
    return totals(x)


class Figures:
    def __init__(self) -> None:
        self.books = Books()
        self.single = {(c, y): company(self.books, c, y) for c in ENTITIES for y in (2023, 2024, 2025)}
        self.retained_sdl = {}
        for y in (2023, 2024, 2025):
            local = self.single["SDL", y]
            if y == 2023:
                self.retained_sdl[y] = round((local["ek"] - 8_000_000_00) / .86)
            else:
                self.retained_sdl[y] = self.retained_sdl[y - 1] + round(local["ju"] / RATE_AVERAGE[y])
        self.eur = {(c, y): self._eur(c, y) for c in ENTITIES for y in (2023, 2024, 2025)}
        self.group = {y: self._group(y) for y in (2023, 2024, 2025)}
        self.cash = {y: self._cash(y) for y in (2024, 2025)}

    def _eur(self, c: str, y: int) -> dict[str, int]:
        x = self.single[c, y]
        if c != "SDL":
            return x
        out = {k: round(x[k] / RATE_AVERAGE.get(y, .86)) for k in PL}
        out |= {k: round(x[k] / RATE_CLOSE[y]) for k in (*ASSET_LINES, *LIABILITY_LINES)}
        out["gez"], out["bilgew"], out["fx"] = 9_600_000_00, self.retained_sdl[y], 0
        t = totals(out)
        # rounding cents of the profit go to other operating expenses
        if y != 2023:
            t["sba"] += t["ju"] - (self.retained_sdl[y] - self.retained_sdl[y - 1])
        t = totals(t)
        t["fx"] = t["aktiva"] - t["passiva"]
        return totals(t)

    def _group(self, y: int) -> dict[str, int]:
        x = {k: sum(self.eur[c, y][k] for c in ENTITIES) for k in (*PL, *ASSET_LINES, *LIABILITY_LINES)}
        amort = GOODWILL_COST // GOODWILL_YEARS
        x["gw"] = GOODWILL_COST - amort * (y - 2020)
        x["lat"] = round(UNREALISED[y] * GROUP_TAX)
        x["fe"] -= UNREALISED[y]
        if y != 2023:
            b = {c: self.books[c, y].balance for c in ENTITIES}
            ic_sales = -sum(v.get(4480, 0) for v in b.values())
            ic_buys = sum(v.get(5080, 0) for c, v in b.items() if c != "SDL") + round(b["SDL"].get(5080, 0) / RATE_AVERAGE[y])
            fees_in = -b["SAT"][4835]
            fees_out = sum(v.get(6860, 0) for c, v in b.items() if c != "SDL") + round(b["SDL"][6860] / RATE_AVERAGE[y])
            x["umsatz"] -= ic_sales
            x["mat_a"] -= ic_buys
            x["sbe"] -= fees_in
            x["sba"] -= fees_out
            x["beteil"] = 0
            interest = b["SAT"].get(7119, 0)
            x["zinse"] += interest
            x["zinsa"] += interest
            change = UNREALISED[y] - UNREALISED[y - 1]
            x["bestand"] -= change
            x["steuern"] -= x["lat"] - round(UNREALISED[y - 1] * GROUP_TAX)
            x["afa"] += amort
        x["finanz"] = 0
        x["ford_vu"] = x["verb_vu"] = 0
        x["gez"], x["kr"], x["grl"] = 24_000_000_00, 18_500_000_00, 23_400_000_00
        x["bilgew"] = 0
        t = totals(x)
        t["bilgew"] = t["aktiva"] - t["passiva"]
        t = totals(t)
        if y != 2023:  # the profit carried forward must follow from the year before: nothing but cents of translation may differ
            expected = self.group_earnings + t["ju"] - {2024: 4_800_000_00, 2025: 5_400_000_00}[y]
            assert abs(expected - t["bilgew"]) < 100_00, (y, expected - t["bilgew"])
        self.group_earnings = t["bilgew"]
        return t

    def _cash(self, y: int) -> dict[str, int]:
        now, was = self.group[y], self.group[y - 1]
        d = lambda k: now[k] - was[k]
        sdl_now, sdl_was = self.single["SDL", y]["kasse"], self.single["SDL", y - 1]["kasse"]
        fx_cash = round(sdl_was * (1 / RATE_CLOSE[y] - 1 / RATE_CLOSE[y - 1]) + (sdl_now - sdl_was) * (1 / RATE_CLOSE[y] - 1 / RATE_AVERAGE[y]))
        b = {c: self.books[c, y] for c in ENTITIES}
        rate = lambda c: RATE_AVERAGE[y] if c == "SDL" else 1
        capex_i = sum(round(b[c].assets[a]["add"] / rate(c)) for c in ENTITIES for a in b[c].assets if a < 200)
        capex_s = sum(round(b[c].assets[a]["add"] / rate(c)) for c in ENTITIES for a in b[c].assets if a >= 200)
        nbv_out = sum(round((s["out"] - s["outdep"]) / rate(c)) for c in ENTITIES for s in b[c].assets.values())
        proceeds = -sum(round(b[c].balance.get(4849, 0) / rate(c)) for c in ENTITIES)
        drawn = sum(round(l["drawn"] / rate(c)) for c in ENTITIES for l in b[c].loans)
        repaid = sum(round(l["repaid"] / rate(c)) for c in ENTITIES for l in b[c].loans)
        interest = now["zinsa"] - sum(round(p["unwound"] / rate(c)) for c in ENTITIES for p in b[c].provisions.values())
        dividend = {2024: 4_800_000_00, 2025: 5_400_000_00}[y]
        f = dict(ju=now["ju"], afa=now["afa"], rueck=d("pens") + d("sonstr"), vorr=-d("vorr"), ford=-(d("ll") + d("sva") + d("rap") + d("lat")),
                 verb=d("verb_ll") + d("anzp") + d("sonstv") + d("prap"), abgang=nbv_out - proceeds, zins=interest - now["zinse"],
                 steuer=d("steuerr"), invest_s=-capex_s, invest_i=-capex_i, erloese=proceeds, zinse=now["zinse"],
                 aufnahme=drawn, tilgung=-repaid, gezinst=-interest, dividende=-dividend, fx=fx_cash)
        f["cff"] = f["aufnahme"] + f["tilgung"] + f["gezinst"] + f["dividende"]
        f["cfi"] = f["invest_s"] + f["invest_i"] + f["erloese"] + f["zinse"]
        f["delta"] = d("kasse")
        f["cfo"] = f["delta"] - f["cfi"] - f["cff"] - f["fx"]
        f["sonstige"] = f["cfo"] - sum(f[k] for k in ("ju", "afa", "rueck", "vorr", "ford", "verb", "abgang", "zins", "steuer"))
        f["anfang"], f["ende"] = was["kasse"], now["kasse"]
        f["fcf"] = f["cfo"] + f["cfi"]
        return f


# ---------------------------------------------------------------- formats
def teur(cents: int, lang: str = "de") -> str:
    n = int(abs(cents) / 100_000 + .5)
    s = f"{n:,}"
    if lang == "de":
        s = s.replace(",", ".")
    return ("-" if cents < 0 and n else "") + s


def mio(cents: int, lang: str = "de") -> str:
    s = f"{abs(cents) / 1e8:,.1f}"
    s = s.translate(str.maketrans(",.", ".,")) if lang == "de" else s
    return ("-" if cents < 0 else "") + s


def euro(cents: int, lang: str = "de") -> str:
    s = f"{abs(cents) / 100:,.2f}"
    s = s.translate(str.maketrans(",.", ".,")) if lang == "de" else s
    return ("-" if cents < 0 else "") + s


def pct(x: float, lang: str = "de", sign: bool = False) -> str:
    s = f"{x:+.1f}" if sign else f"{x:.1f}"
    return s.replace(".", ",") if lang == "de" else s


def named(now: dict[str, int], was: dict[str, int], lang: str) -> dict[str, str]:
    out = {}
    for k, v in now.items():
        w = was.get(k, 0)
        out[k], out[k + "_v"] = teur(v, lang), teur(w, lang)
        out[k + "_m"], out[k + "_vm"] = mio(v, lang), mio(w, lang)
        out[k + "_e"], out[k + "_ve"] = euro(v, lang), euro(w, lang)
        out[k + "_a"] = teur(abs(v), lang)
        out[k + "_d"], out[k + "_dm"], out[k + "_dma"] = teur(v - w, lang), mio(v - w, lang), mio(abs(v - w), lang)
        out[k + "_p"] = pct((v - w) / abs(w) * 100, lang, True) if w else "–"
        out[k + "_pa"] = pct(abs((v - w) / abs(w) * 100), lang) if w else "–"
    if "umsatz" in now and now["umsatz"]:
        for tag, x in (("", now), ("_v", was)):
            if not x.get("umsatz"):
                continue
            out["ebitmarge" + tag] = pct(x["ebit"] / x["umsatz"] * 100, lang)
            out["ebitdamarge" + tag] = pct(x["ebitda"] / x["umsatz"] * 100, lang)
            out["ekquote" + tag] = pct(x["ek"] / x["aktiva"] * 100, lang)
            out["matquote" + tag] = pct(x["mat"] / x["leistung"] * 100, lang)
            out["persquote" + tag] = pct(x["pers"] / x["leistung"] * 100, lang)
            out["steuerquote" + tag] = pct(x["steuern"] / x["ebt"] * 100, lang) if x["ebt"] else "–"
            out["verschgrad" + tag] = (f"{x['nettoverschuldung'] / x['ebitda']:.2f}".replace(".", "," if lang == "de" else "."))
    return out


if __name__ == "__main__":
    f = Figures()
    for y in (2024, 2025):
        g = f.group[y]
        assert g["aktiva"] == g["passiva"]
        print(y, {k: teur(v) for k, v in g.items()})
        print({k: teur(v) for k, v in f.cash[y].items()})
    print({k: teur(v) for k, v in f.single["SAT", 2025].items()})
    n = named(f.group[2025], f.group[2024], "de")
    print({k: v for k, v in n.items() if "marge" in k or "quote" in k or "grad" in k})
