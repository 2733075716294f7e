#!/bin/sh
# Usage: tests.sh WORKERS [PYTEST-ARGUMENT...]. All tests; what fails is run again, alone, at most twice: on a machine
# whose processor is taken away for seconds, a test of time limits says nothing about the code. Each failure is printed.
set -u
cd "$(dirname "$0")/.."
workers=$1
shift
.venv/bin/python -m pytest -q -n "$workers" "$@" && exit 0
for _ in 1 2; do
  echo "==> once more, one at a time: what failed"
  .venv/bin/python -m pytest -q -p no:xdist --last-failed --last-failed-no-failures none "$@" && exit 0
done
exit 1
