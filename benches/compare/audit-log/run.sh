#!/usr/bin/env bash
# Durable entries a second of Beleg, Tessera's POSIX driver and a SQLite hash chain: same disk, one run, as a table with ratios.
set -euo pipefail
cd "$(dirname "$0")/../../.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

work=${BELEG_BENCH_DIR:-$cache/bench/audit-log}
mkdir -p "$work"
(cd benches/compare/audit-log/tessera && go build -o "$work/tessera-bench" .)
CARGO_PROFILE_DEV_OPT_LEVEL=3 BELEG_BENCH_DIR="$work" cargo bench --locked --profile dev -p beleg --features cli,testing --bench append | tee "$work/beleg.txt"
"$work/tessera-bench" --dir "$work" 2>/dev/null | tee "$work/tessera.txt"
python3 benches/compare/audit-log/sqlite.py "$work" | tee "$work/sqlite.txt"
python3 - "$work" <<'PY'
import re, sys

def rates(name):
    lines = open(f"{sys.argv[1]}/{name}.txt").read().splitlines()
    found = (re.match(rf"{name} (\d+) callers +entries_per_s ([\d.]+)", line) for line in lines)
    return {int(m[1]): float(m[2]) for m in found if m}

beleg = rates("beleg")
print("\n| callers | Beleg entries/s | Tessera entries/s | SQLite entries/s | × Tessera | × SQLite |")
print("|---:|---:|---:|---:|---:|---:|")
tessera, sqlite = rates("tessera"), rates("sqlite")
for n in sorted(beleg):
    print(f"| {n} | {beleg[n]:,.0f} | {tessera[n]:,.0f} | {sqlite[n]:,.0f} | {beleg[n] / tessera[n]:.1f} | {beleg[n] / sqlite[n]:.1f} |")
PY
