#!/bin/sh
# Pins requirements/*.in for every platform, with hashes, without addresses or comments.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

UV=$(command -v uv || command -v .venv/bin/uv) || fail "uv is needed to pin requirements: .venv/bin/pip install uv"
compile() { "$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"; }
compile requirements/run.in -o requirements/run.txt
compile requirements/dev.in -c requirements/run.txt -o requirements/dev.txt
compile requirements/image.in -c requirements/dev.txt -o requirements/image.txt
compile requirements/node.in -o requirements/node.txt
