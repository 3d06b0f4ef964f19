"""What is not in the books: names, accounts, counts. All of it is invented."""


def iban(bank: str, account: str, country: str = "DE") -> str:
    """An IBAN with valid check digits over a bank code that is not assigned."""
    body = bank + account.zfill(10)
    number = int("".join(str(int(c, 36)) for c in body + country + "00"))
    plain = f"{country}{98 - number % 97:02d}{body}"
    return " ".join(plain[i:i + 4] for i in range(0, len(plain), 4))


FACT = {
    "ag": "Sternbrück Antriebstechnik AG", "ssg": "Sternbrück Service GmbH", "sgg": "Sternbrück Gießerei GmbH", "spo": "Sternbrück Pohony s.r.o.", "sdl": "Sternbrück Drives Ltd.",
    "ort": "Kaltenfurt", "adresse": "Am Eisenwerk 12, 00419 Kaltenfurt", "hrb": "HRB 40719", "register": "Amtsgericht Kaltenfurt",
    "ceo": "Dr. Henrike Vossbeck", "cfo": "Matthias Oehlkamp", "coo": "Ruben Achterkamp",
    "arv": "Prof. Dr. Almut Greifenhagen", "arv2": "Bertram Isenhoff", "ar3": "Dr. Cornelius Lührmann-Wehn", "ar4": "Sabine Ottenjann", "ar5": "Gerrit Pöhlsen", "ar6": "Teresa Limbrunner",
    "wpg": "Haverland Brandis Revision GmbH Wirtschaftsprüfungsgesellschaft", "wp1": "Ansgar Dohrmeier", "wp2": "Dr. Leonie Stackfleth",
    "aktuar": "Aktuarbüro Thiemig und Partner mbB", "anwalt": "Ruhnau Petersdorff Rechtsanwälte PartG mbB",
    "bank1": "Kaltenfurter Gewerbebank AG", "bank2": "Bankhaus Merten & Sohn KG", "bank3": "Unternehmerbank Nordwest eG",
    "iban_gewerbebank": iban("99950010", "4410087200"), "iban_merten": iban("99970320", "18220456"), "iban_nordwest": iban("99980055", "7300091412"),
    "iban_wesenberg": iban("99950010", "220417700"), "iban_grauhof": iban("99970320", "91177340"), "iban_ortlohn": iban("99980055", "6612044"),
    "iban_tewes": iban("99950010", "58120034"), "iban_tewes_neu": iban("99911100", "4090021177"), "iban_huelsebrock": iban("99980055", "1300771"),
    "vermieter": "Industriepark Eisenwerk Vermietungs KG",
}
