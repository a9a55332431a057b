#!/usr/bin/env python3
"""Stops training with SIGTERM and SIGINT at random moments: the exit code says so, a checkpoint of the very step is there,
the message says what to do, and resuming gives the bytes of a run left alone. Standard library only."""
import os
import pathlib
import random
import shutil
import signal
import tempfile
import time

from common import check, compare, is_over, must, run, start, wait, write_config

CONFIG = {
    "run": {"name": "stopped", "output": "runs", "seed": 2},
    "model": {"kind": "features", "hidden_sizes": [64], "dropout": 0.1},
    "data": {"train": "pairs.h5"},
    "objective": {"name": "bradley_terry"},
    "optimizer": {"name": "adamw", "learning_rate": 0.003},
    "trainer": {"batch_size": 64, "max_steps": 3000, "eval_steps": 500, "save_steps": 3000, "report": False},
}


def main():
    random.seed(7)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        must(["data", "synthesize", "--output", "pairs.h5", "--pairs", 5000, "--features", 64, "--validation-pairs", 500,
              "--test-pairs", 0], folder)
        write_config(folder / "plain.yaml", {**CONFIG, "run": {**CONFIG["run"], "name": "plain"}})
        write_config(folder / "stopped.yaml", CONFIG)
        took = must(["train", "plain.yaml"], folder).seconds
        runs = folder / "runs/stopped"
        stops = 0
        for attempt in range(20):
            number = random.choice([signal.SIGTERM, signal.SIGINT])
            process = start(["train", "stopped.yaml"], folder)
            while not (runs / "metrics.jsonl").exists() and not is_over(process):
                time.sleep(0.001)
            time.sleep(random.uniform(0, 0.8 * took))
            os.kill(process.pid, number)
            result = wait(process)
            if result.code != 0:
                stops += 1
                check(result.code == 128 + number, f"{number.name}: {result}")
                check("--resume" in result.errors and "checkpoint-" in result.errors, f"{number.name}: {result}")
                check(any(runs.glob("checkpoint-*")), f"{number.name}: no checkpoint")
                result = run(["train", "stopped.yaml", "--resume"], folder)
                check(result.code == 0, f"resuming: {result}")
            for stop in runs.glob("checkpoint-*"):
                if stop.name != "checkpoint-003000":
                    shutil.rmtree(stop)
            difference = compare(folder / "runs/plain", runs)
            check(difference is None, f"attempt {attempt}: {difference} differs")
            shutil.rmtree(runs)
        check(stops > 0, "every run ended before its signal")
        print(f"signals: {stops} stops, same bytes after each")


main()
