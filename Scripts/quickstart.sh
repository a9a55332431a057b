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

# number KEY: the number under a key of JSON on standard input, quoted inside a string or not.
number() { tr -d '\\\n ' | sed -nE "s/.*\"$1\":(-?[0-9.]+(e-?[0-9]+)?).*/\\1/p"; }

step data synthesize --output "$data" --reward mlp --pairs 20000 --validation-pairs 2000 \
  --test-pairs 5000 --flip-rate 0.1 --temperature 0.5 --seed 7 --overwrite
step train Configs/quickstart.yaml --overwrite
step evaluate --model "$run/final" --data "$data" --split test --output "$run/test.json"
step score --model "$run/final" --input "$data" --output "$run/scores.jsonl"

bayes=$("$pairwise" data inspect "$data" --rows 0 --json |
  sed -nE 's/.*(\\"bayes\\":.*)/\1/p' | number accuracy)
accuracy=$(number accuracy <"$run/test.json")
interval=$(tr -d '\n ' <"$run/test.json" | sed -nE 's/.*"accuracy_ci":\[([0-9.]+),([0-9.]+)\].*/\1 \2/p')
read -r low high <<<"$interval"

printf '\n%-46s %8s   %s\n' 'test accuracy' '' '95 % interval'
printf '%-46s %8.4f   %.4f … %.4f\n' '  the trained model' "$accuracy" "$low" "$high"
printf '%-46s %8.4f\n' '  the true reward: the best any model can do' "$bayes"
cat <<END

What this left:
  $data               the pairs; their true reward is stored with them
  $run/final             the model: use it with pairwise score and evaluate
  $run/report.html       curves, calibration, figures: open it in a browser
  $run/metrics.jsonl     one line a step
  $run/test.json         the evaluation above in full
  $run/scores.jsonl      one line a pair
END
