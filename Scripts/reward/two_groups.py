#!/usr/bin/env python3
"""How well do models that know only who judged each pair serve two groups of people who disagree?

    Scripts/reward/two_groups.py PAIRS.jsonl [--repeats 1] [--folds 10]

Cross-validates on a file with a `group` a row: the pairs to train on are dealt to simulated users of 20 pairs each,
all of one group, and every pair kept apart is put to one of these users. Compares one Bradley-Terry model, a reward
that is told the group, and models that are told the user alone. Prints the accuracy in each group and the mean over
the groups; the last fold's files stay in Checkpoints/two-groups, where the recipes Configs/*-hh-two-groups.yaml find
them. Needs MiniLM (`make models`).
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
    ("one model, hashed text", "context-hh-two-groups", ["model={kind: text_hash}", "optimizer={learning_rate: 0.01}"]),
    ("one model, the same vectors", "context-hh-two-groups", ["model.head={kind: scalar}"]),
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


def split(rows, seed, fold, folds):
    """Rows to train on and rows kept apart: users who judged 20 of the former each, all of one group, and for each of
    the latter one of the users of its group."""
    order = random.Random(seed)
    shuffled = [dict(row) for row in rows]
    order.shuffle(shuffled)
    train = [row for place, row in enumerate(shuffled) if place % folds != fold]
    test = shuffled[fold::folds]
    for group in sorted({row["group"] for row in rows}):
        own = [row for row in train if row["group"] == group]
        users = [f"{group}_{place // USER_PAIRS}" for place in range(len(own))]
        for row, user in zip(own, users):
            row["annotator"] = user
        for row in test:
            if row["group"] == group:
                row["annotator"] = order.choice(users)
    return train, test


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
    parser.add_argument("--folds", type=int, default=10)
    options = parser.parse_args()
    rows = [json.loads(line) for line in open(options.pairs)]
    os.makedirs(FOLDER, exist_ok=True)
    found = {name: [] for name, _, _ in MODELS}
    for repeat in range(options.repeats):
        for fold in range(options.folds):
            train, test = split(rows, repeat, fold, options.folds)
            write(os.path.join(FOLDER, "train.jsonl"), train)
            write(os.path.join(FOLDER, "test.jsonl"), test)
            for name, config, changes in MODELS:
                found[name].append(accuracies(config, changes, os.path.join(FOLDER, "scores.jsonl")))
    groups = sorted(found[MODELS[0][0]][0])
    print(f"{'':30}" + "".join(f"{group:>10}" for group in groups) + f"{'mean':>10}")
    for name, folds in found.items():
        means = [statistics.mean(fold[group] for fold in folds) for group in groups]
        print(f"{name:30}" + "".join(f"{value:10.4f}" for value in means + [statistics.mean(means)]))


if __name__ == "__main__":
    main()
