#!/usr/bin/env bash
# Chromium and Chinese fonts for the tests that drive a browser: installed by apt where we may, else said.
set -u

find_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
have_fonts() { fc-list :lang=zh-cn 2>/dev/null | grep -q .; }

missing=()
find_browser >/dev/null || missing+=(chromium)
have_fonts || missing+=(fonts-noto-cjk fontconfig)
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
if command -v apt-get >/dev/null && { [ -z "$as_root" ] || sudo -n true 2>/dev/null; }; then
  echo "installing ${missing[*]}"
  $as_root apt-get update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

find_browser >/dev/null && have_fonts && exit 0
cat >&2 <<TEXT
The browser tests need what is not installed here and cannot be installed by this user: ${missing[*]}
  Debian or Ubuntu:  sudo apt-get install chromium fonts-noto-cjk
  elsewhere:         Chromium or Chrome on the PATH, and a font with Chinese characters
They will fail until then; all other tests run.
TEXT
exit 0
