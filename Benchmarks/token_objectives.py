#!/usr/bin/env python3
"""Times a training step of objectives that need more than summed log-probs, next to DPO's.

    make build && python3 Benchmarks/token_objectives.py [NAME ...]

Each run is `pairwise train` on a tiny language model (2 layers of 64, bytes as tokens), 16 pairs of 16 prompt and
24 + 24 completion tokens a step, one thread; DPO and the other one in turns, three times each. A step's time is the
median over all steps but the first ten. Unpaired objectives see 32 single completions a step, which are the same
tokens but for the mismatched ones.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAIRWISE = os.path.join(ROOT, ".build/release/pairwise")
OBJECTIVES = {
    "dpo": {},
    "ld_dpo": {"alpha": 0.5},
    "wpo": {},
    "dense_dpo": {"segment_len": 8},
    "tdpo1": {},
    "tdpo2": {},
    "mapo": {},
    "sparsepo": {"mask_mode": "common"},
    "sparsepo (independent)": {"mask_mode": "independent"},
    "kto": {},
    "bco": {},
    "apo_zero_unpaired": {},
    "rationale_dpo": {"rationale_term": "nll"},
}
STEPS = 80


def text(rng, count):
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(count))


def write(folder):
    """Pairs and single completions: an end token follows each completion."""
    rng = random.Random(3)
    with open(os.path.join(folder, "pairs.jsonl"), "w", encoding="utf-8") as pairs, open(
        os.path.join(folder, "rows.jsonl"), "w", encoding="utf-8"
    ) as rows:
        for _ in range(16):
            prompt = text(rng, 15) + "?"
            sides = [text(rng, 22) + "." for _ in range(2)]
            pair = {"prompt": prompt, "chosen": sides[0], "rejected": sides[1]}
            pair.update({"segment_labels": [1, -1, 1], "rationale": text(rng, 23)})
            pairs.write(json.dumps(pair) + "\n")
            for label, side in enumerate(sides):
                rows.write(json.dumps({"prompt": prompt, "completion": side, "label": bool(label)}) + "\n")


def seconds(name, folder):
    """Median seconds of a step."""
    objective = dict(OBJECTIVES[name], name=name.split(" ")[0], beta=0.1)
    unpaired = objective["name"] in ("kto", "bco", "apo_zero_unpaired")
    config = {
        "run": {"name": "run", "output": folder, "threads": 1},
        "model": {
            "kind": "causal_lm",
            "architecture": {
                "model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
            },
        },
        "data": {"train": os.path.join(folder, "rows.jsonl" if unpaired else "pairs.jsonl")},
        "objective": objective,
        "optimizer": {"learning_rate": 1e-4},
        "trainer": {
            "max_steps": STEPS, "num_train_epochs": 1000, "batch_size": 32 if unpaired else 16, "save_steps": 10**6,
            "report": False,
        },
    }
    path = os.path.join(folder, "config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    run = subprocess.run([PAIRWISE, "train", path, "--overwrite"], capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{name}: {run.stderr}")
    with open(os.path.join(folder, "run/metrics.jsonl"), encoding="utf-8") as file:
        ends = [json.loads(line)["seconds"] for line in file]
    return [b - a for a, b in zip(ends[10:], ends[11:])]


def main():
    names = sys.argv[1:] or list(OBJECTIVES)
    print("| objective | step ms | dpo ms | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        for name in names:
            own, dpo = [], []
            for _ in range(3):
                dpo += seconds("dpo", folder)
                own += seconds(name, folder)
            a, b = statistics.median(own), statistics.median(dpo)
            print(f"| {name} | {1000 * a:.2f} | {1000 * b:.2f} | {a / b:.3f} |", flush=True)


if __name__ == "__main__":
    main()
