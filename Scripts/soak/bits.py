#!/usr/bin/env python3
"""Trains models large enough to be shared out over threads, and checks that neither their number nor the microbatch size nor the
evaluation batch changes a bit of the weights or the metrics. Standard library only."""
import pathlib
import tempfile

from common import ROOT, check, digest, metrics, must, write_config

MODELS = {
    "linear": ("pairs.h5", {"kind": "features"}),
    "mlp": ("pairs.h5", {"kind": "features", "hidden_sizes": [256, 65], "dropout": 0.1}),
    "tanh": ("pairs.h5", {"kind": "features", "hidden_sizes": [130], "activation": "tanh"}),
    "text": (str(ROOT / "Examples/pairs.jsonl"), {"kind": "text_hash"}),
    "text mlp": (str(ROOT / "Examples/pairs.jsonl"), {"kind": "text_hash", "hidden_sizes": [24], "dropout": 0.1}),
}
CUTS = [dict(), dict(threads=1), dict(threads=2), dict(threads=5), dict(micro=1, threads=2), dict(micro=3), dict(micro=7, threads=1),
        dict(micro=100, threads=3), dict(eval_batch_size=7), dict(micro=64, eval_batch_size=1)]


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        must(["data", "synthesize", "--output", "pairs.h5", "--pairs", 2000, "--features", 192, "--validation-pairs", 300,
              "--test-pairs", 0], folder)
        for model, (data, section) in MODELS.items():
            first = None
            for cut in CUTS:
                batch = 256 if data == "pairs.h5" else 100
                trainer = {"batch_size": batch, "microbatch_size": cut.get("micro"), "max_steps": 12, "eval_steps": 5,
                           "eval_batch_size": cut.get("eval_batch_size", 1024), "report": False}
                split = {} if data == "pairs.h5" else {"validation_fraction": 0.2}
                write_config(folder / "run.yaml", {
                    "run": {"name": "run", "output": "runs", "threads": cut.get("threads", 0)}, "model": section,
                    "data": {"train": data, **split}, "objective": {"name": "bradley_terry"},
                    "optimizer": {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.01}, "trainer": trainer,
                })
                must(["train", "run.yaml", "--overwrite"], folder)
                runs = folder / "runs/run"
                found = (digest(runs / "final/model.safetensors"), metrics(runs))
                first = first or found
                check(found[0] == first[0], f"{model}: other weights with {cut}")
                check(found[1] == first[1], f"{model}: other metrics with {cut}")
            print(f"{model}: the same bits {len(CUTS)} times")


main()
