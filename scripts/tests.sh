#!/bin/sh
# Usage: tests.sh WORKERS [PYTEST-ARGUMENT...]. All tests, several at a time. A few that fail are run once more, one at
# a time: thousands of tests of real servers share two cores, and some fail for the pace of their neighbours. What fails
# alone as well has failed, and so has everything where many fail; what fails in company only is named at the end.
set -u
cd "$(dirname "$0")/.." || exit
workers=$1
shift
few=8

failed() { # the names of the tests that failed in the last run
  .venv/bin/python -c 'import json; print("\n".join(json.load(open(".pytest_cache/v/cache/lastfailed"))))'
}

.venv/bin/python -m pytest -q -n "$workers" --cache-clear "$@" && exit 0
code=$?
names=$(failed)
count=$(echo "$names" | wc -l)
if [ "$code" -ne 1 ] || [ "$count" -gt "$few" ]; then exit "$code"; fi
echo "==> once more, one at a time: $count that failed"
.venv/bin/python -m pytest -q -p no:xdist --last-failed --last-failed-no-failures none "$@" || exit $?
printf '==> failed beside others and passed alone:\n%s\n' "$names"
