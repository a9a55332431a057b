#!/usr/bin/env bash
# Builds and runs every example program. They share the main package's build folder, so that the library
# is not compiled a second time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
swift=${SWIFT:-swift}

shopt -s nullglob
for manifest in Examples/*/Package.swift; do
  folder=$(dirname "$manifest")
  echo "== $folder"
  # The cached build plan is that of the main package.
  "$swift" build -c release --package-path "$folder" --scratch-path .build \
    --disable-build-manifest-caching
  .build/release/"$(basename "$folder")"
done
