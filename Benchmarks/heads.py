#!/usr/bin/env python3
"""Times an epoch of heads for many tastes, next to one Bradley-Terry head on the same hidden layers.

    make build && python3 Benchmarks/heads.py [--hidden 256,32,0] [--repeats 3] [NAME ...]

Each run is `pairwise train` on 100,000 pairs of 384 features, batches of 256, AdamW, one thread; the scalar head and
the other one in turns. An epoch's time is the processor time of a run of six epochs less that of one, over five, so
that reading the file is not in it; of the repeats the least of each counts.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAIRWISE = os.path.join(ROOT, ".build/release/pairwise")
SCALAR = ({"kind": "scalar"}, {"name": "bradley_terry"})
HEADS = {
    "mixture_bt, static": ({"kind": "mixture", "heads": 8}, {"name": "mixture_bt"}),
    "mixture_bt, annotator": ({"kind": "mixture", "heads": 8, "router": "annotator"}, {"name": "mixture_bt"}),
    "pal, linear": ({"kind": "ideal_point", "form": "linear"}, {"name": "pal", "loss": "logistic"}),
    "pal, distance": ({"kind": "ideal_point", "form": "distance"}, {"name": "pal", "loss": "logistic"}),
    "pal, cosine": ({"kind": "ideal_point", "form": "cosine"}, {"name": "pal", "loss": "logistic"}),
    "vpl": ({"kind": "variational"}, {"name": "vpl", "kl_weight": 1e-3}),
}
EPOCHS = 5


def pairwise(*arguments):
    """Processor seconds of a run of the program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run([PAIRWISE, *arguments], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"{' '.join(arguments)}: {run.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def train(parts, hidden, epochs, folder):
    head, objective = parts
    config = {
        "run": {"name": "run", "output": folder, "threads": 1},
        "model": {"kind": "features", "hidden_sizes": [hidden] if hidden else [], "head": head},
        "data": {"train": os.path.join(folder, "pairs.h5")},
        "objective": objective,
        "optimizer": {"learning_rate": 1e-3},
        "trainer": {"num_train_epochs": epochs, "batch_size": 256, "report": False},
    }
    path = os.path.join(folder, "config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return pairwise("train", path, "--overwrite")


def epoch(runs):
    """Of (long, short) runs: the least of each, since the least difference would be that of a short run held up."""
    return (min(long for long, _ in runs) - min(short for _, short in runs)) / EPOCHS


def main():
    reader = argparse.ArgumentParser()
    reader.add_argument("--hidden", default="256,32,0")
    reader.add_argument("--repeats", type=int, default=3)
    reader.add_argument("names", nargs="*")
    options = reader.parse_args()
    print("| head | hidden | epoch ms | scalar ms | ratio |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        pairwise(
            "data", "synthesize", "--output", os.path.join(folder, "pairs.h5"), "--pairs", "100000", "--test-pairs",
            "16", "--features", "384", "--groups",
        )
        for name in options.names or list(HEADS):
            for hidden in [int(width) for width in options.hidden.split(",")]:
                own, scalar = [], []
                for _ in range(options.repeats):
                    for parts, runs in ((SCALAR, scalar), (HEADS[name], own)):
                        runs.append(tuple(train(parts, hidden, epochs, folder) for epochs in (1 + EPOCHS, 1)))
                a, b = 1000 * epoch(own), 1000 * epoch(scalar)
                print(f"| {name} | {hidden} | {a:.0f} | {b:.0f} | {a / b:.2f} |", flush=True)


if __name__ == "__main__":
    main()
