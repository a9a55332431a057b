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
maps=()
for map in "$built"/*.build/module.modulemap Sources/*/module.modulemap \
  Sources/*/include/module.modulemap .build/checkouts/*/Sources/*/include/module.modulemap; do
  maps+=(-Xcc "-fmodule-map-file=$map")
done
for folder in Sources/Pairwise*/; do
  module=$(basename "$folder")
  "$tools/swift-symbolgraph-extract" -module-name "$module" -I "$built/Modules" "${maps[@]}" \
    -target "$("$swift" -print-target-info | sed -nE 's/.*"triple": "([^"]*)".*/\1/p' | head -n 1)" \
    -minimum-access-level public -skip-inherited-docs -output-dir "$graphs"
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$tools/docc" convert Sources/Pairwise/Pairwise.docc --additional-symbol-graph-dir "$graphs" \
  --fallback-display-name Pairwise --fallback-bundle-identifier pairwise \
  --output-path .build/docs >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
# Comments name the parameters that need a word; anything else docc minds, such as a broken link, is an error.
if grep -A6 '^warning: ' "$log" | grep -v 'is missing documentation' | grep -A6 '^warning: ' >&2; then
  exit 1
fi
echo "documentation  .build/docs (a static site: serve it with any web server)"
