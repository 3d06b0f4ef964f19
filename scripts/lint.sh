#!/usr/bin/env bash
# What `make test` leaves out because it builds anew or needs tools that not everyone has.
#
# Clippy looks at everything but what stands on Lance: checking that takes a second build of some 500 crates.
# LINT_FEATURES=cli,testing looks at all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh
scripts/setup.sh build lint

say "== format"
cargo fmt --all --check
say "== error codes"
scripts/error_codes.sh --check
say "== clippy"
cargo clippy --locked -p beleg --all-targets --no-default-features --features "${LINT_FEATURES:-document,model,testing}" -- -D warnings

# optional TOOL COMMAND...: runs it when the tool is there, and says when it is not.
optional() {
    local tool=$1
    shift
    if command -v "$tool" >/dev/null 2>&1; then
        say "== $tool"
        "$@"
    else
        say "== $tool is not installed: left out"
    fi
}
optional shellcheck shellcheck --external-sources .ci/run scripts/*.sh
optional cargo-deny cargo deny --all-features check
