#!/usr/bin/env bash
# Puts axe-core, which looks for what keeps people out of a page, into target/tools. For tests only; nothing of it ships.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.10.3
folder=target/tools/axe-$version
[ -f "$folder/axe.min.js" ] && exit 0

command -v npm >/dev/null || scripts/install-packages.sh node
mkdir -p target/tools
new=$(mktemp -d target/tools/axe.XXXXXX)
trap 'rm -rf "$new"' EXIT
npm install --silent --no-save --no-package-lock --ignore-scripts --prefix "$new" "axe-core@$version"
mkdir -p "$folder"
# Last, in one step: a test that finds it finds all of it.
mv "$new/node_modules/axe-core/axe.min.js" "$folder/axe.min.js"
