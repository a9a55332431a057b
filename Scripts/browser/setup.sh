#!/usr/bin/env bash
# Makes what the browser tests need, once: Debian's chromium, and Python with playwright in .build/browser to
# drive it. Nothing else in the project needs them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly folder=.build/browser wanted=Scripts/browser/requirements.txt

missing=()
command -v chromium >/dev/null || missing+=(chromium)
fc-list 2>/dev/null | grep -q . || missing+=(fonts-liberation)
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
if ((${#missing[@]} > 0)); then
  if ! command -v apt-get >/dev/null; then
    echo "browser: missing ${missing[*]}, and this system has no apt-get" >&2
    exit 1
  fi
  as_root=()
  [[ $(id -u) == 0 ]] || as_root=(sudo -n)
  echo "browser: installing ${missing[*]}" >&2
  "${as_root[@]}" apt-get update -qq </dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2
fi

if ! cmp --silent "$wanted" "$folder/requirements.txt"; then
  [ -x "$folder/bin/python" ] || python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
  # Last, so that an interrupted installation starts again.
  cp "$wanted" "$folder/requirements.txt"
fi
