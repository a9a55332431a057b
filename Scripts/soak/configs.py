#!/usr/bin/env python3
"""Runs 200 steps of every recipe in Configs whose data the project can make or has: all must end well and learn something.
Of pretrained models it makes two steps, where they are there. Standard library only."""
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
            if path.name.startswith("compare-"):
                continue
            checked = run(["config", "check", path], folder)
            check(checked.code == 0, f"{path.name}: {checked}")
            shown = subprocess.run([PAIRWISE, "config", "show", "--json", path], capture_output=True, check=True).stdout
            model = json.loads(shown)["model"]
            data = "pairs.h5" if model["kind"] == "features" else str(ROOT / "Examples/pairs.jsonl")
            arguments = ["train", path, "--output", "runs", "--overwrite"]
            settings = [f"data.train={data}", "run.name=smoke"]
            pretrained = model.get("path") if model["kind"] in ("causal_lm", "encoder") else None
            if pretrained and not (path.parent / pretrained).exists():
                print(f"{path.name}: skipped, no {pretrained} (make models)")
                continue
            if pretrained:  # a whole run would take hours: two steps show that it starts, steps and ends
                settings += ["trainer.max_steps=2", "data.max_rows=12", "trainer.batch_size=4", "trainer.microbatch_size=null"]
            else:
                settings += ["trainer.max_steps=200"] + (["model.path=null"] if model.get("path") else [])
            result = run(arguments + [word for setting in settings for word in ("--set", setting)], folder)
            check(result.code == 0, f"{path.name}: {result}")
            lines = [json.loads(line) for line in (folder / "runs/smoke/metrics.jsonl").read_text().splitlines()]
            losses = [line["loss"] for line in lines if "loss" in line]
            check(pretrained or losses[-1] < losses[0], f"{path.name}: the loss did not fall, {losses[0]} to {losses[-1]}")
            print(f"{path.name}: loss {losses[0]:.3f} to {losses[-1]:.3f} in {result.seconds:.1f} s")


main()
