#!/usr/bin/env bash
# From nothing to a judged reward model: draws pairs from a known reward, trains on them, evaluates and
# scores, and compares the accuracy with what the true reward itself reaches. Needs the release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pairwise=.build/release/pairwise
data=Checkpoints/quickstart.h5
run=Checkpoints/quickstart

# Shows a command and runs it.
step() {
  printf '\n$ pairwise %s\n' "$*"
  "$pairwise" "$@"
}

step data synthesize --output "$data" --reward mlp --pairs 50000 --validation-pairs 5000 \
  --test-pairs 10000 --seed 7 --overwrite
step train Configs/quickstart.yaml --overwrite
step evaluate --model "$run/final" --data "$data" --split test --output "$run/test.json"
step score --model "$run/final" --input "$data" --output "$run/scores.jsonl"

# The file's attribute `truth` is JSON in a JSON string: {…,"bayes":{"split":"test","accuracy":0.8,…}}.
best=$("$pairwise" data inspect "$data" --rows 0 --json |
  sed -nE 's/.*\\"bayes\\":\{[^}]*\\"accuracy\\":([0-9.]+).*/\1/p')
# The first keys of the evaluation: "accuracy": 0.8, "accuracy_ci": [0.79, 0.81].
read -r accuracy low high < <(
  tr -d ' \n' <"$run/test.json" |
    sed -E 's/^\{[^[]*"accuracy":([0-9.]+),"accuracy_ci":\[([0-9.]+),([0-9.]+)\].*/\1 \2 \3\n/'
)

printf '\n%-40s %8s   %s\n' 'on 10,000 test pairs' accuracy '95 % interval'
printf '%-40s %8.4f   %.4f … %.4f\n' 'the trained model' "$accuracy" "$low" "$high"
printf '%-40s %8.4f\n' 'the true reward, the best there is' "$best"

printf '\nWhat this left:\n'
printf '  %-36s %s\n' \
  "$data" 'the pairs; the true reward is stored with them' \
  "$run/final" 'the model, for pairwise score and pairwise evaluate' \
  "$run/report.html" 'curves and calibration, for a browser' \
  "$run/metrics.jsonl" 'one line a step' \
  "$run/test.json" 'the evaluation in full' \
  "$run/scores.jsonl" 'one line a pair'
