#!/bin/sh
# Usage: servers.sh [PROGRAM...]. The real servers that tests and benchmarks start for themselves, and other programs
# whose package has their name: uses what is installed, installs what is missing. servers.sh --only PROGRAM...: no others.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

PATH=$PATH:/usr/sbin:/sbin
missing=
only=no
if [ "${1:-}" = --only ]; then only=yes; shift; fi
if [ $only = no ]; then
  command -v redis-server >/dev/null || missing="$missing redis-server"
  command -v nginx >/dev/null || missing="$missing nginx"
  ls /usr/lib/nginx/modules/ngx_http_js_module.so >/dev/null 2>&1 || missing="$missing libnginx-mod-http-js"
  command -v haproxy >/dev/null || missing="$missing haproxy"
  command -v caddy >/dev/null || missing="$missing caddy"
  command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
  command -v prometheus >/dev/null || missing="$missing prometheus"
  command -v setpriv >/dev/null || missing="$missing util-linux"
fi
for name in "$@"; do command -v "$name" >/dev/null || missing="$missing $name"; done
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086 # a list of words
  apt_install $missing || fail "these programs are needed; install them by hand:$missing"
fi
