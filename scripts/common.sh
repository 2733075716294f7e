# Sourced by the other scripts: messages, and installing Debian packages without starting their daemons.

say() { printf '==> %s\n' "$*" >&2; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# apt_install PACKAGE...: returns 1, having said why, when this machine or this user cannot.
apt_install() {
  if ! command -v apt-get >/dev/null; then say "No apt-get here: cannot install $*"; return 1; fi
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then say "Neither root nor sudo: cannot install $*"; return 1; fi
  say "Installing Debian packages: $*"
  as_root sh scripts/apt_install.sh "$@" || { say "apt-get could not install $*"; return 1; }
}
