#!/usr/bin/env python3
"""Damages every kind of input at random and feeds it to the commands that read it: a documented exit code, at most one sentence
(configs: one for each problem), bounded memory, never a crash.

    damage.py [FILES] [SEED]    files of each kind, 150 by default
"""
import os
import pathlib
import random
import shutil
import sys
import tempfile

from common import ROOT, check, must, run, write_config

FILES = int(sys.argv[1]) if len(sys.argv) > 1 else 150
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
MEMORY = 200_000_000
SECONDS = 20
FIXTURE = ROOT / "../shared/fixtures/dense/features16_chunked_gzip.h5"


def damaged(good):
    """Some bits turned, a piece cut off, taken out, doubled, or overwritten with one byte or a large number."""
    data = bytearray(good)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        at, length = random.randrange(len(data)), random.choice([1, 2, 4, 8, 64, 512])
        kind = random.choice(["bit", "bit", "bit", "cut", "remove", "double", "fill", "number"])
        if kind == "bit":
            data[at] ^= 1 << random.randrange(8)
        elif kind == "cut":
            del data[at:]
        elif kind == "remove":
            del data[at:at + length]
        elif kind == "double":
            data[at:at] = data[at:at + length]
        elif kind == "fill":
            data[at:at + length] = bytes([random.choice([0, 0xFF, 0x30, 0x7B])]) * length
        else:
            data[at:at + 8] = random.choice([2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1]).to_bytes(8, "little")
        if not data:
            return b""
    return bytes(data)


def judge(result, what, codes, lines=1):
    check(result.code in codes, f"{what}: {result}")
    found = sum(line.startswith("error: ") for line in result.errors.splitlines())
    if lines is not None:
        check(found == (0 if result.code == 0 else lines), f"{what}: {found} sentences: {result}")
    check(result.peak_bytes < MEMORY, f"{what}: {result}")
    check(result.seconds < SECONDS, f"{what}: {result}")
    return result.code != 0


def config(path, data, model, **trainer):
    write_config(path, {
        "run": {"name": "run", "output": "runs"}, "model": model, "data": {"train": data},
        "objective": {"name": "bradley_terry"}, "optimizer": {"name": "adamw", "learning_rate": 0.01},
        "trainer": {"batch_size": 16, "max_steps": 4, "save_steps": 2, "report": False, **trainer},
    })


def main():
    random.seed(SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        must(["data", "synthesize", "--output", "pairs.h5", "--pairs", 600, "--features", 16, "--test-pairs", 20], folder)
        shutil.copy(ROOT / "Examples/pairs.jsonl", folder / "pairs.jsonl")
        must(["data", "import", "pairs.jsonl", "--output", "texts.h5"], folder)
        head = ",".join([f"chosen_{i}" for i in range(16)] + [f"rejected_{i}" for i in range(16)])
        rows = [",".join(f"{random.gauss(0, 1):.4f}" for _ in range(32)) for _ in range(50)]
        (folder / "pairs.csv").write_text("\n".join([head, *rows]) + "\n")
        text = {"kind": "text_hash", "bucket_bits": 8}
        features = {"kind": "features", "hidden_sizes": [4]}
        config(folder / "train.yaml", "pairs.h5", features)
        must(["train", "train.yaml"], folder)
        runs = folder / "runs/run"
        shutil.copytree(runs / "final", folder / "model")
        score = ["score", "--model", "model", "--input", "pairs.h5", "--output", "out.jsonl"]

        kinds = {"pairs.h5": features, "texts.h5": text, "pairs.jsonl": text, "pairs.csv": features}
        if FIXTURE.exists():
            shutil.copy(FIXTURE, folder / "gzip.h5")
            os.chmod(folder / "gzip.h5", 0o600)
            kinds["gzip.h5"] = features
        for source, model in kinds.items():
            good, bad = (folder / source).read_bytes(), f"bad.{source.rsplit('.')[-1]}"
            config(folder / "bad.yaml", bad, model)
            refused = 0
            for number in range(FILES):
                (folder / bad).write_bytes(damaged(good))
                for command in (["data", "inspect", bad], ["data", "validate", bad], ["train", "bad.yaml", "--overwrite"],
                                ["evaluate", "--model", "model", "--data", bad]):
                    if random.random() < 0.5:
                        result = run(command, folder)
                        refused += judge(result, f"{source} {number} (seed {SEED}), {command[0]} {command[1]}", (0, 65, 66, 80))
            print(f"{source}: {FILES} damaged, {refused} refusals")

        for source in ("model.safetensors", "config.json"):
            good, refused = (folder / "model" / source).read_bytes(), 0
            for number in range(FILES):
                (folder / "model" / source).write_bytes(damaged(good))
                refused += judge(run(score, folder), f"{source} {number} (seed {SEED})", (0, 65))
            (folder / "model" / source).write_bytes(good)
            print(f"{source}: {FILES} damaged, {refused} refusals")

        config(folder / "train.yaml", "pairs.h5", features)
        must(["train", "train.yaml", "--overwrite"], folder)
        shutil.copytree(runs, folder / "kept")
        names = [p.relative_to(runs) for p in runs.rglob("*") if p.is_file() and p.name != ".lock"]
        refused = 0
        for number in range(FILES):
            source = random.choice(names)
            shutil.rmtree(runs)
            shutil.copytree(folder / "kept", runs)
            (runs / source).write_bytes(damaged((runs / source).read_bytes()))
            result = run(["train", "train.yaml", "--resume"], folder)
            refused += judge(result, f"resuming with a damaged {source} {number} (seed {SEED})", (0, 65, 78), lines=None)
            if result.code == 0:
                same = (runs / "final/model.safetensors").read_bytes() == (folder / "kept/final/model.safetensors").read_bytes()
                check(same, f"resuming with a damaged {source} {number} (seed {SEED}): another model")
        print(f"run folder: {FILES} damaged, {refused} refusals")

        good, refused = (ROOT / "Configs/reward-features.yaml").read_bytes(), 0
        for number in range(FILES):
            (folder / "bad.yaml").write_bytes(damaged(good))
            result = run(["config", "check", "bad.yaml"], folder)
            refused += judge(result, f"config {number} (seed {SEED})", (0, 65, 78), lines=None)
            check(result.code == 0 or result.errors.startswith("error: "), f"config {number} (seed {SEED}): {result}")
        print(f"config: {FILES} damaged, {refused} refusals")


main()
