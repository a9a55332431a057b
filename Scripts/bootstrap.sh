#!/usr/bin/env bash
# Makes sure that everything the build needs is on this machine: a Swift toolchain, and the Debian or
# Ubuntu packages of the system libraries. Installs missing packages with apt-get, as root or through
# sudo. Says nothing and changes nothing when all is there.
set -euo pipefail

readonly swift_wanted=6.3

missing=()

# need PACKAGE COMMAND…: the package is missing if the command fails.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

has_file() { compgen -G "$1" >/dev/null; }
has_library() { [[ $(ldconfig -p 2>/dev/null || /sbin/ldconfig -p) == *"$1"* ]]; }

# What Swift compiles and links with.
need git command -v git
need pkg-config command -v pkg-config
need ca-certificates has_file '/etc/ssl/certs/ca-certificates.crt'
need g++ has_file '/usr/include/c++/*/vector'
need libc6-dev has_file '/usr/include/stdlib.h'
need zlib1g-dev has_file '/usr/include/zlib.h'
# What the toolchain itself is linked with.
need libcurl4-openssl-dev has_library 'libcurl.so.4 '
need libncurses-dev has_library 'libncurses.so.6 '
need libsqlite3-dev has_library 'libsqlite3.so.0 '
need libxml2-dev has_library 'libxml2.so'
# What Pairwise links with.
need libopenblas-dev pkg-config --exists openblas
need libhdf5-dev pkg-config --exists hdf5

if ((${#missing[@]} > 0)); then
  if ! command -v apt-get >/dev/null; then
    echo "bootstrap: missing ${missing[*]}, and this system has no apt-get;" \
      "install what holds the same libraries and their headers" >&2
    exit 1
  fi
  if [[ $(id -u) == 0 ]]; then
    as_root=()
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  elif command -v sudo >/dev/null && [[ -t 0 ]]; then
    as_root=(sudo)
  else
    echo "bootstrap: missing ${missing[*]}; run as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "bootstrap: installing ${missing[*]}" >&2
  "${as_root[@]}" apt-get update -qq </dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2
fi

if ! command -v swift >/dev/null; then
  echo "bootstrap: no swift on the PATH; install Swift $swift_wanted or newer" \
    "from https://www.swift.org/install/linux" >&2
  exit 1
fi
# The version comes from the compiler, which reads nothing but its own binary.
if ! banner=$(swift --version 2>&1); then
  echo "bootstrap: swift does not run: $banner" >&2
  exit 1
fi
found=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' <<<"$banner" | head -n 1)
oldest=$(printf '%s\n%s\n' "$swift_wanted" "${found:-0}" | sort -V | head -n 1)
if [[ $oldest != "$swift_wanted" ]]; then
  echo "bootstrap: found Swift ${found:-of unknown version}, expected $swift_wanted or newer" >&2
  exit 1
fi
