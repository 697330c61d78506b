"""Loads model folders that Hone wrote with transformers and compares log-probabilities: scripts/check-export FOLDER...

Token ids are drawn from the whole vocabulary with a fixed seed; `hone logprobs` and transformers score the same ids in float32. Prints the
largest difference of each folder; exit status 1 where one is above 1e-3 or the texts of the tokenizers differ.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
import transformers

TEXT = "A text of 12 words, with numbers 3.14 and 2024, and ünïcödé — 你好!\n\tEnd."


def random_ids(vocab, rows=4, length=48):
    draw = random.Random(1)
    return [[draw.randrange(vocab) for _ in range(length)] for _ in range(rows)]


def hone_lines(hone, command, folder, rows, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
    try:
        out = subprocess.run([hone, command, folder, file.name, *options], check=True, capture_output=True, text=True).stdout
    finally:
        pathlib.Path(file.name).unlink()
    return [json.loads(line) for line in out.splitlines()]


def check(hone, folder):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    rows = random_ids(model.config.vocab_size)
    ours = hone_lines(hone, "logprobs", folder, [{"input_ids": ids} for ids in rows])
    worst = 0.0
    for ids, row in zip(rows, ours):
        with torch.inference_mode():
            logits = model(torch.tensor([ids])).logits[0].double()
        theirs = torch.log_softmax(logits[:-1], -1).gather(1, torch.tensor(ids[1:]).unsqueeze(1)).squeeze(1)
        worst = max(worst, (theirs - torch.tensor(row["logprobs"], dtype=torch.double)).abs().max().item())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    same = hone_lines(hone, "tokenize", folder, [{"text": TEXT}])[0]["ids"] == tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    print(f"{folder}: {type(model).__name__}, largest difference of log-probabilities {worst:.1e}, token ids {'equal' if same else 'DIFFER'}")
    return worst < 1e-3 and same


def main():
    parser = argparse.ArgumentParser(prog="scripts/check-export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--hone", default="build/release/hone", help="program to compare with")
    args = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    sys.exit(0 if all([check(args.hone, folder) for folder in args.folders]) else 1)


main()
