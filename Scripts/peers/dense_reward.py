#!/usr/bin/env python3
"""Times Bradley-Terry training of a dense reward model in PyTorch: the peer of `pairwise train` on features.

    pip install torch h5py
    python dense_reward.py                        # generated pairs, both shapes
    python dense_reward.py --data pairs.h5        # datasets `chosen` and `rejected`, [N, D] float32
    python dense_reward.py --compile              # the step through torch.compile as well

Two shapes: 384 -> 256 -> 1 on 100,000 pairs at batch 256 (pairs a second), and 16 -> 32 -> 1 at batch 32
(microseconds a step: overhead). With --data, the one whose width is the file's. AdamW and a shuffled epoch; data
in memory as tensors, so neither reading nor a DataLoader is timed. Both usual ways to score a pair are timed,
`model(chosen), model(rejected)` and one forward of the two concatenated, and both AdamW implementations; the
fastest combination counts. Threads: all cores unless --threads says otherwise. Warm-up is left out; each figure is
the median of --repeats runs, with the slowest and the fastest. One JSON line a figure on standard output.

Run it on an otherwise idle machine: PyTorch's threads wait for each other at every product, so one other busy
process can cost it a factor of ten, which would flatter whatever it is compared with.
"""

import argparse
import json
import os
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

# width, hidden units, pairs, batch, steps left out, steps timed (None: one epoch)
SHAPES = {
    384: (256, 100_000, 256, 20, None),
    16: (32, 20_000, 32, 200, 2_000),
}


def load(path):
    """`chosen` and `rejected` of an HDF5 file as tensors [N, D]."""
    import h5py

    with h5py.File(path, "r") as file:
        return tuple(torch.from_numpy(file[name][...]).float() for name in ("chosen", "rejected"))


def generate(pairs, width):
    """Pairs whose chosen side has the higher reward under a random linear one, up to Bradley-Terry noise."""
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, pairs, width, generator=generator)
    truth = torch.randn(width, generator=generator) / width**0.5
    first = torch.rand(pairs, generator=generator) < torch.sigmoid((a - b) @ truth)
    return torch.where(first[:, None], a, b), torch.where(first[:, None], b, a)


def make_step(model, chosen, rejected, concatenated, fused):
    """The function that trains on one batch of row numbers, written as one would for real."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=fused)

    def step(rows):
        c, r = chosen.index_select(0, rows), rejected.index_select(0, rows)
        if concatenated:
            score_c, score_r = model(torch.cat((c, r))).squeeze(-1).chunk(2)
        else:
            score_c, score_r = model(c).squeeze(-1), model(r).squeeze(-1)
        loss = -F.logsigmoid(score_c - score_r).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    return step


def batches(pairs, batch, generator):
    """Row numbers of whole batches, a new order each epoch, without end."""
    while True:
        yield from torch.randperm(pairs, generator=generator).split(batch)[: pairs // batch]


def seconds_a_step(step, pairs, batch, warm_up, steps):
    rows = batches(pairs, batch, torch.Generator().manual_seed(1))
    for _ in range(warm_up):
        step(next(rows))
    start = time.perf_counter()
    for _ in range(steps):
        step(next(rows))
    return (time.perf_counter() - start) / steps


def measure(chosen, rejected, compiled, repeats):
    """Times every combination `repeats` times, in turn, and prints a line for each, fastest last."""
    width = chosen.shape[1]
    hidden, _, batch, warm_up, steps = SHAPES.get(width, SHAPES[384])
    pairs = len(chosen)
    if pairs < batch:
        raise SystemExit(f"{pairs} pairs are fewer than a batch of {batch}")
    steps = steps or pairs // batch
    combinations = [(c, f) for c in (False, True) for f in (False, True)]
    times = {combination: [] for combination in combinations}
    for _ in range(repeats):
        for combination in combinations:
            torch.manual_seed(0)
            model = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, 1, bias=False))
            step = make_step(model, chosen, rejected, *combination)
            if compiled:
                torch.compiler.reset()  # else the ninth closure falls back to eager, silently slow
                step = torch.compile(step)
            times[combination].append(seconds_a_step(step, pairs, batch, warm_up, steps))
    for combination in sorted(combinations, key=lambda c: -statistics.median(times[c])):
        seconds = times[combination]
        middle = statistics.median(seconds)
        figures = {
            "shape": f"{width}-{hidden}-1",
            "batch": batch,
            "pairs": pairs,
            "forward": "concatenated" if combination[0] else "two",
            "adamw": "fused" if combination[1] else "foreach",
            "compiled": compiled,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "pairs_per_second": round(batch / middle),
            "microseconds_per_step": round(middle * 1e6, 1),
            "slowest_fastest_us": [round(max(seconds) * 1e6, 1), round(min(seconds) * 1e6, 1)],
            "repeats": repeats,
        }
        print(json.dumps(figures), flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="HDF5 file with chosen and rejected, [N, D]")
    parser.add_argument("--compile", action="store_true", help="time torch.compile too")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.data:
        data = [load(arguments.data)]
    else:
        data = [generate(shape[1], width) for width, shape in SHAPES.items()]
    for chosen, rejected in data:
        measure(chosen, rejected, False, arguments.repeats)
        if arguments.compile:
            measure(chosen, rejected, True, arguments.repeats)


if __name__ == "__main__":
    main()
