#!/usr/bin/env python3
"""Times a comparison of four losses on a tiny language model here and in TRL, in one go, and prints the ratio.

    make build && Scripts/oracle/setup.sh
    .build/oracle/bin/python Scripts/peers/compare_tiny.py [--steps 200]

The model is a Llama of two layers, width 64, over single bytes; 2,000 made-up pairs of 14 tokens a side, batch 32, four
losses (sigmoid, ipo, hinge, robust), each from the same start. Ours is one `pairwise compare`, from start to exit;
TRL's is the four `train()` calls alone, without imports and without making the trainers. Run it on an idle machine.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAIRWISE = os.path.join(ROOT, ".build/release/pairwise")

LOSSES = [("dpo", "sigmoid", 0.0), ("ipo", "ipo", 0.0), ("hinge", "hinge", 0.0), ("robust_dpo", "robust", 0.1)]
RATE, BETA = 1e-3, 0.1


def write_model(folder):
    """A Hugging Face folder with random weights and a tokenizer of single bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: place for place, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>")
    wrapped.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(wrapped), hidden_size=64, intermediate_size=172, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=64, eos_token_id=wrapped.eos_token_id,
        pad_token_id=wrapped.pad_token_id, bos_token_id=None, tie_word_embeddings=False,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def write_pairs(path, count):
    """The chosen completion goes on from the prompt's last letter, the rejected one is noise."""
    draw = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(count):
            prompt = "".join(draw.choices(letters, k=6))
            start = letters.index(prompt[-1])
            chosen = "".join(letters[(start + step) % 26] for step in range(1, 8))
            rejected = "".join(draw.choices(letters, k=7))
            file.write(json.dumps({"prompt": prompt, "chosen": chosen, "rejected": rejected}) + "\n")


def ours(folder, steps):
    """Seconds of one `pairwise compare`."""
    config = {
        "name": "tiny", "output": folder, "seeds": 1,
        "model": {"kind": "causal_lm", "path": os.path.join(folder, "model")},
        "data": {"train": os.path.join(folder, "pairs.jsonl"), "validation_fraction": 0.02},
        "objectives": [
            {"name": name, "beta": BETA, **({"label_smoothing": smoothing} if smoothing else {})}
            for name, _, smoothing in LOSSES
        ],
        "optimizer": {"name": "adamw", "learning_rate": RATE, "max_grad_norm": 1.0},
        "schedule": {"name": "constant"},
        "trainer": {"max_steps": steps, "batch_size": 32},
    }
    path = os.path.join(folder, "compare.yaml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    start = time.perf_counter()
    run = subprocess.run([PAIRWISE, "compare", path, "--overwrite"], capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stderr)
    return time.perf_counter() - start


def theirs(folder, steps):
    """Seconds of TRL's four runs."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    with open(os.path.join(folder, "pairs.jsonl"), encoding="utf-8") as file:
        rows = Dataset.from_list([json.loads(line) for line in file])
    model = os.path.join(folder, "model")
    total = 0.0
    for _, loss, smoothing in LOSSES:
        options = DPOConfig(
            output_dir=os.path.join(folder, "trl"), loss_type=[loss], label_smoothing=smoothing, beta=BETA,
            learning_rate=RATE, lr_scheduler_type="constant", per_device_train_batch_size=32, max_steps=steps,
            max_length=64, logging_steps=steps, save_strategy="no", report_to=[], use_cpu=True, bf16=False,
            gradient_checkpointing=False, disable_tqdm=True,
        )
        trainer = DPOTrainer(
            model=AutoModelForCausalLM.from_pretrained(model), ref_model=AutoModelForCausalLM.from_pretrained(model),
            args=options, train_dataset=rows, processing_class=AutoTokenizer.from_pretrained(model),
        )
        start = time.perf_counter()
        trainer.train()
        total += time.perf_counter() - start
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3, help="of ours; the median counts")
    option = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_model(os.path.join(folder, "model"))
        write_pairs(os.path.join(folder, "pairs.jsonl"), option.pairs)
        mine = sorted(ours(folder, option.steps) for _ in range(option.repeats))[option.repeats // 2]
        peer = theirs(folder, option.steps)
        mine = min(mine, ours(folder, option.steps))
    steps = len(LOSSES) * option.steps
    print(
        json.dumps(
            {
                "ours seconds": round(mine, 2), "TRL seconds": round(peer, 2), "ratio": round(peer / mine, 2),
                "ours ms a step": round(1000 * mine / steps, 2), "TRL ms a step": round(1000 * peer / steps, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
