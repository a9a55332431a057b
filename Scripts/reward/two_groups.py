#!/usr/bin/env python3
"""How well do models that know only who judged each pair serve two groups of people who disagree?

    Scripts/reward/two_groups.py PAIRS.jsonl [--repeats 1] [--folds 5]

Splits each group of the file (a `group` a row) into simulated users of 20 pairs and cross-validates, users in all
folds, one Bradley-Terry model, a reward that is told the group, and models that are told the user. Prints the
accuracy in each group and the mean over the groups; by default the last fold's files stay in Checkpoints/two-groups,
where the recipes Configs/*-hh-two-groups.yaml find them.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "Checkpoints", "two-groups")
USER_PAIRS = 20
MODELS = [
    ("one Bradley-Terry model", "context-hh-two-groups", ["model.head={kind: scalar}"]),
    ("told the group: context_rm", "context-hh-two-groups", []),
    ("told the user: mixture_bt", "mixture-hh-two-groups", []),
    ("told the user: pal", "pal-hh-two-groups", []),
    ("told the user: vpl", "vpl-hh-two-groups", []),
]


def program():
    for name in (os.environ.get("PAIRWISE", ""), os.path.join(ROOT, ".build", "release", "pairwise")):
        if name and os.path.exists(name):
            return name
    sys.exit("expected .build/release/pairwise: run make build first")


def with_users(rows, seed):
    """Rows in random order, each with a user who judged 20 of them, all of one group."""
    order = random.Random(seed)
    result = []
    for group in sorted({row["group"] for row in rows}):
        own = [dict(row) for row in rows if row["group"] == group]
        order.shuffle(own)
        for place, row in enumerate(own):
            row["annotator"] = f"{group}_{place // USER_PAIRS}"
        result += own
    order.shuffle(result)
    return result


def write(path, rows):
    with open(path, "w") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def accuracies(config, changes, scores):
    """Trains on the fold's files; the share of pairs ranked right in each group."""
    train, test = (os.path.join(FOLDER, name) for name in ("train.jsonl", "test.jsonl"))
    run = [program(), "train", os.path.join(ROOT, "Configs", config + ".yaml"), "--output", FOLDER, "--overwrite"]
    for change in [f"data.train={train}", f"data.validation={test}", "data.validation_fraction=0", "trainer.report=false"] + changes:
        run += ["--set", change]
    subprocess.run(run, check=True, capture_output=True)
    score = [program(), "score", "--model", os.path.join(FOLDER, config, "final"), "--input", test, "--output", scores]
    if config.startswith("vpl"):
        score += ["--context", train]
    subprocess.run(score, check=True, capture_output=True)
    right = {}
    for line in open(scores):
        row = json.loads(line)
        right.setdefault(row["group"], []).append(row["margin"] > 0)
    return {group: statistics.mean(values) for group, values in right.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    rows = [json.loads(line) for line in open(options.pairs)]
    os.makedirs(FOLDER, exist_ok=True)
    found = {name: [] for name, _, _ in MODELS}
    for repeat in range(options.repeats):
        all_rows = with_users(rows, repeat)
        for fold in range(options.folds):
            write(os.path.join(FOLDER, "train.jsonl"), [r for i, r in enumerate(all_rows) if i % options.folds != fold])
            write(os.path.join(FOLDER, "test.jsonl"), all_rows[fold :: options.folds])
            for name, config, changes in MODELS:
                found[name].append(accuracies(config, changes, os.path.join(FOLDER, "scores.jsonl")))
    groups = sorted(found[MODELS[0][0]][0])
    print(f"{'':30}" + "".join(f"{group:>10}" for group in groups) + f"{'mean':>10}")
    for name, folds in found.items():
        means = [statistics.mean(fold[group] for fold in folds) for group in groups]
        print(f"{name:30}" + "".join(f"{value:10.4f}" for value in means + [statistics.mean(means)]))


if __name__ == "__main__":
    main()
