#!/bin/sh
# Reloads nginx when a file that flagsvc writes has changed:  watch.sh FILE NGINX-WORDS…
# for instance  watch.sh told/checkout.json nginx -e stderr -p /srv/edge -c told.conf
# Runs on nginx's own host, where flagsvc cannot send a signal. What would not load is left alone until it changes again.
set -u
file=$1
shift
seen=                                 # so that it reloads once at its start: who knows what was missed
while sleep "${WATCH_SECONDS:-1}"; do
  now=$(cksum < "$file") || continue
  [ "$now" = "$seen" ] && continue
  seen=$now
  "$@" -t -q && "$@" -s reload
done
