#!/usr/bin/env bash
# What our path adds to a call of a chat model that answers at once, beside PyPI `openai` and `litellm` (library and proxy): the same fake,
# the same request, one after the other, in one run, as tables. REQUESTS=1000 for each of CALLERS="1 16 64".
# The crate alone is optimized; its dependencies are those of the dev build (see scripts/bench.sh).
set -euo pipefail
cd "$(dirname "$0")/../../.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

work=${BELEG_BENCH_DIR:-$cache/bench/providers}
requests=${REQUESTS:-1000}
read -ra callers <<< "${CALLERS:-1 16 64}"
here=$PWD/benches/compare/providers
mkdir -p "$work"
# As the tests have it: these packages in these versions, and no others.
locked=$PWD/core/tests/provider/litellm.txt
if ! cmp -s "$locked" "$work/venv/installed.txt"; then
    python3 -m venv --clear "$work/venv"
    "$work/venv/bin/pip" install -q --no-deps --only-binary :all: -r "$locked"
    cp "$locked" "$work/venv/installed.txt"
fi
CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo build --locked -p beleg --features cli,testing,aws-metadata --bin beleg --example ask_load
"$beleg" model fetch
build_sample_corpus
load=$CARGO_TARGET_DIR/debug/examples/ask_load
"$load" prepare "$work" "$sample_corpus"

coproc fake { exec "$load" fake "$work"; }
read -r url <&"${fake[0]}"
results=$work/results.jsonl
: > "$results"
for client in openai litellm proxy; do
    for form in whole streamed; do
        for n in "${callers[@]}"; do
            "$work/venv/bin/python" -B "$here/clients.py" "$client" "$form" "$url" "$work/request.json" "$requests" "$n" | tee -a "$results"
        done
    done
done
"$load" measure "$work" "$url" "$requests" "${callers[@]}" | tee -a "$results"
python3 "$here/table.py" "$results"
