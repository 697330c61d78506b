"""Runs Hone's generator and its peers in turn on the same random models and prints one table; scripts/bench-peers prepares what it needs.

Each round runs every engine once, in a process of its own: tokens a second of decoding batches of 1, 8 and 64 (32 prompt tokens, 64 new
ones each, sampled), of a batch of 64 without its prompts, and of a prompt of 384. The table has the medians over the rounds, the peak
memory of the process, and for Hone in parentheses the share of what the machine allows: the prompts multiplied at the measured matrix rate,
and each step in the time to read the weights once at the measured memory rate or to multiply them, whichever is longer. llama.cpp is timed
without sampling. Below stands by how many times Hone is faster than each peer.
"""

import argparse
import json
import pathlib
import platform
import statistics
import sys

from bounded_run import ROOT, WORK, RunFailed, run_bounded

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = ("1", "8", "64", "64-alone", "prefill")
PROMPT, NEW = 32, 64
PEERS = ("transformers", "ctranslate2", "llama.cpp")
BYTES = {"float32": 4, "bfloat16": 2, "int8": 1}


def matrix_parameters(size):
    c = json.loads((WORK / "models" / size / "config.json").read_text())
    hidden, head = c["hidden_size"], c["hidden_size"] // c["num_attention_heads"]
    attention = 2 * hidden * hidden + 2 * hidden * head * c["num_key_value_heads"]
    return c["num_hidden_layers"] * (attention + 3 * hidden * c["intermediate_size"]) + c["vocab_size"] * hidden


def log_path(*parts):
    return WORK / "logs" / ("-".join(str(p) for p in parts) + ".log")


def run_hone(size, threads, dtype, args):
    log = log_path("peers-hone", size, threads, dtype)
    peak = run_bounded([args.hone, "folder", WORK / "models" / size, str(threads), dtype], log, args.limit)
    rows = [line.split() for line in log.read_text().splitlines()]
    return {**{row[0]: float(row[3]) for row in rows if row and row[0] in COLUMNS}, "peak_rss_mib": peak}


def run_peer(engine, size, threads, dtype, args):
    log = log_path("peers", engine, size, threads, dtype)
    peak = run_bounded([sys.executable, HERE / "peer_engine.py", "--engine", engine, "--model", WORK / "models" / size,
                        "--threads", str(threads), "--dtype", dtype], log, args.limit)
    return {**json.loads(log.read_text().splitlines()[-1]), "peak_rss_mib": peak}


def limits(size, threads, dtype, args):
    """Tokens a second of each column that memory and arithmetic allow."""
    parameters = matrix_parameters(size)
    mib = max(1, round(parameters * BYTES[dtype] / 2**20))
    log = log_path("limits", size, threads, dtype)
    run_bounded([args.hone, "limits", str(mib), str(threads)], log, args.limit)
    values = {row[0]: float(row[1]) * 1e9 for row in (line.split() for line in log.read_text().splitlines()) if row[0] in ("read", "product")}
    read_s = parameters * BYTES[dtype] / values["read"]
    token_s = 2 * parameters / values["product"]
    allowed = {str(batch): batch * NEW / (batch * PROMPT * token_s + NEW * max(read_s, batch * token_s)) for batch in (1, 8, 64)}
    alone = {"64-alone": 64 / max(read_s, 64 * token_s)}
    return {**allowed, **alone, "prefill": 1 / token_s, "read": values["read"], "product": values["product"]}


def measure(size, threads, dtype, args):
    engines = {"Hone": lambda: run_hone(size, threads, dtype, args)}
    for peer in args.engines:
        if peer not in args.absent:
            engines[peer] = lambda peer=peer: run_peer(peer, size, threads, dtype, args)
    runs = {name: [] for name in engines}
    for _ in range(args.rounds):
        for name, run in list(engines.items()):
            try:
                runs[name].append(run())
                print(f"  {size} {threads} {dtype} {name}: {json.dumps(runs[name][-1])}", file=sys.stderr, flush=True)
            except RunFailed as error:
                print(f"{name} {size} {threads} {dtype}: {error}; left out", file=sys.stderr)
                del engines[name]
    medians = {}
    for name, rows in runs.items():
        if len(rows) == args.rounds:
            medians[name] = {key: statistics.median(row[key] for row in rows) for key in (*COLUMNS, "peak_rss_mib")}
    return medians


def table_lines(size, threads, dtype, medians, allowed):
    lines = []
    for name, row in medians.items():
        share = (lambda column: f" ({row[column] / allowed[column]:.0%})") if name == "Hone" else (lambda column: "")
        cells = [size, str(threads), dtype, name, *(f"{row[c]:,.0f}{share(c)}" for c in COLUMNS), f"{row['peak_rss_mib']:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def ratio_lines(size, threads, dtype, medians):
    if "Hone" not in medians:
        return []
    hone = medians["Hone"]
    return ["| " + " | ".join([size, str(threads), dtype, name, *(f"{hone[c] / row[c]:.2f}" for c in COLUMNS)]) + " |"
            for name, row in medians.items() if name != "Hone"]


def machine():
    names = [line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {len(names)} cores"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=("S", "M"), default=["S", "M"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--dtypes", nargs="+", choices=tuple(BYTES), default=["float32"], help="how the weights are stored")
    parser.add_argument("--engines", nargs="*", choices=PEERS, default=list(PEERS), help="peers to run beside Hone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=300, help="seconds after which a run is stopped")
    parser.add_argument("--absent", nargs="*", default=[], help="peers that could not be installed")
    parser.add_argument("--hone", type=pathlib.Path, default=ROOT / "build/release/bench_generator", help="program to time")
    args = parser.parse_args()
    if not args.hone.exists():
        parser.error(f"{args.hone} does not exist: ninja -C build/release bench_generator")
    (WORK / "logs").mkdir(parents=True, exist_ok=True)

    lines, ratios, rates = [], [], []
    for size in args.sizes:
        for threads in args.threads:
            for dtype in args.dtypes:
                allowed = limits(size, threads, dtype, args)
                rates.append(f"{size}, {threads} thread(s), {dtype}: reads {allowed['read'] / 1e9:.1f} GB/s, "
                             f"multiplies {allowed['product'] / 1e9:.0f} GFLOP/s")
                medians = measure(size, threads, dtype, args)
                lines += table_lines(size, threads, dtype, medians, allowed)
                ratios += ratio_lines(size, threads, dtype, medians)
    print(f"{machine()}; medians of {args.rounds} rounds\n")
    rates_heads = "batch 1 | 8 | 64 | 64 without prompts | prompt of 384"
    print(f"| model | threads | weights | engine, tok/s | {rates_heads} | peak MiB |")
    print("| --- " * 10 + "|")
    print("\n".join(lines) + "\n")
    if ratios:
        print(f"| model | threads | weights | Hone / | {rates_heads} |")
        print("| --- " * 9 + "|")
        print("\n".join(ratios) + "\n")
    print("\n".join(rates))


main()
