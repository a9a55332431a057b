#!/bin/sh
# Compiles the C kernels by themselves, as on a platform without CPU dispatch (-DPW_NO_CLONES) and with it,
# by every compiler at hand, with warnings as errors, and compares their results with libm's.
# Usage: Scripts/check-kernels.sh [compiler…]
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- gcc clang

checked=0
for compiler in "$@"; do
  command -v "$compiler" >/dev/null || { echo "$compiler: not installed, skipped"; continue; }
  for clones in "-DPW_NO_CLONES" ""; do
    # The pragmas are clang's; gcc contracts and unrolls by itself.
    "$compiler" -std=c11 -O2 -Wall -Wextra -Werror -Wno-unknown-pragmas $clones \
      -ISources/CKernels/include -ISources/CKernels -o "$work/check" \
      Sources/CKernels/*.c Scripts/check-kernels.c -lm
    echo "$compiler ${clones:-with clones}: $("$work/check")"
    checked=$((checked + 1))
  done
done
[ "$checked" -gt 0 ] || { echo "no compiler found"; exit 1; }
