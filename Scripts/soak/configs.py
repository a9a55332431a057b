#!/usr/bin/env python3
"""Runs 200 steps of every recipe in Configs whose data the project can make or has: all must end well and learn something.
Standard library only."""
import json
import pathlib
import subprocess
import tempfile

from common import PAIRWISE, ROOT, check, must, run


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        must(["data", "synthesize", "--output", "pairs.h5", "--pairs", 4000, "--features", 16, "--validation-pairs", 400,
              "--test-pairs", 0], folder)
        for path in sorted((ROOT / "Configs").glob("*.yaml")):
            checked = run(["config", "check", path], folder)
            check(checked.code == 0, f"{path.name}: {checked}")
            shown = subprocess.run([PAIRWISE, "config", "show", "--json", path], capture_output=True, check=True).stdout
            model = json.loads(shown)["model"]
            data = str(ROOT / "Examples/pairs.jsonl") if model["kind"] == "text_hash" else "pairs.h5"
            arguments = ["train", path, "--output", "runs", "--set", f"data.train={data}", "--set", "trainer.max_steps=200",
                         "--set", "run.name=smoke", "--overwrite"]
            if model.get("path"):
                arguments += ["--set", "model.path=null"]
            result = run(arguments, folder)
            check(result.code == 0, f"{path.name}: {result}")
            lines = [json.loads(line) for line in (folder / "runs/smoke/metrics.jsonl").read_text().splitlines()]
            losses = [line["loss"] for line in lines if "loss" in line]
            check(losses[-1] < losses[0], f"{path.name}: the loss did not fall, {losses[0]} to {losses[-1]}")
            print(f"{path.name}: loss {losses[0]:.3f} to {losses[-1]:.3f} in {result.seconds:.1f} s")


main()
