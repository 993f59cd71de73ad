#!/usr/bin/env bash
# Builds the cargo tools of this repository into target/tools, each at its pinned version; skips those in place.
# Usage: scripts/install-cargo-tools.sh [tauri-driver] [cargo-deny] [cargo-fuzz]     (default: the first two)
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A versions=(
  [tauri-driver]=2.1.0 # the stable line; 3.0 is an alpha
  [cargo-deny]=0.20.2
  [cargo-fuzz]=0.13.2
)
root=${CARGO_TOOLS_ROOT:-target/tools}

[ $# -gt 0 ] || set -- tauri-driver cargo-deny
for tool in "$@"; do
  version=${versions[$tool]:-}
  if [ -z "$version" ]; then
    echo "cargo tools: no such tool: $tool (there are: ${!versions[*]})" >&2
    exit 1
  fi
  if [ -x "$root/bin/$tool" ] && grep -qsF "\"$tool $version " "$root/.crates.toml"; then
    continue
  fi
  echo "cargo tools: building $tool $version"
  # A folder of its own keeps the product's build cache as it is.
  CARGO_TARGET_DIR="$root/build" cargo install --quiet --locked --root "$root" --version "$version" "$tool"
  rm -rf "$root/build"
done
