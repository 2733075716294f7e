#!/bin/sh
# Usage (as root): apt_install.sh PACKAGE... Installs them; a daemon among them is neither started now nor at boot.
set -eu
POLICY=/usr/sbin/policy-rc.d # asked by every package before it starts a daemon; 101 = forbidden (Debian invoke-rc.d)

if [ ! -e $POLICY ]; then
  trap 'rm -f $POLICY' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >$POLICY
  chmod 755 $POLICY
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "$@" >/dev/null
if command -v systemctl >/dev/null; then
  for service in redis-server postgresql nginx haproxy caddy prometheus prometheus-node-exporter; do
    case " $* " in *" ${service%-node-exporter} "*) systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
  done
fi
