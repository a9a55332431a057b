#!/usr/bin/env python3
"""Writes a GGUF file of random blocks in each format, and what the gguf package makes of them.

    .build/oracle/bin/python Scripts/oracle/dequantize.py OUTPUT_FOLDER

`blocks.gguf` has one tensor a format, named after it; `expected.safetensors` the same tensors in float32 by
gguf.quants.dequantize. Scales are finite, so that every number can be compared.
"""

import os
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf.quants import dequantize
from safetensors.numpy import save_file

# format: bytes at which half-precision scales stand in a block
FORMATS = {
    Type.F16: [0],
    Type.BF16: [],
    Type.Q4_0: [0],
    Type.Q4_1: [0, 2],
    Type.Q5_0: [0],
    Type.Q5_1: [0, 2],
    Type.Q8_0: [0],
    Type.Q4_K: [0, 2],
    Type.Q6_K: [208],
}
ROWS = 64


def main():
    folder = sys.argv[1]
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(os.path.join(folder, "blocks.gguf"), "llama")
    expected = {}
    for kind, halves in FORMATS.items():
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = 1024 // elements
        data = random.integers(0, 256, (ROWS, blocks, size), dtype=np.uint8)
        for at in halves:
            # Exponent below 31: no infinity, no NaN.
            data[:, :, at + 1] &= 0xBF
        if kind == Type.BF16:
            data[:, :, 1] &= 0xBF
        data = data.reshape(ROWS, blocks * size)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = np.ascontiguousarray(dequantize(data, kind).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, os.path.join(folder, "expected.safetensors"))


if __name__ == "__main__":
    main()
