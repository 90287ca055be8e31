#!/usr/bin/env bash
# Write the secret files that docker-compose.yml mounts; files that exist are kept.
# usage: deploy/make-secrets.sh [directory]
set -euo pipefail
umask 077
dir=${1:-.data/secrets}
mkdir -p "$dir"

random() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keep() { # name, value: containers run as other users, so files are readable; the directory is not
  [ -e "$dir/$1" ] && return
  printf '%s' "$2" >"$dir/$1"
  chmod 444 "$dir/$1"
  echo "wrote $dir/$1"
}
read_secret() { cat "$dir/$1"; }

keep secret_key "$(random)"
keep token_keys "k1:$(random)"
keep postgres_password "$(random)"
keep redis_password "$(random)"
keep clickhouse_password "$(random)"
keep object_store_user adplatform
keep object_store_password "$(random)"
keep database_url "postgres://adplatform:$(read_secret postgres_password)@postgres:5432/adplatform"
keep redis_url "redis://:$(read_secret redis_password)@valkey:6379/0"
keep clickhouse_url "clickhouse://adplatform:$(read_secret clickhouse_password)@clickhouse:9000/adplatform"
keep object_store_credentials "[default]
aws_access_key_id = $(read_secret object_store_user)
aws_secret_access_key = $(read_secret object_store_password)
"
