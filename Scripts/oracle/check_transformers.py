#!/usr/bin/env python3
"""Loads a model folder as transformers users do and says what it computes, for a test to compare.

    .build/oracle/bin/python Scripts/oracle/check_transformers.py FOLDER --ids '[[1, 5, 9], [4, 2]]'

What the folder is decides how it is loaded: an adapter with PEFT on its base model (--base, else as
adapter_config.json says), otherwise by the first of the config's architectures. A tensor that is missing or left
over is an error. Sequences are fed one at a time, or with --padded in one batch, padded on the right; results hold
the real positions only. Everything is float32 on one thread.

Standard output is one JSON object: `kind`, `class`, `vocab_size`, `pad_token_id`, and per sequence (`rows`)

    causal_lm   logps (n-1 numbers, nats), sum_logps, top: the five largest logits after the last token
    classifier  scores, one number a label
    encoder     mean over positions, unit: the same divided by its L2 norm

--generate N adds `generated` to the rows of a causal_lm: the N likeliest tokens that follow, one after the other, by
`generate`. --tensors FILE writes safetensors with `logits.I` [n, V] or `hidden.I` [n, H] of row I. --texts takes a JSON list of
texts and adds `texts`: their ids by AutoTokenizer, with special tokens. --chat takes a JSON list of conversations and
adds `chats`: text and ids of each under the chat template, without and with the prompt for an answer.
"""

import argparse
import json
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

KINDS = {"causal_lm": AutoModelForCausalLM, "classifier": AutoModelForSequenceClassification, "encoder": AutoModel}


def kind_of(folder):
    """Which Auto class the config's architecture belongs to."""
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        name = (json.load(file).get("architectures") or [""])[0]
    if name.endswith(("ForCausalLM", "LMHeadModel")):
        return "causal_lm"
    return "classifier" if name.endswith("ForSequenceClassification") else "encoder"


def load_plain(folder):
    kind = kind_of(folder)
    model, info = KINDS[kind].from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True, local_files_only=True
    )
    wrong = {key: sorted(map(str, value)) for key, value in info.items() if value}
    if wrong:
        sys.exit(f"{folder}: {json.dumps(wrong)}")
    return kind, model


def load_base(folder, task):
    """(kind, model) that an adapter stands on: as it is, or as a classifier whose head the adapter brings."""
    if task != "SEQ_CLS":
        return load_plain(folder)
    model, info = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=1, dtype=torch.float32, output_loading_info=True, local_files_only=True
    )
    wrong = {key: set(map(str, value)) - {"score.weight", "lm_head.weight"} for key, value in info.items()}
    if any(wrong.values()):
        sys.exit(f"{folder}: {wrong}")
    return "classifier", model


def load(folder, base):
    """(kind, model) of a model folder, or of an adapter on its base."""
    path = os.path.join(folder, "adapter_config.json")
    if not os.path.exists(path):
        return load_plain(folder)
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors import safe_open

    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    kind, model = load_base(base or config["base_model_name_or_path"], config["task_type"])
    adapted = PeftModel.from_pretrained(model, folder)
    with safe_open(os.path.join(folder, "adapter_model.safetensors"), "pt") as file:
        odd = set(file.keys()) ^ set(get_peft_model_state_dict(adapted))
    if odd:
        sys.exit(f"{folder}: missing or left over: {sorted(odd)}")
    return kind, adapted


def batches(ids, pad, padded):
    """[(row indices, input_ids, attention_mask)]"""
    if not padded:
        return [([i], torch.tensor([row]), torch.ones(1, len(row), dtype=torch.long)) for i, row in enumerate(ids)]
    width = max(map(len, ids))
    inputs = torch.full((len(ids), width), pad, dtype=torch.long)
    mask = torch.zeros(len(ids), width, dtype=torch.long)
    for i, row in enumerate(ids):
        inputs[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return [(list(range(len(ids))), inputs, mask)]


def describe(kind, row, output):
    """One sequence's result, and the tensor to store; `output` holds the real positions."""
    if kind == "classifier":
        return {"scores": output.tolist()}, None
    if kind == "encoder":
        mean = output.mean(0)
        return {"mean": mean.tolist(), "unit": (mean / mean.norm()).tolist()}, ("hidden", output)
    following = torch.tensor(row[1:], dtype=torch.long)
    logps = output.log_softmax(-1)[:-1].gather(1, following[:, None])[:, 0]
    values, places = output[-1].topk(min(5, output.shape[-1]))
    top = [{"id": i, "logit": v} for i, v in zip(places.tolist(), values.tolist())]
    return {"logps": logps.tolist(), "sum_logps": logps.sum().item(), "top": top}, ("logits", output)


@torch.no_grad()
def run(kind, model, ids, padded):
    rows, tensors = [None] * len(ids), {}
    pad = model.config.pad_token_id
    for indices, inputs, mask in batches(ids, 0 if pad is None else pad, padded):
        result = model(input_ids=inputs, attention_mask=mask)
        outputs = result.last_hidden_state if kind == "encoder" else result.logits
        for i, output in zip(indices, outputs):
            real = output if kind == "classifier" else output[: len(ids[i])]
            rows[i], stored = describe(kind, ids[i], real)
            if stored:
                tensors[f"{stored[0]}.{i}"] = stored[1].contiguous()
    return rows, tensors


@torch.no_grad()
def generate(model, row, count):
    """The likeliest tokens after a sequence, end tokens like any other."""
    model.generation_config.eos_token_id = None
    result = model.generate(torch.tensor([row]), do_sample=False, max_new_tokens=count)
    return result[0, len(row) :].tolist()


def chats(tokenizer, conversations):
    result = []
    for messages in conversations:
        for prompt in (False, True):
            text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            result.append({"add_generation_prompt": prompt, "text": text, "ids": ids})
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--base", help="the base model of an adapter")
    parser.add_argument("--ids", default="[]", help="token ids of each sequence, JSON, or @FILE")
    parser.add_argument("--padded", action="store_true")
    parser.add_argument("--generate", type=int, default=0)
    parser.add_argument("--tensors")
    parser.add_argument("--texts", help="JSON, or @FILE")
    parser.add_argument("--chat", help="JSON, or @FILE")
    options = parser.parse_args()

    def given(text):
        if text.startswith("@"):
            with open(text[1:], encoding="utf-8") as file:
                return json.load(file)
        return json.loads(text)

    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    answer = {}
    ids = given(options.ids)
    if ids:
        kind, model = load(options.folder, options.base)
        model.eval()
        rows, tensors = run(kind, model, ids, options.padded)
        if options.generate:
            for row, sequence in zip(rows, ids):
                row["generated"] = generate(model, sequence, options.generate)
        answer |= {
            "kind": kind,
            "class": type(model).__name__,
            "vocab_size": model.config.vocab_size,
            "pad_token_id": model.config.pad_token_id,
            "rows": rows,
        }
        if options.tensors:
            from safetensors.torch import save_file

            save_file(tensors, options.tensors)
    if options.texts or options.chat:
        tokenizer = AutoTokenizer.from_pretrained(options.folder, local_files_only=True)
        if options.texts:
            answer["texts"] = [tokenizer(text)["input_ids"] for text in given(options.texts)]
        if options.chat:
            answer["chats"] = chats(tokenizer, given(options.chat))
    json.dump(answer, sys.stdout)
    print()


if __name__ == "__main__":
    main()
