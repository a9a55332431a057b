#!/usr/bin/env python3
"""Trains models large enough to be shared out over threads, and checks that neither their number nor the microbatch size nor the
evaluation batch nor the memory for activations changes a bit of the weights or the metrics. Standard library only."""
import pathlib
import tempfile

from common import ROOT, check, digest, metrics, must, write_config


def language(model_type, **shape):
    return {"kind": "causal_lm", "architecture": {"model_type": model_type, "hidden_size": 64, **shape}}


MODELS = {
    "linear": ("pairs.h5", {"kind": "features"}),
    "mlp": ("pairs.h5", {"kind": "features", "hidden_sizes": [256, 65], "dropout": 0.1}),
    "tanh": ("pairs.h5", {"kind": "features", "hidden_sizes": [130], "activation": "tanh"}),
    "text": (str(ROOT / "Examples/pairs.jsonl"), {"kind": "text_hash"}),
    "text mlp": (str(ROOT / "Examples/pairs.jsonl"), {"kind": "text_hash", "hidden_sizes": [24], "dropout": 0.1}),
    # Tied embeddings get gradients from both ends, in an order that microbatches change: not among these.
    "llama, dpo": (str(ROOT / "Examples/pairs.jsonl"), language("llama", tie_word_embeddings=False)),
    "gpt2, sft": (str(ROOT / "Examples/pairs.jsonl"), language("gpt2", tie_word_embeddings=False)),
    "qwen2, reward": (str(ROOT / "Examples/pairs.jsonl"), language("qwen2", num_key_value_heads=2)),
}
OBJECTIVES = {"llama, dpo": {"name": "dpo"}, "gpt2, sft": {"name": "sft", "nll_reduction": "token_mean"}}
CUTS = [dict(), dict(threads=1), dict(threads=2), dict(threads=5), dict(micro=1, threads=2), dict(micro=3), dict(micro=7, threads=1),
        dict(micro=100, threads=3), dict(eval_batch_size=7), dict(micro=64, eval_batch_size=1),
        dict(memory=1), dict(memory=1, micro=5, threads=1)]


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
                if section["kind"] == "causal_lm":
                    trainer |= {"batch_size": 24, "activation_memory": cut.get("memory")}
                    if trainer["microbatch_size"]:
                        trainer["microbatch_size"] = min(24, trainer["microbatch_size"])
                elif "memory" in cut:
                    continue
                write_config(folder / "run.yaml", {
                    "run": {"name": "run", "output": "runs", "threads": cut.get("threads", 0)}, "model": section,
                    "data": {"train": data, **split}, "objective": OBJECTIVES.get(model, {"name": "bradley_terry"}),
                    "optimizer": {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.01}, "trainer": trainer,
                })
                must(["train", "run.yaml", "--overwrite"], folder)
                runs = folder / "runs/run"
                found = (digest(runs / "final/model.safetensors"), metrics(runs))
                first = first or found
                check(found[0] == first[0], f"{model}: other weights with {cut}")
                check(found[1] == first[1], f"{model}: other metrics with {cut}")
            print(f"{model}: the same bits with every cut")


main()
