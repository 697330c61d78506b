"""Runs Hone and TRL in turn on the same models and prints one table; scripts/bench-trl prepares what it needs.

For each size and thread count TRL runs once for each micro-batch, with a run of Hone after each. TRL's best setting is
compared with the median of Hone's runs. Seconds are medians over a run's optimizer steps without the first.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import sys

from bounded_run import ROOT, WORK, RunFailed, run_bounded

HERE = pathlib.Path(__file__).resolve().parent
PROMPTS = {"S": "prompts.jsonl", "M": "prompts.jsonl", "SmolLM2": "prompts-64.jsonl"}
NEW_TOKENS = {"S": 64, "M": 64, "SmolLM2": 96}
# hone_step.json's reward wants four characters exactly once, which 96 tokens of many characters hardly ever have: parity instead.
HONE_SETTINGS = {"S": {}, "M": {}, "SmolLM2": {
    "optim.max_tokens_per_micro_batch": 512,
    "rewards.functions": '[{"name": "regex", "pattern": "([^e5]*[e5][^e5]*[e5])*[^e5]*"}]'}}


def run_trl(size, threads, micro_batch, args):
    log = WORK / "logs" / f"trl-{size}-{threads}-{micro_batch}.log"
    peak = run_bounded([sys.executable, HERE / "trl_step.py", "--model", WORK / "models" / size,
                        "--prompts", WORK / PROMPTS[size], "--threads", str(threads), "--new-tokens", str(NEW_TOKENS[size]),
                        "--micro-batch", str(micro_batch), "--steps", str(args.steps), "--work-dir", WORK / "trl"],
                       log, args.limit)
    result = json.loads([line for line in log.read_text().splitlines() if line.startswith('{"engine"')][-1])
    return {"step_s": result["step_s"], "peak_rss_mib": peak, "micro_batch": micro_batch}


def run_hone(size, threads, args):
    out = WORK / "hone" / f"{size}-{threads}"
    shutil.rmtree(out, ignore_errors=True)
    settings = {"model.path": WORK / "models" / size, "data.train_file": WORK / PROMPTS[size], "run.output_dir": out,
                "run.max_steps": args.steps + 1, "sampling.max_completion_length": NEW_TOKENS[size], "threads": threads,
                **HONE_SETTINGS[size]}
    command = [args.hone, "train", HERE / "hone_step.json"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    peak = run_bounded(command, WORK / "logs" / f"hone-{size}-{threads}.log", args.limit)
    steps = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    seconds = [row["step_time"] for row in steps if "step_time" in row]
    if len(seconds) != args.steps + 1:
        raise RunFailed(f"{out}/metrics.jsonl has {len(seconds)} steps, not {args.steps + 1}")
    return {"step_s": statistics.median(seconds[1:]), "peak_rss_mib": peak}


def measure(size, threads, args):
    """All runs of one size and thread count, as rows of the results file."""
    rows = []

    def attempt(engine, run):
        try:
            row = {"engine": engine, "size": size, "threads": threads, **run()}
        except RunFailed as error:
            print(f"{engine} {size} {threads}: {error}", file=sys.stderr)
            return
        rows.append(row)
        print(f"  {json.dumps(row)}", file=sys.stderr, flush=True)

    for micro_batch in args.micro_batches:
        if "trl" in args.engines:
            attempt("trl", lambda: run_trl(size, threads, micro_batch, args))
        if "hone" in args.engines:
            attempt("hone", lambda: run_hone(size, threads, args))
    return rows


def table_line(size, threads, rows):
    hone = [r for r in rows if r["engine"] == "hone"]
    trl = min((r for r in rows if r["engine"] == "trl"), key=lambda r: r["step_s"], default=None)
    hone_s = statistics.median(r["step_s"] for r in hone) if hone else None
    hone_mib = max(r["peak_rss_mib"] for r in hone) if hone else None
    cells = [size, str(threads),
             f"{hone_s:.3f}" if hone else "-", f"{trl['step_s']:.3f}" if trl else "-",
             f"{trl['step_s'] / hone_s:.2f}" if hone and trl else "-",
             str(hone_mib) if hone else "-", str(trl["peak_rss_mib"]) if trl else "-",
             str(trl["micro_batch"]) if trl else "-"]
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-trl", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=tuple(PROMPTS), default=["S", "M"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--micro-batches", nargs="+", type=int, choices=(8, 16, 32, 64), default=[8, 16, 64],
                        help="TRL's per_device_train_batch_size; the rest is gradient accumulation")
    parser.add_argument("--engines", nargs="+", choices=("hone", "trl"), default=["hone", "trl"])
    parser.add_argument("--steps", type=int, default=4, help="timed steps of a run, after one that warms up")
    parser.add_argument("--limit", type=int, default=900, help="seconds after which a run is stopped")
    parser.add_argument("--hone", type=pathlib.Path, default=ROOT / "build/release/hone", help="program to time")
    args = parser.parse_args()
    if args.steps < 3:
        parser.error("--steps: the median needs at least 3")
    if "hone" in args.engines and not args.hone.exists():
        parser.error(f"{args.hone} does not exist: build preset release first, or give --engines trl")

    (WORK / "logs").mkdir(parents=True, exist_ok=True)
    lines, all_rows, expected = [], [], 0
    for size in args.sizes:
        for threads in args.threads:
            rows = measure(size, threads, args)
            expected += len(args.micro_batches) * len(args.engines)
            all_rows += rows
            lines.append(table_line(size, threads, rows))
    (WORK / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in all_rows))

    print("| model | threads | Hone s/step | TRL s/step | TRL / Hone | Hone peak MiB | TRL peak MiB | TRL micro-batch |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(lines))
    sys.exit(0 if len(all_rows) == expected else 1)


main()
