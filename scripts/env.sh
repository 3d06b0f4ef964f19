# shellcheck shell=sh
# Where things lie. Sourced by the scripts and the Makefile, from the root of the checkout.

# As `beleg` itself: BELEG_CACHE, else `beleg` in the user's cache folder.
case ${BELEG_CACHE:-}:${XDG_CACHE_HOME:-} in
    ?*:*) cache=$BELEG_CACHE ;;
    :/*) cache=$XDG_CACHE_HOME/beleg ;;
    *)
        if [ "$(uname -s)" = Darwin ]; then cache=$HOME/Library/Caches/beleg; else cache=$HOME/.cache/beleg; fi
        ;;
esac

# The one build folder, outside of the checkout: several checkouts share what they build.
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
export CARGO_TARGET_DIR

# rustup puts cargo, and Go's archive puts go, where a shell that has not been started anew does not look.
PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin:/usr/local/go/bin
export PATH

# shellcheck disable=SC2034  # for those who source this
{
    beleg=${BELEG_BIN:-$CARGO_TARGET_DIR/debug/beleg}
    sample_corpus=$cache/audit-2025
    demo_corpus=$cache/demo
    sample_source=examples/audit-2025
}

say() { printf '%s\n' "$*"; }

# fail CODE MESSAGE: 2 is wrong use, 3 says that the environment is at fault, as in `beleg` itself.
fail() {
    code=$1
    shift
    printf 'error: %s\n' "$*" >&2
    exit "$code"
}

# build_notice: says how long the build that comes will take.
build_notice() {
    if [ -d "$CARGO_TARGET_DIR/debug/deps" ] && ls "$CARGO_TARGET_DIR"/debug/deps/liblance-*.rlib >/dev/null 2>&1; then
        say "Building in $CARGO_TARGET_DIR: a minute or two, seconds when nothing changed."
    else
        say "Building in $CARGO_TARGET_DIR, for the first time: some 700 crates, 25 to 40 minutes on 2 cores, 8 to 12 on 8."
        say "Later builds take seconds."
    fi
}

# build_sample_corpus: builds examples/audit-2025 into the cache folder, when it is not there or its sources are newer.
build_sample_corpus() {
    if [ -d "$sample_corpus" ] && [ -e "$sample_corpus.stamp" ] && [ -z "$(find "$sample_source" -newer "$sample_corpus.stamp" -type f ! -path '*/build/*' ! -path '*/__pycache__/*')" ]; then
        say "The sample corpus is in $sample_corpus."
        return
    fi
    mkdir -p "$cache"
    touch "$sample_corpus.stamp.new"
    PYTHONDONTWRITEBYTECODE=1 python3 "$sample_source/build.py" "$sample_corpus" || return
    mv "$sample_corpus.stamp.new" "$sample_corpus.stamp"
}
