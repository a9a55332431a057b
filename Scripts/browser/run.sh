#!/usr/bin/env bash
# Makes reports of comparisons, one with settings to choose from and one on pairs, of training runs and of claims, opens
# them in a real browser, and checks what a reader would stumble over. Needs the release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

Scripts/browser/setup.sh

readonly pairwise=.build/release/pairwise folder=.build/browser/reports
rm -rf "$folder"
mkdir -p "$folder"

compare() {
  "$pairwise" compare "$@" --set seeds=4 --set trainer.max_steps=60 \
    --output "$folder" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
}
compare Configs/compare-noisy-labels.yaml --set problem.pairs=1000
compare Configs/compare-noisy-labels.yaml --set problem.pairs=1000 --set name=tuned \
  --set 'grid={problem.flip_rate: [0, 0.2], optimizer.learning_rate: [0.001, 0.01, 0.1]}'

compare Configs/compare-your-pairs.yaml --set data.train=../Examples/annotated-pairs.jsonl --set data.ties=drop

"$pairwise" data synthesize --output "$folder/pairs.h5" --pairs 400 --features 16 \
  --validation-pairs 100 --test-pairs 0 --seed 5 >/dev/null
for rate in 0.001 0.1; do
  "$pairwise" train Configs/quickstart.yaml --set "data.train=$folder/pairs.h5" --set "run.name=rate-$rate" \
    --set "optimizer.learning_rate=$rate" --set trainer.max_steps=60 --set trainer.eval_steps=20 --output "$folder" \
    >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
done
"$pairwise" report "$folder"/rate-* >/dev/null

# Claims of every topic, of which some are not reproduced.
"$pairwise" claims Configs/claims/{aioli,constrained-rlhf,dpa,pua,r3,tikmix}.yaml --output "$folder/claims" \
  >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }

.build/browser/bin/python Scripts/browser/check.py "$folder"/*/report.html "$folder/claims/claims.html"
