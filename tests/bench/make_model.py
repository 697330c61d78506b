"""Writes a random Qwen2-architecture checkpoint, a byte-level tokenizer and a prompt file for the TRL comparison.

    make_model.py --size S --out build/bench/models/S --prompts build/bench/prompts.jsonl

Prompts are 32 decimal digits and no merge of the tokenizer contains a digit, so each prompt is exactly 32 tokens.
The model names no end-of-text id: every completion runs to the length limit.
"""

import argparse
import json
import pathlib
import random

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

SIZES = {
    "S": dict(hidden_size=128, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
              intermediate_size=512, vocab_size=512),
    "M": dict(hidden_size=512, num_hidden_layers=8, num_attention_heads=8, num_key_value_heads=4,
              intermediate_size=1536, vocab_size=4096),
}
PROMPT_TOKENS = 32
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--prompts", type=pathlib.Path, required=True)
    args = parser.parse_args()

    torch.manual_seed(1)
    config = Qwen2Config(**SIZES[args.size], max_position_embeddings=512, tie_word_embeddings=True,
                         bos_token_id=None, eos_token_id=None, pad_token_id=None)
    model = Qwen2ForCausalLM(config).to(torch.float32)
    tokenizer = byte_level_tokenizer(config.vocab_size)
    assert len(tokenizer) == config.vocab_size
    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)

    digits = random.Random(1)
    rows = ["".join(digits.choices("0123456789", k=PROMPT_TOKENS)) for _ in range(PROMPT_COUNT)]
    assert all(len(tokenizer(row)["input_ids"]) == PROMPT_TOKENS for row in rows)
    args.prompts.write_text("".join(json.dumps({"prompt": row, "reference": row[0]}) + "\n" for row in rows))
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{args.out}: {parameters:,} parameters, {config.vocab_size} tokens")


if __name__ == "__main__":
    main()
