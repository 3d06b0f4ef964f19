#!/usr/bin/env bash
# Speed, by criterion, memory of an open corpus, and quality of retrieval, by `beleg eval`.
#
# A release build of Lance costs some 45 minutes of one core and makes little faster. So the benches share the dependencies of the dev
# build, whose hot crates are optimized, and build this crate alone at full optimization; overflow checks and debug assertions stay on.
# BENCH_PROFILE=release builds all of it for release. BENCHES=name... runs those alone.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

profile=${BENCH_PROFILE:-dev}
case $profile in
    dev) export CARGO_PROFILE_DEV_OPT_LEVEL=3 ;;
    release) export BELEG_BIN=$CARGO_TARGET_DIR/release/beleg beleg=$CARGO_TARGET_DIR/release/beleg ;;
    *) fail 2 "BENCH_PROFILE is dev or release" ;;
esac

scripts/setup.sh build demo
build_notice
cargo build --locked --profile "$profile" -p beleg --features cli,testing --bin beleg
"$beleg" model fetch
build_sample_corpus

say
say "== speed"
# shellcheck disable=SC2086  # one word a name
cargo bench --locked --profile "$profile" -p beleg --features cli,testing --bench '*' -- ${BENCHES:-}

if [ -z "${BENCHES:-}" ]; then
    say
    say "== memory of an open corpus"
    cargo run --locked --profile "$profile" -p beleg --features cli,testing --example memory || say "That is more than is promised."
fi

say
say "== quality"
work=$cache/bench
mkdir -p "$work"
rm -rf "$work/audit-2025"
# 1 says that some of the work could not be done: the corpus has a scan.
"$beleg" ingest --json "$work/audit-2025" "$sample_corpus" >"$work/ingest.json" || [ $? = 1 ]
python3 -c '
import json, sys
report = json.load(open(sys.argv[1]))
rate = lambda what: report[what] / report["seconds"]
print(f"""ingest of the sample corpus: {report["seconds"]:.1f} s, {report["chunks"]} chunks, {rate("tokens"):.0f} tokens/s, {rate("bytes") / 1e6:.2f} MB/s""")
' "$work/ingest.json"
say
"$beleg" eval --json "$work/audit-2025" "$sample_source/questions.jsonl" >"$work/audit-2025.json"
python3 scripts/eval_table.py "sample corpus=$work/audit-2025.json"
say
scripts/eval_xquad.sh
