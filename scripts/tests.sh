#!/bin/sh
# Usage: tests.sh WORKERS [PYTEST-ARGUMENT...]. All tests. A failure is final, except where the host took a good part of
# the processor away meanwhile (steal time, proc(5)): tests of time limits say nothing then, and what failed is run
# again, once and alone.
set -u
cd "$(dirname "$0")/.."
workers=$1
shift
most=20  # per cent of the time that this machine wanted to work

work() { # the machine's time so far: stolen, and all that was not idle
  awk '/^cpu / { print $9, $2 + $3 + $4 + $7 + $8 + $9 }' /proc/stat 2>/dev/null
}

stolen() { # per cent since the numbers in $before
  work | awk -v before="$before" '{ split(before, was, " "); wanted = $2 - was[2]
    if (wanted > 0) printf "%d", 100 * ($1 - was[1]) / wanted }'
}

before=$(work)
.venv/bin/python -m pytest -q -n "$workers" "$@" && exit 0
code=$?
share=$(stolen)
share=${share:-0}
if [ "$code" -ne 1 ] || [ "$share" -lt "$most" ]; then exit "$code"; fi
echo "==> the host took $share % of the processor away; once more, one at a time: what failed"
exec .venv/bin/python -m pytest -q -p no:xdist --last-failed --last-failed-no-failures none "$@"
