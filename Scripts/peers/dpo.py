#!/usr/bin/env python3
"""Times DPO with TRL: the peer of `pairwise train` on a language model.

    Scripts/oracle/setup.sh && make models && pairwise model convert .models/smollm2 .build/smollm2
    .build/oracle/bin/python Scripts/peers/dpo.py --model .build/smollm2 --pairs ../shared/data/hh-harmless.jsonl

TRL's DPOTrainer with sigmoid loss, beta 0.1, AdamW at a constant rate, on the first --steps * --batch pairs of the
file in file order, so that every program compared sees the same pairs. Gradient checkpointing, which TRL turns on by
default, is off: it saves memory this machine has, and costs time. --dtype bf16 is mixed precision as the trainer
does it (`bf16=True`: weights in float32, products in bfloat16); bf16-pure keeps the weights in bfloat16 as well.
--lora adapts all linear layers with rank 16; the reference is then the model without adapter.

One JSON line a step on standard output, then one for the run: pairs a second over all steps and by the median step,
peak memory of the process (VmHWM), and the rate of torch's matrix products of that type measured in the same process,
before and after: 800 rows times each weight matrix of a layer.

Run it on an otherwise idle machine.
"""

import argparse
import json
import os
import statistics
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from trl import DPOConfig, DPOTrainer


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=".build/smollm2", help="a Hugging Face folder")
    parser.add_argument("--pairs", default="../shared/data/hh-harmless.jsonl")
    parser.add_argument("--dtype", choices=["fp32", "bf16", "bf16-pure"], default="fp32")
    parser.add_argument("--lora", action="store_true")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--threads", type=int, default=0, help="0: as torch chooses")
    parser.add_argument("--learning-rate", type=float, default=1e-5)
    return parser.parse_args()


def peak_memory():
    """Bytes: the largest resident size so far."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def layer_shapes(model):
    """[out, in] of the weights of one layer."""
    return [p.shape for p in model.get_submodule("model.layers.0").parameters() if p.dim() == 2]


def product_rate(shapes, dtype, rows=800, seconds=1.0):
    """FLOP a second of rows [800, in] times matrices of these shapes."""
    weights = [torch.randn(shape).to(dtype) for shape in shapes]
    inputs = [torch.randn(rows, w.shape[1]).to(dtype) for w in weights]
    work = sum(2 * rows * w.numel() for w in weights)
    best = float("inf")
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        for x, w in zip(inputs, weights):
            x @ w.T
        best = min(best, time.perf_counter() - start)
    return work / best


class Clock(TrainerCallback):
    """Seconds and loss of every step."""

    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *_, **__):
        self.start = time.perf_counter()

    def on_step_end(self, args, state, control, **_):
        self.seconds.append(time.perf_counter() - self.start)

    def on_log(self, args, state, control, logs=None, **_):
        if logs and "loss" in logs:
            keys = ("loss", "grad_norm", "rewards/accuracies", "rewards/margins")
            line = {"step": state.global_step, "seconds": round(self.seconds[-1], 4)}
            print(json.dumps(line | {k: logs[k] for k in keys if k in logs}), flush=True)


def pairs(path, count):
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(line) for line, _ in zip(file, range(count))]
    return Dataset.from_list([{k: row[k] for k in ("prompt", "chosen", "rejected")} for row in rows])


def trainer(option, model, tokenizer, clock, folder):
    lora = None
    if option.lora:
        from peft import LoraConfig

        lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
    config = DPOConfig(
        output_dir=folder,
        beta=0.1,
        loss_type="sigmoid",
        per_device_train_batch_size=option.batch,
        max_steps=option.steps,
        max_length=option.max_length,
        learning_rate=option.learning_rate,
        lr_scheduler_type="constant",
        warmup_steps=0,
        max_grad_norm=1.0,
        gradient_checkpointing=False,
        bf16=option.dtype == "bf16",
        use_cpu=True,
        train_sampling_strategy="sequential",
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataset_num_proc=None,
        seed=0,
    )
    rows = pairs(option.pairs, option.steps * option.batch)
    return DPOTrainer(
        model=model, args=config, train_dataset=rows, processing_class=tokenizer, peft_config=lora, callbacks=[clock]
    )


def main():
    option = options()
    if option.threads:
        torch.set_num_threads(option.threads)
    weights = torch.bfloat16 if option.dtype == "bf16-pure" else torch.float32
    products = torch.float32 if option.dtype == "fp32" else torch.bfloat16
    model = AutoModelForCausalLM.from_pretrained(option.model, dtype=weights, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(option.model, local_files_only=True)
    shapes = layer_shapes(model)
    before = product_rate(shapes, products)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        run = trainer(option, model, tokenizer, clock, folder)
        run.remove_callback(PrinterCallback)
        start = time.perf_counter()
        run.train()
        seconds = time.perf_counter() - start
    after = product_rate(shapes, products)
    median = statistics.median(clock.seconds)
    print(
        json.dumps(
            {
                "peer": "TRL DPOTrainer",
                "dtype": option.dtype,
                "lora": option.lora,
                "threads": torch.get_num_threads(),
                "steps": len(clock.seconds),
                "batch": option.batch,
                "seconds": round(seconds, 2),
                "pairs_per_second": round(len(clock.seconds) * option.batch / sum(clock.seconds), 4),
                "pairs_per_second_median_step": round(option.batch / median, 4),
                "peak_memory_gb": round(peak_memory() / 1e9, 2),
                "product_gflops": [round(rate / 1e9, 1) for rate in (before, after)],
            }
        )
    )


if __name__ == "__main__":
    main()
