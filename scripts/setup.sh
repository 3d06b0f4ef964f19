#!/usr/bin/env bash
# Installs what is missing, and says so before: scripts/setup.sh [build] [demo] [test] [lint].
#
#   build   a C and C++ compiler (zstd, ring), protoc with the well-known types (Lance), Rust
#   demo    Python 3 with pip (`beleg model fetch` downloads with it) and venv (the sample corpus is built by a script)
#   test    the same, pdftotext, which the PDF tests are compared with, Go and Python's `cryptography`, in which the audit log is
#           verified a second and a third time, openssl for its time stamps, Chromium for the page in a bundle, Node with npm for
#           another's fake of the providers, and rustfmt
#   lint    rustfmt and clippy
#
# Debian packages are installed when root or with a sudo that asks no password, rustfmt and clippy when there is rustup. Otherwise,
# and for Rust itself always, it prints the line to run and ends with 3.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

has() { command -v "$1" >/dev/null 2>&1; }

has_python() { has python3 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; }
has_pip() { has_python && python3 -m pip --version >/dev/null 2>&1; }
has_cryptography() { has_python && python3 -c 'import cryptography' >/dev/null 2>&1; }
has_venv() { has_python && python3 -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The well-known types come in a package of their own on Debian, which an installation without recommended packages lacks.
has_protoc() {
    has protoc && echo 'syntax = "proto3"; import "google/protobuf/any.proto"; message M { google.protobuf.Any a = 1; }' >"$scratch/m.proto" &&
        protoc --proto_path="$scratch" --descriptor_set_out="$scratch/m.pb" "$scratch/m.proto" 2>/dev/null
}

# missing PURPOSE...: the packages that are not there yet, a line each.
missing() {
    local purpose
    for purpose in "$@"; do
        case $purpose in
            build)
                { has cc && has c++; } || echo build-essential
                has_protoc || printf '%s\n' protobuf-compiler libprotobuf-dev
                ;;
            demo | test)
                has_python || echo python3
                has_pip || echo python3-pip
                has_venv || echo python3-venv
                [ "$purpose" = demo ] || has pdftotext || echo poppler-utils
                [ "$purpose" = demo ] || has go || echo golang-go
                [ "$purpose" = demo ] || has openssl || echo openssl
                [ "$purpose" = demo ] || has node || echo nodejs
                [ "$purpose" = demo ] || has npm || echo npm
                [ "$purpose" = demo ] || has chromium || echo chromium
                [ "$purpose" = demo ] || has chromedriver || echo chromium-driver
                # Debian's package is for Debian's Python; another one gets it from pip, below.
                [ "$purpose" = demo ] || has_cryptography || [ "$(command -v python3)" != /usr/bin/python3 ] || echo python3-cryptography
                ;;
            lint) ;;
            *) fail 2 "unknown purpose: $purpose" ;;
        esac
    done | sort -u
}

# Runs apt-get as root, or prints the line and ends.
apt_install() {
    local line="apt-get install -y --no-install-recommends $*" as_root=""
    if ! has apt-get; then
        fail 3 "missing here, by the names of their Debian packages: $*; install them with your system's package manager"
    fi
    if [ "$(id -u)" != 0 ]; then
        { has sudo && sudo -n true 2>/dev/null; } || fail 3 "missing: $*; run: sudo $line"
        as_root="sudo -n"
    fi
    say "Missing: $*. Running: ${as_root:+sudo }$line"
    # shellcheck disable=SC2086  # nothing, or two words
    apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" >"$scratch/apt.log" 2>&1; }
    # Package lists may be old or not there at all.
    apt install -y --no-install-recommends "$@" && return
    { apt update && apt install -y --no-install-recommends "$@"; } && return
    tail -n 20 "$scratch/apt.log" >&2
    fail 3 "apt-get did not install: $*; run: ${as_root:+sudo }apt-get update && ${as_root:+sudo }$line"
}

rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\([0-9.]*\)"/\1/p' Cargo.toml)
    if ! has cargo || ! has rustc; then
        fail 3 "Rust $wanted or later is missing; run: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile default"
    fi
    found=$(rustc --version | sed 's/^rustc \([0-9]*\.[0-9]*\).*/\1/')
    if [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
        if has rustup; then fail 3 "Rust is $found, and $wanted or later is needed; run: rustup update stable && rustup default stable"; fi
        fail 3 "Rust is $found, and $wanted or later is needed; run: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile default"
    fi
}

# component NAME SUBCOMMAND: a part of Rust that the smallest installation lacks.
component() {
    ! cargo "$2" --version >/dev/null 2>&1 || return 0
    has rustup || fail 3 "$1 is missing; install it with the package manager that Rust came from"
    say "Missing: $1. Running: rustup component add $1"
    rustup component add "$1" || fail 3 "rustup did not install $1; run: rustup component add $1"
}

# Says when the disk will be too small, before twenty minutes have gone.
room() {
    local folder=$CARGO_TARGET_DIR free_gib
    [ ! -d "$CARGO_TARGET_DIR/debug" ] || return 0
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    free_gib=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1048576) }')
    [ "$free_gib" -ge 10 ] || say "Only $free_gib GiB are free in $folder; the build takes up to 10. CARGO_TARGET_DIR moves it."
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

[ $# -gt 0 ] || set -- build demo test
packages=$(missing "$@")
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086  # one word a package
    apt_install $packages
    packages=$(missing "$@")
    [ -z "$packages" ] || fail 3 "installed, and still not usable: ${packages//$'\n'/ } (is another Python or protoc first in PATH?)"
fi

for purpose in "$@"; do
    case $purpose in
        build) rust && room ;;
        test)
            component rustfmt fmt
            if ! has_cryptography; then
                say "Missing: Python's cryptography. Running: python3 -m pip install cryptography"
                python3 -m pip install -q cryptography || fail 3 "pip did not install it; run: python3 -m pip install cryptography"
            fi
            ;;
        lint) component rustfmt fmt && component clippy clippy ;;
    esac
done
