"""Makes cases.json: runs of TRL's SFTTrainer on CPU in float32, step by step. Usage: python make_cases.py MODELS_DIR cases.json

Needs torch 2.13.0, transformers 5.x, trl 1.16.0 (pip). Rows are random token ids, tokenized already, so that no tokenizer takes part.
"""
import json
import random
import sys
import tempfile

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from torch.utils.data import SequentialSampler
from trl import SFTConfig, SFTTrainer

RUNS = [  # name, model, completion only, micro-batch, accumulation, optimizer
    ("completion_only", "llama_gqa", True, 2, 2, dict(learning_rate=1e-2, lr_scheduler_type="cosine_with_min_lr", warmup_steps=2,
                                                      lr_scheduler_kwargs={"min_lr_rate": 0.1}, weight_decay=0.1, adam_beta1=0.9, adam_beta2=0.98, max_grad_norm=1.0)),
    ("all_tokens", "qwen2_tied", False, 4, 1, dict(learning_rate=3e-3, lr_scheduler_type="linear", warmup_steps=0, weight_decay=0.01, adam_beta1=0.9,
                                                   adam_beta2=0.999, max_grad_norm=0.5)),
    ("qk_norm", "qwen3", True, 1, 4, dict(learning_rate=5e-3, lr_scheduler_type="constant", warmup_steps=0, weight_decay=0.0, adam_beta1=0.9,
                                          adam_beta2=0.95, max_grad_norm=1.0)),
]
STEPS = 6


class InOrder(SFTTrainer):
    def _get_train_sampler(self, *args, **kwargs):
        return SequentialSampler(self.train_dataset)


def run(models, name, model_name, completion_only, batch, accumulation, optimizer):
    rng = random.Random(name)
    model = AutoModelForCausalLM.from_pretrained(f"{models}/{model_name}", dtype=torch.float32, attn_implementation="eager")
    vocabulary = model.config.vocab_size
    rows = []
    for _ in range(batch * accumulation * STEPS):
        prompt, completion = rng.randint(1, 9), rng.randint(1, 12)
        ids = [rng.randrange(3, vocabulary) for _ in range(prompt + completion)]
        rows.append({"input_ids": ids, "completion_mask": [0] * prompt + [1] * completion})
    words = Tokenizer(WordLevel({str(i): i for i in range(vocabulary)}, unk_token="0"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="1", pad_token="2", unk_token="0")
    with tempfile.TemporaryDirectory() as folder:
        config = SFTConfig(output_dir=folder, max_steps=STEPS, per_device_train_batch_size=batch, gradient_accumulation_steps=accumulation,
                           completion_only_loss=completion_only, packing=False, max_length=None, logging_steps=1, save_strategy="no", report_to="none",
                           use_cpu=True, bf16=False, fp16=False, gradient_checkpointing=False, shuffle_dataset=False, adam_epsilon=1e-8,
                           dataloader_num_workers=0, loss_type="nll", optim="adamw_torch", **optimizer)
        trainer = InOrder(model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
        trainer.train()
        log = [entry for entry in trainer.state.log_history if "loss" in entry]
    keys = ("loss", "grad_norm", "learning_rate", "entropy", "mean_token_accuracy", "num_tokens", "epoch")
    parameters = []
    for parameter_name, p in model.named_parameters():
        flat = p.detach().double().flatten()
        places = sorted({0, len(flat) // 3, len(flat) // 2, len(flat) - 1})
        parameters.append({"name": parameter_name, "l2": flat.norm().item(), "samples": [[i, flat[i].item()] for i in places]})
    return {"name": name, "model": model_name, "completion_only": completion_only, "batch_size": batch * accumulation, "accumulation": accumulation, "optim": optimizer,
            "rows": rows, "steps": [{k: float(e[k]) for k in keys} for e in log], "parameters": parameters}


torch.manual_seed(0)
torch.set_num_threads(1)
with open(sys.argv[2], "w") as out:
    json.dump([run(sys.argv[1], *spec) for spec in RUNS], out)
