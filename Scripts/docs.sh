#!/usr/bin/env bash
# Builds the documentation of the library, articles and symbols of all modules, into .build/docs. Uses
# what the Swift toolchain brings along: no plug-in, no package.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
swift=${SWIFT:-swift}

"$swift" build -c release --target Pairwise

tools=$(dirname "$(readlink -f "$(command -v "$swift")")")
built=$("$swift" build -c release --show-bin-path)
graphs=.build/symbol-graphs
rm -rf "$graphs"
mkdir -p "$graphs"
include=()
for map in Sources/*/module.modulemap Sources/*/include; do
  include+=(-Xcc "-I${map%/module.modulemap}")
done
for folder in Sources/Pairwise*/; do
  module=$(basename "$folder")
  "$tools/swift-symbolgraph-extract" -module-name "$module" -I "$built/Modules" "${include[@]}" \
    -target "$("$swift" -print-target-info | sed -nE 's/.*"triple": "([^"]*)".*/\1/p' | head -n 1)" \
    -minimum-access-level public -skip-inherited-docs -output-dir "$graphs"
done
"$tools/docc" convert Sources/Pairwise/Pairwise.docc --additional-symbol-graph-dir "$graphs" \
  --fallback-display-name Pairwise --fallback-bundle-identifier pairwise \
  --output-path .build/docs --warnings-as-errors
echo "documentation  .build/docs (serve it: docc preview, or any web server)"
