#!/usr/bin/env bash
# Puts axe-core, which looks for what keeps people out of a page, into target/tools. For tests only; nothing of it ships.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.10.3
sum=880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb
folder=target/tools/axe-$version
[ -f "$folder/axe.min.js" ] && exit 0

command -v npm >/dev/null || scripts/install-packages.sh node
mkdir -p target/tools
new=$(mktemp -d target/tools/axe.XXXXXX)
trap 'rm -rf "$new"' EXIT
npm install --silent --no-save --no-package-lock --ignore-scripts --prefix "$new" "axe-core@$version"
echo "$sum  $new/node_modules/axe-core/axe.min.js" | sha256sum --check --quiet
mkdir -p "$folder"
# Last, in one step: a test that finds it finds all of it.
mv "$new/node_modules/axe-core/axe.min.js" "$folder/axe.min.js"
