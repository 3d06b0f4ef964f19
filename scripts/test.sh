#!/usr/bin/env bash
# Every test, after what the tests need. Says how long each stage took. TESTS=name... runs those alone.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

stages=()
began=$SECONDS

# stage NAME COMMAND...
stage() {
    local name=$1 from=$SECONDS code=0
    shift
    say "== $name"
    "$@" || code=$?
    stages+=("$(printf '%-14s %5d s  %s' "$name" $((SECONDS - from)) "$([ $code = 0 ] && echo good || echo "failed with $code")")")
    return $code
}

report() {
    local code=$?
    say
    printf '%s\n' "${stages[@]}"
    say "$([ $code = 0 ] && echo "all is good" || echo "FAILED"), $((SECONDS - began)) s"
    exit $code
}
trap report EXIT

build() {
    build_notice
    cargo test --locked -p beleg --features cli,testing,aws-metadata --no-run
}

# A verifier needs the formats of the audit log and nothing of the rest.
audit_alone() {
    local more
    more=$(cargo tree --locked -p beleg -e normal --no-default-features --features audit --prefix none | grep -E '^(tokio|lance|ort|tokenizers) ' || true)
    [ -z "$more" ] || fail 1 "the feature audit brings $more"
    cargo build --locked -p beleg --lib --no-default-features --features audit
}

check_sample_corpus() {
    PYTHONDONTWRITEBYTECODE=1 python3 "$sample_source/check.py" "$sample_corpus"
}

# Quiet: a point a test, names and output of those that fail, and the closing line of every suite.
run_tests() {
    # shellcheck disable=SC2086  # one word a name
    cargo test --locked -p beleg --features cli,testing,aws-metadata --no-fail-fast -- --quiet ${TESTS:-}
}

stage set-up scripts/setup.sh build test
stage format cargo fmt --all --check
stage "error codes" scripts/error_codes.sh --check
stage build build
stage "audit alone" audit_alone
stage model "$beleg" model fetch
stage "sample corpus" build_sample_corpus
stage "its check" check_sample_corpus
stage tests run_tests
