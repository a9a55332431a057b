#!/usr/bin/env bash
# Builds once, in release mode, and runs all tests, reports in a browser and the example programs. The last line is the test
# runner's verdict.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
swift=${SWIFT:-swift}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

Scripts/check-kernels.sh
"$swift" build -c release --build-tests
"$swift" test -c release --skip-build --disable-xctest 2>&1 | tee "$log"
Scripts/browser/run.sh
Scripts/examples.sh
grep -E 'Test run with .* passed' "$log" | tail -n 1
