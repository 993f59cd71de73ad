#!/usr/bin/env bash
# Makes every raster icon from icons/warifu.svg and icons/tray.svg. Run it after changing either.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in rsvg-convert python3; do
  command -v "$tool" >/dev/null || {
    echo "icons: $tool is missing; run: scripts/install-packages.sh icons" >&2
    exit 1
  }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# render SVG SIZE OUT
render() { rsvg-convert --width "$2" --height "$2" "$1" --output "$3"; }

for size in 16 24 32 48 64 128 256 512 1024; do
  render icons/warifu.svg "$size" "$work/$size.png"
done
cp "$work/32.png" icons/32x32.png
cp "$work/128.png" icons/128x128.png
cp "$work/256.png" icons/128x128@2x.png
cp "$work/512.png" icons/icon.png
python3 scripts/icon_containers.py "$work" icons/icon.ico icons/icon.icns

sed 's/#000000/#FFFFFF/g' icons/tray.svg >"$work/tray-light.svg"
render icons/tray.svg 64 icons/tray.png
render "$work/tray-light.svg" 64 icons/tray-light.png
echo "icons: written to icons/"
