"""Writes a model folder and a prompt file for the comparisons.

    make_model.py --size S --out build/bench/models/S --prompts build/bench/prompts.jsonl
    make_model.py --copy models/smollm2-135m-instruct --out build/bench/models/SmolLM2 --prompts build/bench/prompts-64.jsonl

S and M are random Qwen2-architecture checkpoints with a byte-level tokenizer, and prompts of 32 tokens; --copy links an existing model's
files, with prompts of 64. Prompts are decimal digits, each a token of its own in these tokenizers. The models name no end-of-text id:
every completion runs to the length limit.
"""

import argparse
import json
import pathlib
import random
import shutil

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

SIZES = {
    "S": dict(hidden_size=128, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
              intermediate_size=512, vocab_size=512),
    "M": dict(hidden_size=512, num_hidden_layers=8, num_attention_heads=8, num_key_value_heads=4,
              intermediate_size=1536, vocab_size=4096),
}
PROMPT_COUNT = 256


def byte_level_tokenizer(vocab_size):
    """256 bytes, merges of two printable characters, and the two special tokens at the end: all ids have a token."""
    vocab = {token: i for i, token in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    letters = [chr(c) for c in range(33, 127) if not chr(c).isdigit()]
    merges = []
    for pair in ((a, b) for a in letters for b in letters):
        if len(vocab) == vocab_size - 2:
            break
        merges.append(pair)
        vocab["".join(pair)] = len(vocab)
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>", pad_token="<|pad|>")


def make_random(size, out):
    torch.manual_seed(1)
    config = Qwen2Config(**SIZES[size], max_position_embeddings=512, tie_word_embeddings=True,
                         bos_token_id=None, eos_token_id=None, pad_token_id=None)
    model = Qwen2ForCausalLM(config).to(torch.float32)
    tokenizer = byte_level_tokenizer(config.vocab_size)
    assert len(tokenizer) == config.vocab_size
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    print(f"{out}: {sum(p.numel() for p in model.parameters()):,} parameters, {config.vocab_size} tokens")
    return tokenizer


def link_without_end(source, out):
    out.mkdir(parents=True, exist_ok=True)
    for file in source.glob("*.safetensors"):
        (out / file.name).symlink_to(file.resolve())
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(source / name, out / name)
    config = json.loads((source / "config.json").read_text())
    config["eos_token_id"] = None
    (out / "config.json").write_text(json.dumps(config, indent=2))
    return PreTrainedTokenizerFast(tokenizer_file=str(out / "tokenizer.json"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--size", choices=SIZES)
    what.add_argument("--copy", type=pathlib.Path, metavar="MODEL")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--prompts", type=pathlib.Path, required=True)
    args = parser.parse_args()

    tokenizer = make_random(args.size, args.out) if args.size else link_without_end(args.copy, args.out)
    length = 32 if args.size else 64
    digits = random.Random(1)
    rows = ["".join(digits.choices("0123456789", k=length)) for _ in range(PROMPT_COUNT)]
    assert all(len(tokenizer(row)["input_ids"]) == length for row in rows)
    args.prompts.write_text("".join(json.dumps({"prompt": row, "reference": row[0]}) + "\n" for row in rows))


if __name__ == "__main__":
    main()
