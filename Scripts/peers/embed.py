#!/usr/bin/env python3
"""Times text embedding with transformers: the peer of `pairwise embed`.

    Scripts/oracle/setup.sh && make models
    .build/oracle/bin/python Scripts/peers/embed.py --texts ../shared/data/hh-harmless.jsonl

MiniLM-L6 in float32, mean over tokens, L2-normalised. The texts are the rows' prompts and completions, each cut to
--max-length ids, tokenised beforehand and sorted by length, longest first, so that batches hold little padding: the
fast way to do it, as sentence-transformers does. Tokens are counted without padding.

One JSON line on standard output: tokens a second over all texts, peak memory (VmHWM), padding as a share of what was
computed, and the rate of torch's matrix products in the same process (800 rows times each weight of a layer).
--output writes the embeddings in the order of the texts (safetensors, `embeddings` [N, 384]).

Run it on an otherwise idle machine.
"""

import argparse
import json
import os
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from transformers import AutoModel, AutoTokenizer


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=".models/minilm")
    parser.add_argument("--texts", default="../shared/data/hh-harmless.jsonl")
    parser.add_argument("--columns", default="prompt,chosen,rejected")
    parser.add_argument("--rows", type=int, default=0, help="0: all")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--output")
    return parser.parse_args()


def peak_memory():
    """Bytes: the largest resident size so far."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def product_rate(model, rows=800, seconds=1.0):
    """FLOP a second of rows [800, in] times the weights of one layer."""
    weights = [p.detach() for p in model.encoder.layer[0].parameters() if p.dim() == 2]
    inputs = [torch.randn(rows, w.shape[1]) for w in weights]
    work = sum(2 * rows * w.numel() for w in weights)
    best = float("inf")
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        for x, w in zip(inputs, weights):
            x @ w.T
        best = min(best, time.perf_counter() - start)
    return work / best


def read(path, columns, limit):
    texts = []
    with open(path, encoding="utf-8") as file:
        for row, line in enumerate(file):
            if limit and row >= limit:
                break
            values = json.loads(line)
            texts += [values[column] for column in columns if column in values]
    return texts


@torch.inference_mode()
def embed(model, ids, batch, pad):
    """(embeddings [N, H] in the order of `ids`, padded positions computed)"""
    order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
    result = torch.empty(len(ids), model.config.hidden_size)
    computed = 0
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        width = len(ids[chosen[0]])
        computed += width * len(chosen)
        inputs = torch.full((len(chosen), width), pad)
        mask = torch.zeros(len(chosen), width, dtype=torch.long)
        for row, i in enumerate(chosen):
            inputs[row, : len(ids[i])] = torch.tensor(ids[i])
            mask[row, : len(ids[i])] = 1
        hidden = model(input_ids=inputs, attention_mask=mask).last_hidden_state
        weights = mask[:, :, None].to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        result[chosen] = torch.nn.functional.normalize(mean, dim=1)
    return result, computed


def main():
    option = options()
    if option.threads:
        torch.set_num_threads(option.threads)
    model = AutoModel.from_pretrained(option.model, dtype=torch.float32, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(option.model, local_files_only=True)
    texts = read(option.texts, option.columns.split(","), option.rows)
    ids = tokenizer(texts, truncation=True, max_length=option.max_length)["input_ids"]
    tokens = sum(map(len, ids))
    # Warm-up, left out.
    embed(model, ids[: option.batch], option.batch, tokenizer.pad_token_id)
    start = time.perf_counter()
    embeddings, computed = embed(model, ids, option.batch, tokenizer.pad_token_id)
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "peer": "transformers",
                "texts": len(texts),
                "tokens": tokens,
                "batch": option.batch,
                "max_length": option.max_length,
                "threads": torch.get_num_threads(),
                "seconds": round(seconds, 2),
                "tokens_per_second": round(tokens / seconds, 1),
                "padding": round(1 - tokens / computed, 4),
                "peak_memory_gb": round(peak_memory() / 1e9, 2),
                "product_gflops": round(product_rate(model) / 1e9, 1),
            }
        )
    )
    if option.output:
        from safetensors.torch import save_file

        save_file({"embeddings": embeddings}, option.output)


if __name__ == "__main__":
    main()
