"""The books of the fictitious Sternbrück group for 2024 and 2025.

One seeded set of postings; every figure in every document is derived from it. Amounts are integer cents of the company's
currency (EUR, for Sternbrück Drives Ltd. GBP). Sign: debit positive, credit negative.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

SEED = 20251231
YEARS = (2024, 2025)
RATE_CLOSE = {2023: 0.8691, 2024: 0.8292, 2025: 0.8712}  # GBP for one EUR, fictitious
RATE_AVERAGE = {2024: 0.8466, 2025: 0.8563}
RATE_HISTORIC = 8000 / 9600  # acquisition of Sternbrück Drives Ltd. on 1 January 2021
TAX_RATE = {"SAT": 0.302, "SSG": 0.302, "SGG": 0.295, "SPO": 0.21, "SDL": 0.25}
GOODWILL_COST = 8_400_000_00
GOODWILL_YEARS = 10
UNREALISED = {2023: 903_400_00, 2024: 982_150_00, 2025: 1_118_700_00}

ENTITIES = {
    "SAT": ("Sternbrück Antriebstechnik AG", "Kaltenfurt", "EUR"),
    "SSG": ("Sternbrück Service GmbH", "Kaltenfurt", "EUR"),
    "SGG": ("Sternbrück Gießerei GmbH", "Oberwiesa-Thal", "EUR"),
    "SPO": ("Sternbrück Pohony s.r.o.", "Novy Brod", "EUR"),
    "SDL": ("Sternbrück Drives Ltd.", "Harrowby-on-Tees", "GBP"),
}

# account: (name, line of the statements)
CHART = {
    135: ("EDV-Software", "immat"), 136: ("Lizenzen und ähnliche Rechte", "immat"),
    215: ("Unbebaute und bebaute Grundstücke", "grund"), 240: ("Geschäfts- und Fabrikbauten", "grund"),
    440: ("Technische Anlagen und Maschinen", "masch"), 650: ("Betriebs- und Geschäftsausstattung", "bga"),
    700: ("Geleistete Anzahlungen und Anlagen im Bau", "aib"),
    800: ("Anteile an verbundenen Unternehmen", "finanz"), 810: ("Ausleihungen an verbundene Unternehmen", "finanz"),
    1000: ("Roh-, Hilfs- und Betriebsstoffe", "rhb"), 1050: ("Unfertige Erzeugnisse", "ufe"),
    1100: ("Fertige Erzeugnisse und Waren", "fe"), 1180: ("Geleistete Anzahlungen auf Vorräte", "anz"),
    1200: ("Forderungen aus Lieferungen und Leistungen", "ll"), 1246: ("Einzelwertberichtigungen auf Forderungen", "ll"),
    1248: ("Pauschalwertberichtigung auf Forderungen", "ll"), 1260: ("Forderungen gegen verbundene Unternehmen", "ford_vu"),
    1300: ("Sonstige Vermögensgegenstände", "sva"), 1406: ("Abziehbare Vorsteuer", "ust"),
    1600: ("Kasse", "kasse"), 1800: ("Kaltenfurter Gewerbebank AG, Kontokorrent", "kasse"),
    1810: ("Bankhaus Merten & Sohn KG, Kontokorrent", "kasse"), 1820: ("Unternehmerbank Nordwest eG, Tagesgeld", "kasse"),
    1900: ("Aktive Rechnungsabgrenzung", "rap"),
    2900: ("Gezeichnetes Kapital", "gez"), 2920: ("Kapitalrücklage", "kr"), 2930: ("Gesetzliche Rücklage", "grl"),
    2960: ("Andere Gewinnrücklagen", "grl"), 2970: ("Gewinnvortrag vor Verwendung", "bilgew"),
    3000: ("Rückstellungen für Pensionen", "pens"), 3020: ("Steuerrückstellungen", "steuerr"),
    3074: ("Rückstellungen für Personalkosten", "sonstr"), 3079: ("Urlaubsrückstellungen", "sonstr"),
    3090: ("Rückstellungen für Gewährleistungen", "sonstr"), 3092: ("Rückstellungen für drohende Verluste", "sonstr"),
    3093: ("Rückstellungen für Prozesskosten und -risiken", "sonstr"),
    3095: ("Rückstellungen für Abschluss und Prüfung", "sonstr"), 3099: ("Übrige sonstige Rückstellungen", "sonstr"),
    3150: ("Verbindlichkeiten gegenüber Kreditinstituten", "bank"), 3250: ("Erhaltene Anzahlungen auf Bestellungen", "anzp"),
    3300: ("Verbindlichkeiten aus Lieferungen und Leistungen", "verb_ll"),
    3400: ("Verbindlichkeiten gegenüber verbundenen Unternehmen", "verb_vu"),
    3450: ("Darlehen von verbundenen Unternehmen", "verb_vu"),
    3500: ("Sonstige Verbindlichkeiten", "sonstv"), 3720: ("Verbindlichkeiten aus Lohn und Gehalt", "sonstv"),
    3730: ("Verbindlichkeiten aus Lohn- und Kirchensteuer", "sonstv"),
    3740: ("Verbindlichkeiten im Rahmen der sozialen Sicherheit", "sonstv"), 3806: ("Umsatzsteuer", "ust"),
    3900: ("Passive Rechnungsabgrenzung", "prap"),
    4400: ("Umsatzerlöse Inland 19 % USt", "umsatz"), 4125: ("Steuerfreie innergemeinschaftliche Lieferungen", "umsatz"),
    4120: ("Steuerfreie Ausfuhrlieferungen", "umsatz"), 4450: ("Umsatzerlöse Service und Ersatzteile", "umsatz"),
    4480: ("Umsatzerlöse verbundene Unternehmen", "umsatz"),
    4800: ("Bestandsveränderungen Erzeugnisse", "bestand"), 4820: ("Andere aktivierte Eigenleistungen", "eigenl"),
    4830: ("Sonstige betriebliche Erträge", "sbe"), 4835: ("Konzernumlagen (Ertrag)", "sbe"),
    4840: ("Erträge aus der Währungsumrechnung", "sbe"), 4849: ("Erträge aus Anlagenabgängen", "sbe"),
    4930: ("Erträge aus der Auflösung von Rückstellungen", "sbe"), 4960: ("Periodenfremde Erträge", "sbe"),
    5000: ("Aufwendungen für Roh-, Hilfs- und Betriebsstoffe", "mat_a"), 5080: ("Materialbezug verbundene Unternehmen", "mat_a"),
    5900: ("Fremdleistungen", "mat_b"),
    6000: ("Löhne", "pers_a"), 6020: ("Gehälter", "pers_a"), 6110: ("Gesetzliche soziale Aufwendungen", "pers_b"),
    6140: ("Aufwendungen für Altersversorgung", "pers_b"),
    6200: ("Abschreibungen auf immaterielle Vermögensgegenstände", "afa"), 6220: ("Abschreibungen auf Sachanlagen", "afa"),
    6305: ("Raumkosten", "sba"), 6310: ("Miete für unbewegliche Wirtschaftsgüter", "sba"), 6325: ("Gas, Strom, Wasser", "sba"),
    6330: ("Reinigung", "sba"), 6335: ("Instandhaltung betrieblicher Räume", "sba"), 6400: ("Versicherungen", "sba"),
    6420: ("Beiträge", "sba"), 6430: ("Sonstige Abgaben", "sba"), 6450: ("Reparaturen Gebäude", "sba"),
    6460: ("Reparaturen und Instandhaltung von Maschinen", "sba"), 6495: ("Wartungskosten für Hard- und Software", "sba"),
    6520: ("Kfz-Versicherungen", "sba"), 6530: ("Laufende Kfz-Betriebskosten", "sba"), 6560: ("Mietleasing Kfz", "sba"),
    6600: ("Werbekosten und Messen", "sba"), 6640: ("Bewirtungskosten", "sba"), 6650: ("Reisekosten Arbeitnehmer", "sba"),
    6710: ("Verpackungsmaterial", "sba"), 6740: ("Ausgangsfrachten", "sba"), 6770: ("Verkaufsprovisionen", "sba"),
    6790: ("Aufwand für Gewährleistungen", "sba"), 6800: ("Porto", "sba"), 6805: ("Telefon und Datenleitungen", "sba"),
    6815: ("Bürobedarf", "sba"), 6821: ("Fortbildungskosten", "sba"), 6825: ("Rechts- und Beratungskosten", "sba"),
    6827: ("Abschluss- und Prüfungskosten", "sba"), 6837: ("Lizenzen und Konzessionen", "sba"), 6840: ("Mietleasing Maschinen", "sba"),
    6850: ("Entsorgung und Umweltschutz", "sba"), 6855: ("Nebenkosten des Geldverkehrs", "sba"), 6860: ("Konzernumlagen (Aufwand)", "sba"),
    6880: ("Aufwendungen aus der Währungsumrechnung", "sba"), 6895: ("Verluste aus Anlagenabgängen", "sba"),
    6910: ("Zuführung zu Drohverlust- und Prozessrückstellungen", "sba"), 6923: ("Einstellung in Wertberichtigungen", "sba"),
    6990: ("Übrige betriebliche Aufwendungen", "sba"),
    7000: ("Erträge aus Beteiligungen an verbundenen Unternehmen", "beteil"), 7110: ("Sonstige Zinserträge", "zinse"),
    7119: ("Zinserträge aus verbundenen Unternehmen", "zinse"), 7320: ("Zinsaufwendungen für langfristige Verbindlichkeiten", "zinsa"),
    7329: ("Zinsaufwendungen an verbundene Unternehmen", "zinsa"), 7362: ("Aufzinsung von Rückstellungen", "zinsa"),
    7600: ("Körperschaftsteuer und Solidaritätszuschlag", "steuern"), 7610: ("Gewerbesteuer", "steuern"),
    7680: ("Grundsteuer und Kfz-Steuer", "sonstst"),
}

# share of other operating expenses by account
OPEX = {6305: 3.1, 6325: 15.2, 6330: 1.4, 6335: 1.2, 6400: 3.3, 6420: .8, 6430: .5, 6450: 1.9, 6460: 8.1, 6495: 4.4, 6520: .5,
        6530: 1.2, 6560: 1.6, 6600: 3.7, 6640: .35, 6650: 4.2, 6710: 3.6, 6740: 14.1, 6770: 5.2, 6800: .3, 6805: .9, 6815: .6,
        6821: 1.1, 6825: 5.3, 6837: 3.1, 6840: 1.5, 6850: 1.8, 6855: .5, 6880: 1.6, 6990: 4.6}

# thousands of the company's currency: (2024, 2025)
PLAN = {
    "SAT": dict(dom=(91_214, 88_437), eu=(57_932, 61_318), exp=(33_127, 36_842), serv=(8_716, 9_233), own=(742, 816), other=(1_911, 1_734),
                material=(57_940, 56_210), services=(9_620, 9_870), wages=(27_605, 27_980), salaries=(25_580, 26_340), social=(12_890, 13_260),
                opex=(30_180, 30_760), rent=(1_260, 1_284), allowance=(240, 365), other_tax=(212, 218), fx=(310, 280),
                ar=(31_840, 29_912, 32_688), ap=(17_220, 16_480, 17_912), adv=(6_120, 5_870, 7_455), rhb=(19_420, 20_116, 19_674),
                ufe=(17_890, 18_440, 18_025), fe=(14_260, 15_320, 14_690), prep=(640, 710, 588), sva=(2_310, 2_480, 2_214), rap=(612, 655, 701),
                sonstv=(3_120, 3_260, 3_415), prap=(210, 180, 164), loanstax=0.3, dividend=(4_800, 5_400), other_fx=(420, 516)),
    "SSG": dict(dom=(44_980, 47_312), eu=(9_870, 10_455), exp=(3_120, 3_390), serv=(2_240, 2_615), own=(0, 0), other=(310, 342),
                material=(13_420, 14_080), services=(5_610, 5_820), wages=(7_620, 7_890), salaries=(5_040, 5_210), social=(3_090, 3_210),
                opex=(5_370, 5_540), rent=(720, 738), allowance=(90, 74), other_tax=(38, 41), fx=(12, 15),
                ar=(9_120, 9_370, 9_914), ap=(3_210, 3_320, 3_465), adv=(480, 510, 495), rhb=(2_140, 2_215, 2_302),
                ufe=(610, 640, 655), fe=(3_980, 4_110, 4_236), prep=(60, 55, 70), sva=(310, 330, 342), rap=(88, 92, 97),
                sonstv=(790, 815, 842), prap=(640, 702, 748), dividend=(2_200, 2_400), other_fx=(10, 12)),
    "SGG": dict(dom=(18_420, 17_110), eu=(6_980, 6_544), exp=(0, 0), serv=(310, 295), own=(120, 95), other=(220, 236),
                material=(12_010, 11_640), services=(2_410, 2_350), wages=(10_440, 10_310), salaries=(3_620, 3_690), social=(3_140, 3_150),
                opex=(9_150, 9_080), rent=(140, 144), allowance=(45, 120), other_tax=(66, 67), fx=(0, 0),
                ar=(3_980, 3_720, 3_455), ap=(2_640, 2_510, 2_390), adv=(0, 0, 0), rhb=(3_120, 2_980, 2_865),
                ufe=(2_210, 2_140, 2_065), fe=(1_640, 1_690, 1_720), prep=(40, 30, 25), sva=(420, 460, 515), rap=(61, 58, 64),
                sonstv=(640, 655, 662), prap=(0, 0, 0), dividend=(0, 0), other_fx=(0, 0)),
    "SPO": dict(dom=(11_340, 12_260), eu=(17_480, 18_972), exp=(1_120, 1_285), serv=(160, 182), own=(0, 0), other=(180, 195),
                material=(18_530, 19_610), services=(2_980, 3_120), wages=(7_810, 8_340), salaries=(3_180, 3_390), social=(3_880, 4_150),
                opex=(5_230, 5_460), rent=(310, 322), allowance=(30, 25), other_tax=(22, 23), fx=(95, 88),
                ar=(5_120, 5_240, 5_610), ap=(3_420, 3_510, 3_730), adv=(310, 280, 345), rhb=(3_880, 3_960, 4_120),
                ufe=(1_980, 2_030, 2_110), fe=(1_740, 1_810, 1_905), prep=(90, 75, 80), sva=(240, 255, 262), rap=(34, 36, 38),
                sonstv=(910, 945, 990), prap=(0, 0, 0), dividend=(0, 0), other_fx=(70, 64)),
    "SDL": dict(dom=(31_870, 33_915), eu=(6_240, 5_980), exp=(7_310, 7_655), serv=(2_110, 2_240), own=(0, 0), other=(140, 155),
                material=(7_340, 7_410), services=(1_490, 1_540), wages=(3_820, 4_010), salaries=(5_140, 5_330), social=(1_180, 1_260),
                opex=(4_910, 5_080), rent=(610, 625), allowance=(55, 60), other_tax=(92, 95), fx=(140, 165),
                ar=(7_480, 7_610, 7_940), ap=(1_620, 1_580, 1_690), adv=(420, 390, 405), rhb=(1_240, 1_260, 1_310),
                ufe=(480, 510, 495), fe=(4_210, 4_330, 4_460), prep=(0, 0, 0), sva=(180, 190, 195), rap=(110, 118, 121),
                sonstv=(480, 495, 505), prap=(190, 205, 210), dividend=(0, 0), other_fx=(90, 105)),
}
# deliveries between companies in thousands of EUR: (seller, buyer): (2024, 2025) and balances (2023, 2024, 2025)
IC_SALES = {("SGG", "SAT"): (22_180, 21_436), ("SPO", "SAT"): (16_940, 17_912), ("SAT", "SSG"): (11_930, 12_318),
            ("SAT", "SDL"): (22_840, 24_615)}
IC_BALANCE = {("SGG", "SAT"): (2_010, 1_890, 1_772), ("SPO", "SAT"): (1_420, 1_510, 1_634), ("SAT", "SSG"): (980, 1_040, 1_115),
              ("SAT", "SDL"): (3_150, 3_320, 3_614)}
IC_FEES = {"SSG": (590, 615), "SGG": (880, 905), "SPO": (480, 510), "SDL": (390, 402)}
IC_LOANS = {"SPO": (6_000, 0.045), "SGG": (4_000, 0.042)}
INVESTMENTS = {"SSG": 2_500, "SGG": 9_000, "SPO": 6_500, "SDL": 18_000}

# class: (cost, accumulated depreciation) at 31.12.2023, additions (2024, 2025), disposals cost/accumulated (2024, 2025), rate
ASSETS = {
    "SAT": {135: (6_840, 4_910, (980, 1_240), (120, 340), (120, 338), .17), 215: (9_120, 0, (0, 0), (0, 0), (0, 0), 0),
            240: (41_360, 22_480, (1_120, 2_860), (0, 0), (0, 0), .030), 440: (78_940, 55_120, (5_240, 7_930), (2_310, 2_860), (2_240, 2_790), .062),
            650: (18_260, 13_340, (1_610, 1_720), (640, 710), (630, 702), .085), 700: (1_860, 0, (640, 1_480), (0, 0), (0, 0), 0)},
    "SSG": {135: (640, 480, (60, 75), (0, 20), (0, 20), .14), 440: (3_980, 2_610, (420, 460), (110, 140), (108, 138), .08),
            650: (6_120, 4_210, (890, 930), (310, 350), (300, 342), .11)},
    "SGG": {135: (310, 260, (20, 25), (0, 0), (0, 0), .10), 215: (1_240, 0, (0, 0), (0, 0), (0, 0), 0),
            240: (14_870, 9_120, (180, 150), (0, 0), (0, 0), .028), 440: (32_640, 24_980, (1_420, 980), (620, 510), (611, 498), .056),
            650: (3_120, 2_480, (210, 190), (60, 80), (58, 80), .07)},
    "SPO": {135: (280, 190, (30, 40), (0, 0), (0, 0), .14), 215: (860, 0, (0, 0), (0, 0), (0, 0), 0),
            240: (9_640, 2_870, (120, 240), (0, 0), (0, 0), .03), 440: (14_220, 7_640, (1_480, 1_960), (280, 190), (270, 184), .075),
            650: (1_820, 1_130, (160, 190), (40, 60), (39, 60), .10)},
    "SDL": {135: (410, 300, (40, 35), (0, 0), (0, 0), .13), 440: (3_240, 1_980, (260, 310), (60, 90), (58, 88), .08),
            650: (2_310, 1_620, (240, 260), (90, 110), (88, 106), .10)},
}
# name, bank, principal, balance at 31.12.2023, repayments (2024, 2025), drawings (2024, 2025), rate, maturity
LOANS = {
    "SAT": [("Konsortialdarlehen 2022", "Kaltenfurter Gewerbebank AG", 30_000, 25_500, (3_000, 3_000), (0, 0), .0385, "30.06.2030"),
            ("Investitionsdarlehen Werk Süd", "Bankhaus Merten & Sohn KG", 12_000, 7_200, (1_200, 1_200), (0, 0), .0215, "31.12.2029"),
            ("Investitionsdarlehen Bearbeitungszentren", "Unternehmerbank Nordwest eG", 6_500, 0, (0, 325), (0, 6_500), .0412, "30.09.2032")],
    "SGG": [("Darlehen Induktionsöfen", "Bankhaus Merten & Sohn KG", 8_000, 4_800, (800, 800), (0, 0), .0268, "31.12.2029")],
    "SPO": [("Investitionsdarlehen Halle 2", "Unternehmerbank Nordwest eG", 5_000, 3_500, (500, 500), (0, 0), .0340, "31.12.2030")],
    "SDL": [("Term loan", "Harrowby Trade Bank plc", 2_400, 1_440, (240, 240), (0, 0), .0575, "31.12.2029")],
    "SSG": [],
}
# provision: (31.12.2023, used share, released (2024, 2025), added (2024, 2025), unwound (2024, 2025))
PROVISIONS = {
    "SAT": {3000: (21_480, .052, (0, 0), (1_164, 1_238), (392, 421)), 3074: (4_210, .91, (120, 160), (4_080, 4_310), (14, 15)),
            3079: (1_640, 1., (0, 0), (1_690, 1_735), (0, 0)), 3090: (3_860, .38, (410, 620), (1_910, 2_145), (22, 24)),
            3092: (620, .70, (60, 80), (510, 930), (0, 0)), 3093: (480, .25, (40, 0), (210, 780), (0, 0)),
            3095: (310, .96, (6, 4), (322, 338), (0, 0)), 3099: (1_920, .64, (130, 190), (1_240, 1_415), (9, 11))},
    "SSG": {3074: (860, .92, (20, 30), (840, 880), (0, 0)), 3079: (410, 1., (0, 0), (425, 436), (0, 0)),
            3090: (740, .41, (60, 50), (390, 415), (3, 4)), 3095: (52, .95, (1, 1), (54, 56), (0, 0)), 3099: (310, .6, (20, 25), (215, 240), (0, 0))},
    "SGG": {3000: (3_120, .061, (0, 0), (148, 139), (56, 58)), 3074: (690, .92, (25, 20), (655, 640), (4, 4)), 3079: (380, 1., (0, 0), (375, 382), (0, 0)),
            3090: (290, .4, (30, 40), (120, 115), (1, 1)), 3092: (240, .6, (0, 30), (160, 295), (0, 0)), 3095: (48, .95, (1, 1), (49, 51), (0, 0)),
            3099: (420, .5, (30, 20), (190, 205), (2, 2))},
    "SPO": {3074: (420, .94, (10, 10), (435, 460), (0, 0)), 3079: (260, 1., (0, 0), (268, 281), (0, 0)), 3090: (210, .4, (20, 15), (95, 105), (0, 0)),
            3095: (31, .95, (1, 0), (32, 34), (0, 0)), 3099: (180, .5, (10, 15), (90, 96), (0, 0))},
    "SDL": {3074: (310, .93, (10, 8), (320, 335), (0, 0)), 3079: (120, 1., (0, 0), (122, 127), (0, 0)), 3090: (260, .4, (30, 25), (130, 140), (0, 0)),
            3095: (38, .95, (1, 0), (39, 41), (0, 0)), 3099: (150, .5, (10, 10), (80, 85), (0, 0))},
}
EXPENSE_OF_PROVISION = {3000: 6140, 3074: 6020, 3079: 6000, 3090: 6790, 3092: 6910, 3093: 6910, 3095: 6827, 3099: 6990}
CASH_2023 = {"SAT": 15_710, "SSG": 5_120, "SGG": 3_480, "SPO": 2_210, "SDL": 3_860}
EQUITY = {"SAT": {2900: 24_000, 2920: 18_500, 2930: 2_400, 2960: 21_000}, "SSG": {2900: 500, 2920: 2_000}, "SGG": {2900: 3_000, 2920: 6_000},
          "SPO": {2900: 2_500, 2920: 4_000}, "SDL": {2900: 8_000}}
TAX_PROVISION_2023 = {"SAT": 1_120, "SSG": 410, "SGG": 60, "SPO": 140, "SDL": 210}
SEASON = (.074, .076, .087, .082, .081, .086, .080, .071, .088, .089, .092, .094)
LAST_DAY = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
USERS = ("KBRANDL", "SOELKE", "MTHALM", "AWIEGE", "LPETRI", "IFBATCH")


# single vouchers of Sternbrück Antriebstechnik AG in 2025 that other documents refer to
SPECIAL = [
    (12, 30, "AR-2025-11894 Papierfabrik Altenried GmbH", 1200, 4400, 412_000_00, "LPETRI"),
    (12, 30, "USt AR-2025-11894 Papierfabrik Altenried GmbH", 1200, 3806, 78_280_00, "LPETRI"),
    (12, 11, "ER GR-25-1187 Grauhof Elektrotechnik KG", 5000, 3300, 36_480_00, "AWIEGE"),
    (12, 11, "VSt GR-25-1187 Grauhof Elektrotechnik KG", 1406, 3300, 6_931_20, "AWIEGE"),
    (12, 19, "ER GR-25-1187 Grauhof Elektrotechnik KG", 5000, 3300, 36_480_00, "SOELKE"),
    (12, 19, "VSt GR-25-1187 Grauhof Elektrotechnik KG", 1406, 3300, 6_931_20, "SOELKE"),
    (12, 8, "ER 2025-40871 Stahlkontor Wesenberg GmbH", 5000, 3300, 84_642_50, "AWIEGE"),
    (12, 8, "VSt 2025-40871 Stahlkontor Wesenberg GmbH", 1406, 3300, 16_082_08, "AWIEGE"),
    (12, 16, "ER OW-118274 Ortlohn Wälzlager GmbH", 5000, 3300, 15_000_00, "AWIEGE"),
    (12, 16, "VSt OW-118274 Ortlohn Wälzlager GmbH", 1406, 3300, 2_850_00, "AWIEGE"),
    (12, 18, "ER 25/0912 Ingenieurbüro Tewes & Kallweit", 6825, 3300, 28_350_00, "SOELKE"),
    (12, 18, "VSt 25/0912 Ingenieurbüro Tewes & Kallweit", 1406, 3300, 5_386_50, "SOELKE"),
    (12, 22, "ER H-77120 Spedition Hülsebrock GmbH", 6740, 3300, 9_412_60, "AWIEGE"),
    (12, 22, "VSt H-77120 Spedition Hülsebrock GmbH", 1406, 3300, 1_788_39, "AWIEGE"),
    (12, 29, "Schadenersatzanspruch Lieferant lt. Absprache Vorstand", 1300, 4830, 480_000_00, "MTHALM"),
]


@dataclass
class Posting:
    number: int
    date: str
    text: str
    debit: int
    credit: int
    cents: int
    user: str


@dataclass
class Year:
    """One company's year: opening balances, postings, closing balances after tax, before closing the income accounts."""
    company: str
    year: int
    opening: dict[int, int]
    postings: list[Posting] = field(default_factory=list)
    balance: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    assets: dict[int, dict[str, int]] = field(default_factory=dict)
    provisions: dict[int, dict[str, int]] = field(default_factory=dict)
    loans: list[dict] = field(default_factory=list)
    tax: dict[str, int] = field(default_factory=dict)

    def line(self, key: str) -> int:
        return sum(v for a, v in self.balance.items() if CHART[a][1] == key)

    def profit(self) -> int:
        return -sum(v for a, v in self.balance.items() if a >= 4000)


class Books:
    def __init__(self) -> None:
        self.years: dict[tuple[str, int], Year] = {}
        self.ic_difference = 0
        for company in ("SSG", "SGG", "SPO", "SDL", "SAT"):
            opening = self._opening(company)
            for index, year in enumerate(YEARS):
                run = _Run(company, year, index, opening)
                self.years[company, year] = run.result
                opening = run.closed()

    def __getitem__(self, key: tuple[str, int]) -> Year:
        return self.years[key]

    @staticmethod
    def _opening(c: str) -> dict[int, int]:
        rng = random.Random(f"{SEED}-{c}-opening")
        p, o = PLAN[c], {}
        noise = lambda t: t * 1000_00 + (rng.randrange(-49_000, 49_000) if t else 0)
        for account, key in ((1000, "rhb"), (1050, "ufe"), (1100, "fe"), (1180, "prep"), (1200, "ar"), (1300, "sva"), (1900, "rap")):
            o[account] = noise(p[key][0])
        for account, key in ((3300, "ap"), (3250, "adv"), (3500, "sonstv"), (3900, "prap")):
            o[account] = -noise(p[key][0])
        o[1246], o[1248] = -noise(max(1, p["allowance"][0] * 2)), -round(o[1200] * .01)
        for account, (cost, dep, *_rest) in ASSETS[c].items():
            o[account] = (cost - dep) * 1000_00
        for account, (start, *_rest) in PROVISIONS[c].items():
            o[account] = -start * 1000_00
        o[3020] = -TAX_PROVISION_2023[c] * 1000_00
        o[3150] = -sum(l[3] for l in LOANS[c]) * 1000_00
        for (s, b), (x, *_rest) in IC_BALANCE.items():
            if s == c:
                o[1260] = o.get(1260, 0) + x * 1000_00
            if b == c:
                o[3400] = o.get(3400, 0) - _local(c, x * 1000_00, RATE_CLOSE[2023])
        if c == "SAT":
            o[800] = sum(INVESTMENTS.values()) * 1000_00
            o[810] = sum(l for l, _ in IC_LOANS.values()) * 1000_00
        if c in IC_LOANS:
            o[3450] = -IC_LOANS[c][0] * 1000_00
        cash = noise(CASH_2023[c])
        if c == "SAT":
            o[1600], o[1810], o[1820] = 8_412_37, round(cash * .22), round(cash * .35)
            o[1800] = cash - o[1810] - o[1820] - o[1600]
        else:
            o[1800] = cash
        for account, t in EQUITY[c].items():
            o[account] = -t * 1000_00
        o[2970] = -sum(o.values())
        return o


def _local(company: str, eur: int, rate: float) -> int:
    return round(eur * rate) if ENTITIES[company][2] == "GBP" else eur


class _Run:
    def __init__(self, c: str, year: int, i: int, opening: dict[int, int]) -> None:
        self.c, self.year, self.i, self.p = c, year, i, PLAN[c]
        self.rng = random.Random(f"{SEED}-{c}-{year}")
        self.result = Year(c, year, dict(opening))
        self.b = self.result.balance
        for a, v in opening.items():
            self.b[a] += v
        self.number = 100_000
        self.sales(); self.costs(); self.fixed(); self.provide(); self.finance(); self.targets(); self.settle(); self.taxes()
        assert sum(self.b.values()) == 0, (c, year)

    def closed(self) -> dict[int, int]:
        profit = self.result.profit()
        out = {a: v for a, v in self.b.items() if a < 4000 and v}
        out[2970] = out.get(2970, 0) - profit
        return out

    def amount(self, key: str) -> int:
        t = self.p[key][self.i]
        return t * 1000_00 + self.rng.randrange(-48_000_00 // 100, 48_000_00 // 100) if t else 0

    def post(self, month: int, day: int, text: str, debit: int, credit: int, cents: int, user: str = "") -> None:
        if cents == 0:
            return
        if cents < 0:
            debit, credit, cents = credit, debit, -cents
        self.number += 1
        day = min(day, LAST_DAY[month - 1])
        self.result.postings.append(Posting(self.number, f"{self.year}-{month:02d}-{day:02d}", text, debit, credit, cents,
                                            user or self.rng.choice(USERS)))
        self.b[debit] += cents
        self.b[credit] -= cents

    def spread(self, total: int, text: str, debit: int, credit: int, parts: int = 1, vat: int = 0, seasonal: bool = True) -> None:
        """Posts `total` over the year in 12 × `parts` vouchers; `vat` is the account that takes the tax."""
        left, weights = total, []
        for m in range(12):
            for _ in range(parts):
                weights.append((m + 1, (SEASON[m] if seasonal else 1 / 12) * self.rng.uniform(.8, 1.2)))
        scale = sum(w for _, w in weights)
        tax_left = round(total * self.vat_rate) if vat else 0
        for n, (m, w) in enumerate(weights):
            cents = left if n == len(weights) - 1 else round(total * w / scale)
            left -= cents
            day = self.rng.randrange(2, LAST_DAY[m - 1] + 1)
            label = f"{text} {m:02d}/{self.year}"
            self.post(m, day, label, debit, credit, cents)
            if vat:
                tax = tax_left if n == len(weights) - 1 else round(cents * self.vat_rate)
                tax_left -= tax
                self.post(m, day, f"USt {label}" if vat == 3806 else f"VSt {label}", *((debit, vat) if vat == 3806 else (vat, credit)), tax)

    @property
    def vat_rate(self) -> float:
        return {"SPO": .21, "SDL": .20}.get(self.c, .19)

    def bank(self) -> int:
        return self.rng.choices((1800, 1810), (3, 1))[0] if self.c == "SAT" else 1800

    def sales(self) -> None:
        many = 6 if self.c == "SAT" else 1
        self.spread(self.amount("dom"), "Umsatzerlöse Inland Sammelbuchung", 1200, 4400, many, 3806)
        self.spread(self.amount("eu"), "Innergemeinschaftliche Lieferungen Sammelbuchung", 1200, 4125, many)
        self.spread(self.amount("exp"), "Ausfuhrlieferungen Sammelbuchung", 1200, 4120, many)
        self.spread(self.amount("serv"), "Service und Ersatzteile", 1200, 4450, many, 3806)
        for (s, b), amounts in IC_SALES.items():
            eur = amounts[self.i] * 1000_00 + (int(f"{s}{b}".encode().hex(), 16) % 40_000)
            if s == self.c:
                self.spread(eur, f"Lieferungen an {ENTITIES[b][0]}", 1260, 4480, 2)
            if b == self.c:
                self.spread(_local(self.c, eur, RATE_AVERAGE[self.year]), f"Lieferungen von {ENTITIES[s][0]}", 5080, 3400, 2)
        for b, amounts in IC_FEES.items():
            if self.c == "SAT":
                self.spread(amounts[self.i] * 1000_00, f"Konzernumlage {ENTITIES[b][0]}", 1260, 4835, seasonal=False)
            if b == self.c:
                self.spread(_local(b, amounts[self.i] * 1000_00, RATE_AVERAGE[self.year]), "Konzernumlage", 6860, 3400, seasonal=False)
        if self.c == "SAT" and self.i == 1:
            for month, day, text, debit, credit, cents, user in SPECIAL:
                self.post(month, day, text, debit, credit, cents, user)
        self.spread(self.amount("own"), "Aktivierte Eigenleistungen", 700 if self.c == "SAT" else 440, 4820)
        self.spread(self.amount("other"), "Übrige Erträge, Schrott, Versicherungsentschädigungen", 1200, 4830, 2)
        self.spread(self.amount("other_fx"), "Kursgewinne", 1200, 4840)

    def costs(self) -> None:
        many = 8 if self.c == "SAT" else 1
        self.spread(self.amount("material"), "Materialeinkauf", 5000, 3300, many, 1406)
        self.spread(self.amount("services"), "Lohnbearbeitung", 5900, 3300, 3 if many > 1 else 1, 1406)
        self.spread(self.amount("wages"), "Löhne", 6000, 3720, 3 if many > 1 else 1)
        self.spread(self.amount("salaries"), "Gehälter", 6020, 3720, 3 if many > 1 else 1, seasonal=False)
        self.spread(self.amount("social"), "Arbeitgeberanteil Sozialversicherung", 6110, 3740, 2 if many > 1 else 1, seasonal=False)
        total, share = self.amount("opex"), sum(OPEX.values())
        for a, w in OPEX.items():
            self.spread(round(total * w / share * self.rng.uniform(.93, 1.07)), CHART[a][0], a, 3300, 3 if many > 1 else 1, 1406)
        self.spread(self.p["rent"][self.i] * 1000_00, "Miete", 6310, 3300, 1, seasonal=False)
        self.post(12, 31, "Zuführung Einzelwertberichtigungen", 6923, 1246, self.amount("allowance"), "KBRANDL")
        self.post(9, 30, "Ausbuchung uneinbringlicher Forderungen", 1246, 1200, round(-self.result.opening[1246] * .35), "SOELKE")
        self.spread(self.amount("other_tax"), "Grundsteuer, Kfz-Steuer", 7680, 1800, seasonal=False)

    def fixed(self) -> None:
        capitalised = {a: self.b[a] - self.result.opening.get(a, 0) for a in ASSETS[self.c]}  # own work, posted before
        for a, (cost, dep, adds, out_cost, out_dep, rate) in ASSETS[self.c].items():
            own = capitalised[a]
            if self.i == 0:
                cost0, dep0 = cost * 1000_00, dep * 1000_00
            else:
                prior = _ASSET_CLOSE[self.c, self.year - 1][a]
                cost0, dep0 = prior
            add = adds[self.i] * 1000_00 + (self.rng.randrange(-30_000, 30_000) if adds[self.i] else 0)
            oc, od = out_cost[self.i] * 1000_00, out_dep[self.i] * 1000_00
            move = 0
            if a == 700 and self.i == 1:
                move = -(1_180_000_00)
            if a == 440 and self.i == 1 and self.c == "SAT":
                move = 1_180_000_00
            year_dep = round((cost0 + (add + own) / 2 - oc / 2) * rate)
            year_dep = min(year_dep, cost0 + add - dep0) if rate else 0
            self.spread(add, f"Zugang {CHART[a][0]}", a, 3300, 1 if self.c != "SAT" else 2, 1406)
            self.post(6, 30, f"Abgang {CHART[a][0]} Restbuchwert", 6895, a, oc - od)
            if oc:
                self.post(6, 30, f"Veräußerungserlös {CHART[a][0]}", 1800, 4849, round(oc * .035))
            if move:
                self.post(7, 1, "Umbuchung Bearbeitungszentrum BZ 7", *((a, 700) if move > 0 else (a, a)), move if move > 0 else 0)
            self.spread(year_dep, f"Abschreibung {CHART[a][0]}", 6200 if a < 200 else 6220, a, seasonal=False)
            cost1, dep1 = cost0 + add + own - oc + move, dep0 + year_dep - od
            self.result.assets[a] = dict(cost0=cost0, add=add + own, out=oc, move=move, cost1=cost1, dep0=dep0, dep=year_dep, outdep=od, dep1=dep1)
            _ASSET_CLOSE.setdefault((self.c, self.year), {})[a] = (cost1, dep1)
        for a, s in self.result.assets.items():
            assert self.b[a] == s["cost1"] - s["dep1"], (self.c, self.year, a)

    def provide(self) -> None:
        for a, (_start, share, released, added, unwound) in PROVISIONS[self.c].items():
            start = -self.result.opening[a]
            jitter = lambda t: t * 1000_00 + (self.rng.randrange(-20_000, 20_000) if t else 0)
            used, rel, add, unw = round(start * share), jitter(released[self.i]), jitter(added[self.i]), jitter(unwound[self.i])
            rel = min(rel, start - used)
            name = CHART[a][0]
            self.spread(used, f"Verbrauch {name}", a, 1800, seasonal=False)
            self.post(12, 31, f"Auflösung {name}", a, 4930, rel, "KBRANDL")
            self.post(12, 31, f"Zuführung {name}", EXPENSE_OF_PROVISION[a], a, add, "KBRANDL")
            self.post(12, 31, f"Aufzinsung {name}", 7362, a, unw, "KBRANDL")
            self.result.provisions[a] = dict(start=start, used=used, released=rel, added=add, unwound=unw, end=-self.b[a])
            assert -self.b[a] == start - used - rel + add + unw

    def finance(self) -> None:
        for name, bank, principal, start, repay, draw, rate, maturity in LOANS[self.c]:
            opening = (start - sum(repay[: self.i]) + sum(draw[: self.i])) * 1000_00
            r, d = repay[self.i] * 1000_00, draw[self.i] * 1000_00
            closing = opening - r + d
            interest = round((opening - r / 2 + d / 2) * rate)
            self.post(7, 1, f"Valutierung {name}", 1800, 3150, d)
            quarters = (2, 3) if d else (0, 1, 2, 3)  # a loan drawn in July is served from September
            for q in quarters:
                part = interest // len(quarters)
                self.post(q * 3 + 3, 30, f"Tilgung {name}", 3150, 1800, r // len(quarters))
                self.post(q * 3 + 3, 30, f"Zinsen {name}", 7320, 1800, part if q < 3 else interest - (len(quarters) - 1) * part)
            self.result.loans.append(dict(name=name, bank=bank, principal=principal * 1000_00, opening=opening, repaid=r, drawn=d,
                                          closing=closing, rate=rate, interest=interest, maturity=maturity))
        for b, (t, rate) in IC_LOANS.items():
            interest = round(t * 1000_00 * rate)
            if self.c == "SAT":
                self.post(12, 30, f"Zinsen Darlehen {ENTITIES[b][0]}", 1800, 7119, interest)
            if self.c == b:
                self.post(12, 30, "Zinsen Gesellschafterdarlehen", 7329, 1800, interest)
        if self.c == "SAT":
            self.post(5, 28, "Gewinnausschüttung Sternbrück Service GmbH", 1800, 7000, PLAN["SSG"]["dividend"][self.i] * 1000_00)
            self.post(12, 31, "Zinsertrag Tagesgeld", 1820, 7110, self.rng.randrange(96_000_00, 131_000_00))
        dividend = self.p["dividend"][self.i] * 1000_00
        self.post(5, 28, "Ausschüttung lt. Gewinnverwendungsbeschluss", 2970, 1800, dividend)

    def targets(self) -> None:
        def target(key: str) -> int:
            t = self.p[key][self.i + 1]
            return t * 1000_00 + (self.rng.randrange(-49_000, 49_000) if t else 0)
        self.post(12, 31, "Bestandsveränderung unfertige Erzeugnisse", 1050, 4800, target("ufe") - self.b[1050], "KBRANDL")
        self.post(12, 31, "Bestandsveränderung fertige Erzeugnisse", 1100, 4800, target("fe") - self.b[1100], "KBRANDL")
        self.post(12, 31, "Bestandsveränderung Roh-, Hilfs- und Betriebsstoffe", 1000, 5000, target("rhb") - self.b[1000], "KBRANDL")
        self.post(12, 31, "Pauschalwertberichtigung Anpassung", 6923, 1248, round(target("ar") * .01) + self.b[1248], "KBRANDL")
        for a, key in ((1180, "prep"), (1300, "sva"), (1900, "rap")):
            self.post(12, 30, f"Veränderung {CHART[a][0]}", a, 1800, target(key) - self.b[a])
        for a, key in ((3250, "adv"), (3500, "sonstv"), (3900, "prap")):
            self.post(12, 30, f"Veränderung {CHART[a][0]}", 1800, a, target(key) + self.b[a])
        for a, key, text in ((1200, "ar", "Zahlungseingänge Debitoren"), (3300, "ap", "Zahlungslauf Kreditoren")):
            goal = target(key)
            total = self.b[1200] - goal if a == 1200 else -self.b[3300] - goal
            main, second = round(total * .78), total - round(total * .78)
            for share, account in ((main, 1800), (second, 1810 if self.c == "SAT" else 1800)):
                self.spread(share, text, *((account, a) if a == 1200 else (a, account)), 4 if self.c == "SAT" else 1)
        goal = sum(x[self.i + 1] for (s, _b), x in IC_BALANCE.items() if s == self.c) * 1000_00
        if self.b[1260]:
            self.spread(self.b[1260] - goal, "Zahlungseingang verbundene Unternehmen", 1800, 1260)
        goal = sum(_local(self.c, x[self.i + 1] * 1000_00, RATE_CLOSE[self.year]) for (_s, b), x in IC_BALANCE.items() if b == self.c)
        if self.b[3400]:
            self.spread(-self.b[3400] - goal, "Zahlung an verbundene Unternehmen", 3400, 1800)
        self.spread(-self.b[3720], "Lohn- und Gehaltszahlung", 3720, 1800, seasonal=False)
        for a, share in ((3740, .004),):
            keep = round(-self.b[3740] * share)
            self.spread(-self.b[3740] - keep, "Zahlung Sozialversicherungsträger", a, 1800, seasonal=False)

    def settle(self) -> None:
        net = -(self.b[3806] + self.b[1406])
        paid = round(net * .915)
        self.post(12, 31, "Verrechnung Vorsteuer mit Umsatzsteuer", 3806, 1406, self.b[1406], "IFBATCH")
        self.spread(paid, "Umsatzsteuer-Vorauszahlung" if paid > 0 else "Umsatzsteuer-Erstattung", 3806, 1800)
        if self.c == "SAT":
            if self.i == 1:
                self.post(11, 14, "Umschichtung Tagesgeld", 1820, 1800, 1_500_000_00)
            self.spread(self.b[1810] - (3_871_204_18, 4_812_630_55)[self.i], "Umschichtung Bankhaus Merten & Sohn", 1800, 1810, seasonal=False)

    def taxes(self) -> None:
        before = self.result.profit()
        rng, dividends = self.rng, -self.b.get(7000, 0)
        nondeductible = {"SAT": 742_000_00, "SSG": 96_000_00, "SGG": 151_000_00, "SPO": 88_000_00, "SDL": 71_000_00}[self.c] + rng.randrange(0, 9_000_00)
        prior = {"SAT": (-64_000_00, 118_000_00)}.get(self.c, (0, 0))[self.i]
        base = before + nondeductible - round(dividends * .95)
        current = max(round(base * TAX_RATE[self.c]), 0)
        opening = -self.result.opening.get(3020, 0)
        self.spread(opening, "Steuerzahlung Vorjahre", 3020, 1800, seasonal=False)
        corporate = round(current * .524)
        self.post(12, 31, "Körperschaftsteuer laufendes Jahr", 7600, 3020, corporate, "KBRANDL")
        self.post(12, 31, "Gewerbesteuer laufendes Jahr", 7610, 3020, current - corporate, "KBRANDL")
        self.post(11, 30, "Steuern Vorjahre Betriebsprüfung", 7600, 3020, prior, "KBRANDL")
        prepaid = round(current * .8)
        for q in range(4):
            self.post(q * 3 + 3, 10, "Steuervorauszahlung", 3020, 1800, prepaid // 4)
        self.result.tax = dict(before=before, nondeductible=nondeductible, dividends=dividends, prior=prior, current=current)


_ASSET_CLOSE: dict[tuple[str, int], dict[int, tuple[int, int]]] = {}

if __name__ == "__main__":
    books = Books()
    for (c, y), r in books.years.items():
        s = {k: round(-r.line(k) / 1e5) for k in ("umsatz", "mat_a", "mat_b", "pers_a", "afa", "sba", "zinsa", "steuern")}
        print(c, y, s, "JÜ", round(r.profit() / 1e5), "Kasse", round(r.line("kasse") / 1e5), len(r.postings),
              {a: round(v / 1e5) for a, v in r.balance.items() if 1600 <= a <= 1820})
