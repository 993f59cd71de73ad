#!/usr/bin/env bash
# Starts the whole product on embedded parts with sample customers, and the app where there is a display.
# Arguments go to `warifu-server demo`.
set -euo pipefail
cd "$(dirname "$0")/.."

has_display() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

groups=(build)
packages=(-p warifu-server -p warifu-device-core)
if has_display; then
  groups+=(app)
  packages+=(-p warifu)
fi
scripts/install-packages.sh "${groups[@]}"
cargo build --locked --bins "${packages[@]}"
cargo build --locked -p warifu-tests --bin warifu-demo-days

if has_display; then
  WARIFU_APP_REGISTER_LINKS=1 target/debug/warifu &
  app=$!
  trap 'kill "$app" 2>/dev/null || true' EXIT
else
  echo "demo: there is no display, so the app cannot open. Use the device without a window instead:"
  echo "demo:   target/debug/warifu-device --help"
fi
# The first time: some days with staff and customers, played through the real pages. Later it leaves everything as it is.
target/debug/warifu-demo-days "$@"
target/debug/warifu-server demo "$@"
