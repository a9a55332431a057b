#!/usr/bin/env bash
# Makes a report of a comparison, of one with settings to choose from, and of a training run, opens all three in a
# real browser, and checks what a reader would stumble over. Needs the release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

Scripts/browser/setup.sh

readonly pairwise=.build/release/pairwise folder=.build/browser/reports
rm -rf "$folder"
mkdir -p "$folder"

compare() {
  "$pairwise" compare "$@" --set seeds=4 --set trainer.max_steps=60 --set problem.pairs=1000 \
    --output "$folder" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
}
compare Configs/compare-noisy-labels.yaml
compare Configs/compare-noisy-labels.yaml --set name=tuned \
  --set 'grid={problem.flip_rate: [0, 0.2], optimizer.learning_rate: [0.001, 0.01, 0.1]}'

"$pairwise" data synthesize --output "$folder/pairs.h5" --pairs 400 --features 16 \
  --validation-pairs 100 --test-pairs 0 --seed 5 >/dev/null
"$pairwise" train Configs/quickstart.yaml --set "data.train=$folder/pairs.h5" --set run.name=single \
  --set trainer.max_steps=60 --set trainer.eval_steps=20 --output "$folder" \
  >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }

.build/browser/bin/python Scripts/browser/check.py "$folder"/*/report.html
