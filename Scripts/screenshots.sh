#!/usr/bin/env bash
# Makes the README's pictures from a real run: the comparison on noisy labels, as a browser shows its report. Needs
# the release build; runs the comparison if it is not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

Scripts/browser/setup.sh

readonly run=Checkpoints/noisy-labels pictures=Examples/pictures
[ -e "$run/report.html" ] || .build/release/pairwise compare Configs/compare-noisy-labels.yaml
.build/release/pairwise report "$run"
mkdir -p "$pictures"

picture() {
  .build/browser/bin/python Scripts/browser/picture.py "$run/report.html" "$pictures/$1.png" "${@:2}"
}
picture compare-result light 1080
picture compare-differences dark 1080 '#compared'
picture compare-phone light 390 '#compared .column'
ls -l "$pictures"
