#!/bin/sh
# Draws what the composition keeps secret, once, into the folder `secrets` beside this file (or the one that is named).
# What is there already stays. Everybody may read the files, because each container has a user of its own; only you may
# enter the folder.
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 022
mkdir -p "$folder"
chmod 700 "$folder"

draw() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { [ -s "$folder/$1" ] || printf '%s' "$2" >"$folder/$1"; }
held() { cat "$folder/$1"; }

for name in admin_token cohort_key grafana_password postgres_password valkey_flagsvc valkey_shop; do
  keep "$name" "$(draw)"
done
keep database_url "postgresql://flagsvc:$(held postgres_password)@postgres:5432/flagsvc"
keep redis_url "redis://flagsvc:$(held valkey_flagsvc)@valkey:6379/0"
keep shop_redis_url "redis://shop:$(held valkey_shop)@valkey:6379/0"
# The smallest rights that work (docs/redis.md). Whoever says no name may ask whether the server lives, and nothing else.
[ -s "$folder/valkey_users" ] || cat >"$folder/valkey_users" <<USERS
user default on nopass resetkeys resetchannels -@all +ping
user flagsvc on >$(held valkey_flagsvc) resetkeys resetchannels -@all +hgetall +hlen +type +xread +xrevrange +watch +unwatch +multi +exec +del +hset +hdel +xadd +ping +client|setname ~flagsvc:*
user shop on >$(held valkey_shop) resetkeys resetchannels -@all +hgetall +hmget +xread +multi +exec +client|setname %R~flagsvc:{production}:*
USERS
