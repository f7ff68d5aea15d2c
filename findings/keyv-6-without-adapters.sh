#!/usr/bin/env bash
# One expects: keyv and the adapters that its own project publishes can be installed together, each in its newest release, as an
# application does that wants a cache in Redis.
# What happens: keyv 6 came out, and the newest adapters for Redis, Postgres, SQLite and Mongo still ask for keyv 5 as a peer, so that
# npm refuses every pair (ERESOLVE). Whoever asks for the adapter alone gets keyv 5 beside it, where errors and times to live behave
# otherwise than in keyv 6.
# Seen with keyv 6.1.0, @keyv/redis 5.1.6, @keyv/postgres 2.2.3, @keyv/sqlite 4.0.8, @keyv/mongo 3.1.0 on 2026-11-29.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
for adapter in redis@5.1.6 postgres@2.2.3 sqlite@4.0.8 mongo@3.1.0; do
  mkdir "$folder/${adapter%@*}"
  cd "$folder/${adapter%@*}"
  npm init -y >/dev/null
  peer="$(npm view "@keyv/$adapter" peerDependencies.keyv)"
  if npm install --no-audit --no-fund --ignore-scripts keyv@6.1.0 "@keyv/$adapter" >log 2>&1; then
    together='installs'
  else
    together="$(grep -o 'ERESOLVE' log | head -n 1)"
  fi
  echo "keyv 6.1.0 with @keyv/$adapter: its peer is keyv $peer, npm says $together"
  [[ "$peer" == ^5.* && "$together" == ERESOLVE ]] || { echo 'this has changed'; exit 1; }
done
