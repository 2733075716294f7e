#!/bin/sh
# Everything that reads the code without running it; one meaning of "lint" for people, pre-commit and CI.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh
BIN=.venv/bin

say "ruff"
$BIN/ruff check --quiet .
$BIN/ruff format --check --quiet . || fail "not formatted: make fmt"
say "mypy --strict"
$BIN/mypy --no-error-summary flagsvc sdk/flagsdk tests scripts benchmarks examples loadtests hatch_build.py
say "migrations"
$BIN/python -m scripts.migrations
say "import contracts"
contracts=$(grep -c '^\[\[tool.importlinter.contracts\]\]' pyproject.toml)
report=$($BIN/lint-imports --no-cache) || { printf '%s\n' "$report"; exit 1; }
# With a package that is installed twice the tool checks nothing and is content: demand the count.
printf '%s\n' "$report" | grep "^Contracts: $contracts kept, 0 broken" || fail "lint-imports did not check $contracts contracts"
