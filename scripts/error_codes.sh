#!/usr/bin/env bash
# Writes the table of error codes in docs/errors.md from the source, or checks that it is up to date: error_codes.sh [--check].
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 scripts/error_codes.py "$@"
