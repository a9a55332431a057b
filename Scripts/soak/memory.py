#!/usr/bin/env python3
"""Trains on 2 million rows of 64 features, about 1 GB of HDF5: resident memory must stay under 300 MB. Then imports and trains
on a JSONL file of half a gigabyte, whose memory must not grow with the file. Standard library only.

    memory.py [ROWS]
"""
import pathlib
import shutil
import sys
import tempfile

from common import ROOT, check, must, skip, write_config

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
LIMIT = 300_000_000


def config(name, model, train, **trainer):
    return {
        "run": {"name": name, "output": "runs"},
        "model": model,
        "data": {"train": train},
        "objective": {"name": "bradley_terry"},
        "optimizer": {"name": "adamw", "learning_rate": 0.001},
        "trainer": {"report": False, **trainer},
    }


def main():
    with tempfile.TemporaryDirectory(dir=ROOT / ".build") as name:
        folder = pathlib.Path(name)
        if shutil.disk_usage(folder).free < 4 * ROWS * 512:
            skip("not enough room for the data")
        made = must(["data", "synthesize", "--output", "large.h5", "--pairs", ROWS, "--features", 64, "--validation-pairs",
                     2000, "--test-pairs", 0], folder)
        size = (folder / "large.h5").stat().st_size
        print(f"synthesis: {size / 1e9:.2f} GB in {made.seconds:.0f} s, peak {made.peak_bytes / 1e6:.0f} MB")
        check(made.peak_bytes < LIMIT, f"synthesis: {made}")
        write_config(folder / "large.yaml", config("large", {"kind": "features", "hidden_sizes": [64]}, "large.h5",
                                                   batch_size=512, num_train_epochs=1, save_steps=1000))
        trained = must(["train", "large.yaml"], folder)
        print(f"training: {ROWS / trained.seconds:,.0f} pairs a second, peak {trained.peak_bytes / 1e6:.0f} MB")
        check(trained.peak_bytes < LIMIT, f"training: {trained}")
        for command in (["data", "inspect", "large.h5"],
                        ["score", "--model", "runs/large/final", "--input", "large.h5", "--output", "scores.jsonl"]):
            result = must(command, folder)
            print(f"{command[0]}: {result.seconds:.0f} s, peak {result.peak_bytes / 1e6:.0f} MB")
            check(result.peak_bytes < LIMIT, f"{command[0]}: {result}")

        peaks = []
        for copies in (40, 400):
            lines = (ROOT / "Examples/pairs.jsonl").read_text().splitlines()
            with open(folder / "texts.jsonl", "w") as file:
                for copy in range(copies * 10):
                    file.writelines(line.replace('{"prompt": "', f'{{"prompt": "{copy} ', 1) + "\n" for line in lines)
            write_config(folder / "texts.yaml", config("texts", {"kind": "text_hash", "bucket_bits": 12}, "texts.jsonl",
                                                       batch_size=64, max_steps=50))
            result = must(["train", "texts.yaml", "--overwrite"], folder)
            peaks.append(result.peak_bytes)
            print(f"JSONL of {(folder / 'texts.jsonl').stat().st_size / 1e6:.0f} MB: {result.seconds:.0f} s, "
                  f"peak {result.peak_bytes / 1e6:.0f} MB")
        check(peaks[1] < peaks[0] + 100_000_000, "memory grows with the JSONL file")


main()
