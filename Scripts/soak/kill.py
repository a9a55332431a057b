#!/usr/bin/env python3
"""Kills training with SIGKILL at random moments and resumes it, until it ends in the bytes of a run left alone.

    kill.py [KILLS] [SEED]      50 kills of each recipe by default

Every other recipe writes a checkpoint at each step, so that about half of the kills fall into the writing of one. A run
is killed again while it resumes, up to three times.
"""
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

from common import ROOT, check, compare, must, run, start, wait, write_config

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 50
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1

FEATURES = {"kind": "features", "hidden_sizes": [32], "dropout": 0.1}
TEXT = {"kind": "text_hash", "hidden_sizes": [8], "bucket_bits": 12}
LANGUAGE = {"kind": "causal_lm", "architecture": {"model_type": "llama", "hidden_size": 32, "num_hidden_layers": 2}}
RECIPES = {
    "features": (FEATURES, "pairs.h5", dict(batch_size=32, max_steps=1500, save_steps=25, eval_steps=100)),
    "saving": (FEATURES, "pairs.h5", dict(batch_size=32, max_steps=120, save_steps=1, save_total_limit=2)),
    "text": (TEXT, str(ROOT / "Examples/pairs.jsonl"), dict(batch_size=16, max_steps=120, save_steps=4, eval_steps=40)),
    "language": (LANGUAGE, str(ROOT / "Examples/pairs.jsonl"), dict(batch_size=8, max_steps=60, save_steps=3, eval_steps=15)),
}
# Reference log-probs come before the first step and are cached: kills fall there, too.
OBJECTIVES = {"language": {"name": "dpo"}}


def config(folder, name, recipe):
    model, data, trainer = RECIPES[recipe]
    sections = {
        "run": {"name": name, "output": "runs", "seed": 5},
        "model": model,
        "data": {"train": data, **({"validation_fraction": 0.2} if data.endswith("jsonl") else {})},
        "objective": OBJECTIVES.get(recipe, {"name": "bradley_terry"}),
        "optimizer": {"name": "adamw", "learning_rate": 0.003, "weight_decay": 0.01},
        "schedule": {"name": "cosine", "warmup_ratio": 0.1},
        "trainer": {"report": False, **trainer},
    }
    write_config(folder / f"{name}.yaml", sections)
    return f"{name}.yaml"


def main():
    random.seed(SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        must(["data", "synthesize", "--output", "pairs.h5", "--pairs", 3000, "--features", 24, "--validation-pairs", 300,
              "--test-pairs", 0, "--seed", 3], folder)
        for recipe in RECIPES:
            plain = config(folder, f"{recipe}-plain", recipe)
            took = must(["train", plain], folder).seconds
            kills = in_checkpoint = nothing = 0
            while kills < KILLS:
                if random.random() < 0.5:  # then kills fall into imports, too
                    shutil.rmtree(folder / "runs/.cache", ignore_errors=True)
                path = config(folder, f"{recipe}-killed", recipe)
                runs = folder / "runs" / f"{recipe}-killed"
                flags = []
                for _ in range(random.randint(1, 3)):
                    process = start(["train", path, *flags], folder)
                    time.sleep(random.uniform(0, took))
                    os.kill(process.pid, signal.SIGKILL)
                    result = wait(process)
                    kills += result.code == -signal.SIGKILL
                    in_checkpoint += any(p.name.startswith(".tmp-") for p in runs.glob(".*"))
                    nothing += not any(runs.glob("checkpoint-*"))
                    flags = ["--resume"]
                result = run(["train", path, "--resume"], folder)
                check(result.code == 0, f"{recipe}, resuming: {result}")
                difference = compare(folder / "runs" / f"{recipe}-plain", runs)
                check(difference is None, f"{recipe}: {difference} differs after a kill (seed {SEED})")
                check(not any(p.name.startswith(".tmp-") for p in runs.glob(".*")), f"{recipe}: unfinished folders are left")
                shutil.rmtree(runs)
            print(f"{recipe}: {kills} kills, {in_checkpoint} inside a checkpoint, {nothing} before the first; same bytes")


main()
