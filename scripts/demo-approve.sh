#!/usr/bin/env bash
# Approves what waits on the device of one of the demo's staff (haru, sora, ...) or customers (by account number), with the number
# that the page shows: scripts/demo-approve.sh haru 493817
# WARIFU_DEMO names another folder than demo-data.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -ne 2 ]; then
  echo "usage: scripts/demo-approve.sh WHO NUMBER" >&2
  exit 2
fi
for kind in staff customers; do
  folder="${WARIFU_DEMO:-demo-data}/$kind/$1"
  if [ -d "$folder" ]; then
    WARIFU_PIN=${WARIFU_PIN:-740295} exec target/debug/warifu-device --data-dir "$folder" --keystore none approve --number "$2"
  fi
done
echo "demo: $1 has no device in ${WARIFU_DEMO:-demo-data}" >&2
exit 1
