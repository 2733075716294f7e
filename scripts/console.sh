#!/bin/sh
# Builds the console (admin/) into flagsvc/console, where the service finds it. Does nothing when nothing has changed.
# FLAGSVC_SKIP_CONSOLE=1: not at all; the service then says at /admin that it carries none.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh
. scripts/node.sh

if [ "${FLAGSVC_SKIP_CONSOLE:-}" = 1 ]; then exit 0; fi

fingerprint() { find admin -type d \( -name node_modules -o -name tests \) -prune -o -type f -print | LC_ALL=C sort | xargs sha256sum | sha256sum; }

if [ "$(cat flagsvc/console/.stamp 2>/dev/null)" = "$(fingerprint)" ]; then exit 0; fi
use_node
npm_packages
say "Building the console"
(cd admin && npm run --silent build -- --logLevel warn)
fingerprint >flagsvc/console/.stamp
