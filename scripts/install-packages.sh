#!/usr/bin/env bash
# Installs the system packages that are missing, on Debian and Ubuntu. Does nothing when all are there.
# Usage: scripts/install-packages.sh GROUP...     groups: build app test icons node
set -euo pipefail

build=(build-essential pkg-config libssl-dev)
app=(libwebkit2gtk-4.1-dev librsvg2-dev libayatana-appindicator3-dev libxdo-dev xdg-utils desktop-file-utils)
test=(postgresql chromium chromium-driver webkit2gtk-driver xvfb xauth dbus dbus-x11 gnome-keyring
  fonts-noto-cjk xdotool imagemagick sslscan testssl.sh python3 python3-cryptography)
icons=(librsvg2-bin python3)
node=(nodejs npm)

die() {
  echo "packages: $*" >&2
  exit 1
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }

# Ubuntu's chromium packages only install a snap, which cannot be driven from a build or in a container.
ubuntu_has_only_a_snap() {
  case "$1" in
    chromium | chromium-driver) ;;
    *) return 1 ;;
  esac
  # shellcheck source=/dev/null
  [ "$(. /etc/os-release && echo "${ID:-}")" = ubuntu ]
}

check_chromium_on_ubuntu() {
  command -v chromedriver >/dev/null && { command -v chromium || command -v google-chrome; } >/dev/null && return
  die "Ubuntu offers chromium only as a snap. Install a browser and its driver of the same version
  so that 'chromedriver' and 'chromium' (or 'google-chrome') are in PATH, then run this again."
}

[ $# -gt 0 ] || die "name the groups to install: build app test icons node"
wanted=()
for group in "$@"; do
  case "$group" in
    build) wanted+=("${build[@]}") ;;
    app) wanted+=("${app[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    icons) wanted+=("${icons[@]}") ;;
    node) wanted+=("${node[@]}") ;;
    *) die "no such group: $group (there are: build app test icons node)" ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  die "this is not Debian or Ubuntu; install the counterparts of these yourself: ${wanted[*]}"
fi

missing=()
for package in "${wanted[@]}"; do
  if ubuntu_has_only_a_snap "$package"; then
    check_chromium_on_ubuntu
  elif ! installed "$package"; then
    missing+=("$package")
  fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "these are missing, and neither root nor sudo is at hand: ${missing[*]}"
  sudo=(sudo)
fi

echo "packages: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "apt-get $1 failed (see above)"
  }
}
quietly update
quietly install --yes --no-install-recommends "${missing[@]}"
