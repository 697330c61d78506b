"""Times optimizer steps of TRL's GRPOTrainer on CPU and prints one JSON line.

    trl_step.py --model DIR --prompts FILE --threads 2 --micro-batch 16 --steps 4

One step is 8 prompts x 8 samples: each prompt as it is, exactly --new-tokens new tokens, float32, AdamW, no reference model.
The first step warms up and is not counted. `step_s` is the median of the others, generation included.
"""

import argparse
import json
import os
import resource
import statistics
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True)
parser.add_argument("--prompts", required=True)
parser.add_argument("--threads", type=int, required=True)
parser.add_argument("--micro-batch", type=int, required=True, choices=(8, 16, 32, 64))
parser.add_argument("--new-tokens", type=int, default=64)
parser.add_argument("--steps", type=int, default=4, help="timed steps, after one that warms up")
parser.add_argument("--work-dir", default="build/bench/trl")
args = parser.parse_args()

os.environ.update(OMP_NUM_THREADS=str(args.threads), MKL_NUM_THREADS=str(args.threads), TOKENIZERS_PARALLELISM="false",
                  HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", CUDA_VISIBLE_DEVICES="")

import torch  # noqa: E402  (threads are set by the environment first)
import transformers  # noqa: E402
import trl  # noqa: E402
from datasets import Dataset  # noqa: E402

PROMPTS_PER_STEP, SAMPLES, NEW_TOKENS = 8, 8, args.new_tokens


class StepClock(transformers.TrainerCallback):
    """Seconds from the start of each optimizer step, where TRL generates, to its end."""

    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *unused_args, **unused_kwargs):
        self.start = time.perf_counter()

    def on_step_end(self, *unused_args, **unused_kwargs):
        self.seconds.append(time.perf_counter() - self.start)


completion_lengths = set()


def spread_reward(completion_ids, **_):
    """Share of even token ids: cheap, and different within every group."""
    completion_lengths.update(len(ids) for ids in completion_ids)
    return [sum(i % 2 == 0 for i in ids) / len(ids) for ids in completion_ids]


def main():
    torch.set_num_threads(args.threads)
    torch.set_num_interop_threads(1)
    transformers.utils.logging.set_verbosity_error()
    with open(args.prompts, encoding="utf-8") as file:
        rows = [{"prompt": json.loads(line)["prompt"]} for line in file]

    config = trl.GRPOConfig(
        output_dir=args.work_dir, max_steps=args.steps + 1, seed=1,
        per_device_train_batch_size=args.micro_batch,
        gradient_accumulation_steps=PROMPTS_PER_STEP * SAMPLES // args.micro_batch,
        num_generations=SAMPLES, max_completion_length=NEW_TOKENS,
        generation_kwargs={"min_new_tokens": NEW_TOKENS}, temperature=1.0, top_p=1.0, top_k=0,
        learning_rate=1e-5, lr_scheduler_type="constant", beta=0.0, loss_type="dapo",
        bf16=False, use_cpu=True, gradient_checkpointing=False,
        report_to="none", save_strategy="no", logging_steps=1000, disable_tqdm=True)
    model = transformers.AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(args.model, padding_side="left")
    clock = StepClock()
    trainer = trl.GRPOTrainer(model=model, args=config, reward_funcs=spread_reward, processing_class=tokenizer,
                              train_dataset=Dataset.from_list(rows), callbacks=[clock])
    trainer.train()

    assert completion_lengths == {NEW_TOKENS}, completion_lengths
    print(json.dumps({
        "engine": "trl", "threads": args.threads, "micro_batch": args.micro_batch,
        "step_s": round(statistics.median(clock.seconds[1:]), 4),
        "steps_s": [round(s, 4) for s in clock.seconds],
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "versions": {"trl": trl.__version__, "transformers": transformers.__version__, "torch": torch.__version__},
    }))


main()
