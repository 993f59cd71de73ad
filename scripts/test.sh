#!/usr/bin/env bash
# Every test: installs what is missing, builds the app, runs the whole suite and closes with the totals.
# Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-packages.sh build app test
scripts/install-cargo-tools.sh tauri-driver
scripts/install-axe.sh
export PATH="$PWD/target/tools/bin:$PATH"

# The end-to-end tests start these programs; without this an older build would be tested.
cargo build --locked --bins
cargo build --locked -p warifu

output=$(mktemp)
trap 'rm -f "$output"' EXIT
code=0
cargo test --locked --no-fail-fast "$@" 2>&1 | tee "$output" || code=$?
awk '/^test result: / { passed += $4; failed += $6; ignored += $8 }
  END { printf "tests: %d passed, %d failed, %d skipped\n", passed, failed, ignored }' "$output"
exit "$code"
