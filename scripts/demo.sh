#!/usr/bin/env bash
# From a fresh clone to cited answers. May be run again at any time: what is there is kept, what is unchanged is not done again.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

scripts/setup.sh build demo
build_notice
cargo build --locked -p beleg --features cli

say
say "Embedding model and ONNX Runtime:"
"$beleg" model fetch

say
say "The sample corpus, an invented group's audit file for 2025:"
build_sample_corpus

say
# A corpus of an earlier format has no audit log. It is only the demo's.
if grep -q '"format": 0' "$demo_corpus/beleg.json" 2>/dev/null; then rm -rf "$demo_corpus"; fi
# 1 says that some of the work could not be done: the corpus has a scan that waits for character recognition.
"$beleg" ingest "$demo_corpus" "$sample_corpus" || [ $? = 1 ]

# Prose and a spreadsheet in German, a question in English to a German letter, and one that nothing in the corpus answers.
questions=(
    "Um wie viele Tage hat sich die Fertigungszeit großer Gehäuse durch die neue Anlage verkürzt?"
    "Hat der Kunde Altenried seinen Saldo bestätigt?"
    "What amount does the plaintiff in the mill case claim?"
    "Wie viele Elektrofahrzeuge umfasst der Fuhrpark?"
)
for question in "${questions[@]}"; do
    say
    say "\$ beleg ask demo \"$question\""
    "$beleg" ask "$demo_corpus" "$question"
done

say
python3 scripts/check_quotes.py "$beleg" "$demo_corpus" "${questions[@]}"

say
say "All of it is on record. The log, verified from its files:"
"$beleg" audit verify "$demo_corpus"

say
say "One answer as evidence, verified without the corpus, and run again:"
answer=$("$beleg" ask --json "$demo_corpus" "${questions[0]}" | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
"$beleg" bundle "$demo_corpus" "$answer" -o "$cache/evidence.zip"
"$beleg" verify "$cache/evidence.zip" --key "$("$beleg" audit key "$demo_corpus")"
"$beleg" replay "$demo_corpus" "$answer"

cat <<END

The documents lie in  $sample_corpus
The corpus lies in    $demo_corpus
Try next:
  export PATH="\$PATH:$(dirname "$beleg")"
  beleg ask $demo_corpus "Wie hoch ist die Mindesteigenkapitalquote im Konsortialkreditvertrag?"
  beleg search $demo_corpus "Rückstellungen für Pensionen" -k 5
  beleg documents $demo_corpus
  beleg audit log $demo_corpus --payloads
  open $cache/evidence.zip, and verify.html in it in a browser
  beleg eval $demo_corpus $sample_source/questions.jsonl
  beleg ingest MY-CORPUS MY-FOLDER
END
