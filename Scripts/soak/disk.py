#!/usr/bin/env python3
"""Fills the disk under a run: exit 74, the last good checkpoint is whole, the message says what to do, and after making room
the run ends in the bytes of one left alone. Needs to mount a tmpfs (root); says so and passes where it may not.
Standard library only."""
import ctypes
import os
import pathlib
import random
import shutil
import tempfile

from common import ROOT, check, compare, must, run, skip, write_config

LIBC = ctypes.CDLL(None, use_errno=True)
CONFIG = {
    "model": {"kind": "features", "hidden_sizes": [128], "dropout": 0.1},
    "data": {"train": "pairs.h5"},
    "objective": {"name": "bradley_terry"},
    "optimizer": {"name": "adamw", "learning_rate": 0.003},
    "trainer": {"batch_size": 32, "max_steps": 400, "eval_steps": 100, "save_steps": 10, "report": False},
}


def mount(folder, size):
    if LIBC.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode()) != 0:
        skip(f"mounting a tmpfs is not permitted here ({os.strerror(ctypes.get_errno())})")


def free_bytes(folder):
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def train(folder, name, output, *flags):
    write_config(folder / f"{name}.yaml", {**CONFIG, "run": {"name": name, "output": output, "seed": 4}})
    return run(["train", f"{name}.yaml", *flags], folder)


def main():
    random.seed(3)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        must(["data", "synthesize", "--output", "pairs.h5", "--pairs", 3000, "--features", 32, "--validation-pairs", 300,
              "--test-pairs", 0], folder)
        plain = train(folder, "plain", "runs")
        check(plain.code == 0, f"{plain}")
        small = folder / "small"
        small.mkdir()
        mount(small, "8m")
        try:
            full = 0
            for attempt in range(12):
                # What else is on the disk leaves room for some checkpoints, or for none.
                ballast = small / "ballast"
                room = random.randint(60_000, 4_000_000)
                ballast.write_bytes(b"\0" * max(0, free_bytes(small) - room))
                result = train(folder, "full", str(small))
                runs = small / "full"
                check(result.code in (0, 74), f"attempt {attempt}: {result}")
                if result.code == 74:
                    full += 1
                    check(result.errors.count("error: ") == 1, f"attempt {attempt}: {result}")
                    if any(runs.glob("checkpoint-*")):
                        check("--resume" in result.errors, f"attempt {attempt}: {result}")
                    check(not any(runs.glob(".tmp-*")), f"attempt {attempt}: unfinished files are left")
                    for path in runs.glob("checkpoint-*"):
                        check((path / "manifest.json").exists(), f"attempt {attempt}: {path.name} has no manifest")
                    ballast.unlink()
                    result = train(folder, "full", str(small), "--resume")
                    check(result.code == 0, f"attempt {attempt}, with room again: {result}")
                    check("not usable" not in result.errors, f"attempt {attempt}: {result}")
                difference = compare(folder / "runs/plain", runs)
                check(difference is None, f"attempt {attempt}: {difference} differs")
                shutil.rmtree(runs)
                ballast.unlink(missing_ok=True)
            check(full > 0, "the disk was never full")
            full = 0
            for room in (30_000, 60_000, 120_000, 400_000):
                (small / "ballast").write_bytes(b"\0" * max(0, free_bytes(small) - room))
                for arguments in (["data", "import", ROOT / "Examples/pairs.jsonl", "--output", small / "out.h5"],
                                  ["data", "synthesize", "--output", small / "out.h5", "--pairs", 2000],
                                  ["score", "--model", folder / "runs/plain/final", "--input", "pairs.h5", "--output",
                                   small / "out.jsonl"]):
                    result = run(arguments, folder)
                    check(result.code in (0, 73, 74), f"{arguments[0]} with {room} bytes: {result}")
                    check(result.errors.count("error: ") == (result.code != 0), f"{arguments[0]}: {result}")
                    left = [p.name for p in small.iterdir() if p.name != "ballast"]
                    check(len(left) == (result.code == 0), f"{arguments[0]} with {room} bytes left {left}: {result}")
                    full += result.code != 0
                    for name in left:
                        (small / name).unlink()
                (small / "ballast").unlink()
            check(full > 0, "the disk was never full")
            print(f"disk: full {full} times of 12, same bytes after making room")
        finally:
            LIBC.umount(os.fsencode(small))


main()
