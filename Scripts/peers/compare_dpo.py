#!/usr/bin/env python3
"""Times DPO on SmolLM2 here and in TRL, in one go, and prints the ratios.

    make build && make models && Scripts/oracle/setup.sh
    .build/oracle/bin/python Scripts/peers/compare_dpo.py [--steps 6] [--only fp32 bf16 lora]

Both train on the same pairs (the first steps * batch of the file, in file order), batch 4, max_length 512. Pairs a
second are counted over all steps; ours twice: for the steps alone, and with the pass that computes the reference's
log-probs once, which TRL does within each step. Peak memory is that of the process. Run it on an idle machine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAIRWISE = os.path.join(ROOT, ".build/release/pairwise")


def ours(option, folder, lora):
    """Steps and memory of `pairwise train`."""
    rows = os.path.join(folder, "pairs.jsonl")
    config = {
        "run": {"name": "lora" if lora else "full", "output": folder},
        "model": {"kind": "causal_lm", "path": option.gguf},
        "data": {"train": rows, "max_length": 512},
        "objective": {"name": "dpo", "beta": 0.1},
        "optimizer": {"name": "adamw", "learning_rate": 1e-5, "max_grad_norm": 1.0},
        "schedule": {"name": "constant"},
        "trainer": {"max_steps": option.steps, "batch_size": 4, "shuffle": False, "save_steps": 10**6, "report": False},
    }
    if lora:
        config["model"]["lora"] = {"r": 16, "lora_alpha": 32}
    path = os.path.join(folder, "config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    plan = subprocess.run([PAIRWISE, "train", path, "--overwrite"], capture_output=True, text=True, check=False)
    if plan.returncode:
        sys.exit(plan.stderr)
    with open(os.path.join(folder, config["run"]["name"], "metrics.jsonl"), encoding="utf-8") as file:
        steps = [json.loads(line) for line in file]
    seconds = [step["seconds"] for step in steps]
    each = [b - a for a, b in zip([0.0] + seconds, seconds)]
    # The first step's clock starts when the session does: after the reference, which is timed apart.
    return {
        "seconds": seconds[-1],
        "each": each,
        "bytes": max(step["peak_memory_bytes"] for step in steps),
    }


def reference_seconds(option, folder):
    """Seconds of the log-probs of all pairs, through `score`, which is that very pass."""
    import time

    rows = os.path.join(folder, "pairs.jsonl")
    start = time.perf_counter()
    command = [PAIRWISE, "score", "--model", option.gguf, "--input", rows, "--output", os.path.join(folder, "s.jsonl")]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def theirs(option, folder, extra):
    """Steps and memory of TRL."""
    command = [sys.executable, os.path.join(HERE, "dpo.py"), "--model", option.model, "--steps", str(option.steps)]
    command += ["--pairs", os.path.join(folder, "pairs.jsonl")] + extra
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(result.stderr[-2000:])
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return lines[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", default=os.path.join(ROOT, ".models/smollm2"))
    parser.add_argument("--model", default=os.path.join(ROOT, ".build/smollm2"), help="the same, converted")
    parser.add_argument("--pairs", default=os.path.join(ROOT, "../shared/data/hh-harmless.jsonl"))
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--only", nargs="*", default=["fp32", "bf16", "lora"])
    option = parser.parse_args()
    if not os.path.exists(option.model):
        subprocess.run([PAIRWISE, "model", "convert", option.gguf, option.model], check=True)
    with tempfile.TemporaryDirectory() as folder:
        with open(option.pairs, encoding="utf-8") as source:
            rows = [line for line, _ in zip(source, range(4 * option.steps))]
        with open(os.path.join(folder, "pairs.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(rows)
        pairs = len(rows)
        reference = reference_seconds(option, folder)
        for kind in option.only:
            lora = kind == "lora"
            mine = ours(option, folder, lora)
            extra = {"fp32": [], "bf16": ["--dtype", "bf16"], "lora": ["--lora"]}[kind]
            peer = theirs(option, folder, extra)
            steps, whole = pairs / mine["seconds"], pairs / (mine["seconds"] + reference)
            print(
                json.dumps(
                    {
                        "kind": kind,
                        "ours pairs/s": round(steps, 3),
                        "with reference": round(whole, 3),
                        "TRL pairs/s": round(peer["pairs_per_second"], 3),
                        "ratio": round(steps / peer["pairs_per_second"], 2),
                        "ratio with reference": round(whole / peer["pairs_per_second"], 2),
                        "ours GiB": round(mine["bytes"] / 2**30, 2),
                        "TRL GiB": round(peer["peak_memory_gb"] * 1e9 / 2**30, 2),
                        "memory": round(mine["bytes"] / (peer["peak_memory_gb"] * 1e9), 3),
                        "TRL products GFLOP/s": peer["product_gflops"],
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
