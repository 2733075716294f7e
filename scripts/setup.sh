#!/bin/sh
# Usage: setup.sh run|dev. Makes .venv with the pinned packages of requirements/run.txt or dev.txt and both
# distributions, editable. Says what it installs; does nothing when nothing has changed. PYTHON=... chooses Python.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

SET=${1:?usage: setup.sh run|dev}
PY=.venv/bin/python

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
    if fits "$candidate"; then command -v "$candidate"; return; fi
  done
  return 1
}

# Everything that decides what .venv must hold; a stamp with the same text means there is nothing to do.
fingerprint() { cat requirements/"$1".txt pyproject.toml sdk/pyproject.toml scripts/setup.sh | sha256sum; pwd; }

current() { [ -x $PY ] && [ -f .venv/stamp-"$1" ] && [ "$(cat .venv/stamp-"$1")" = "$(fingerprint "$1")" ]; }

make_venv() {
  say "Creating .venv with $1 ($("$1" --version))"
  if "$1" -c 'import ensurepip, venv' 2>/dev/null; then
    "$1" -m venv --clear .venv
  elif apt_install "python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"; then
    "$1" -m venv --clear .venv
  elif command -v uv >/dev/null; then
    say "No ensurepip: using uv to seed .venv"
    uv venv --quiet --clear --seed --python "$1" .venv
  elif "$1" -m pip --version >/dev/null 2>&1; then
    say "No ensurepip: using the system's pip to seed .venv"
    "$1" -m venv --clear --without-pip .venv && "$1" -m pip --python $PY install --quiet pip
  else
    fail "Python has no ensurepip, and apt could not install python3-venv. Install python3-venv (or pip, or uv), then try again."
  fi
}

install_packages() {
  say "Installing $(grep -c '==' requirements/"$1".txt) pinned packages of requirements/$1.txt into .venv (once)"
  # The file is complete, so nothing is left to resolve; older versions of pip stumble over pinned extras when they try.
  $PY -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes -r requirements/"$1".txt
  say "Installing flagsdk and flagsvc, editable"
  $PY -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e sdk -e .
}

case $SET in run | dev) ;; *) fail "usage: setup.sh run|dev" ;; esac
if current "$SET" || current dev; then exit 0; fi
if ! { [ -x $PY ] && fits $PY && $PY -m pip --version >/dev/null 2>&1; }; then
  chosen=$(find_python) || { apt_install python3 python3-venv && chosen=$(find_python); } ||
    fail "Python 3.11 or newer is needed and was not found. Install it, or name it: make PYTHON=/path/to/python3.11 ..."
  make_venv "$chosen"
fi
install_packages "$SET"
fingerprint "$SET" >.venv/stamp-"$SET"
