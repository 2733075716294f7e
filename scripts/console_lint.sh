#!/bin/sh
# Reads and tests the console without a browser: generated types, TypeScript, ESLint, formatting, the tests of its logic.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh
. scripts/node.sh

use_node
npm_packages
cd admin
npx --no-install openapi-typescript ../docs/reference/openapi.json -o node_modules/.schema.ts >/dev/null
cmp -s node_modules/.schema.ts src/api/schema.ts || fail "admin/src/api/schema.ts is not what the OpenAPI says: cd admin && npm run api"
npm run --silent types
npm run --silent lint
npm run --silent test -- --reporter=dot
