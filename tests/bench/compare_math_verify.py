"""Hone and Math-Verify on the same cases: equal pairs accepted, unequal pairs accepted, pairs a second on one core.

Usage: compare_math_verify.py HONE CASES.jsonl (scripts/bench-math-verify calls it). Math-Verify runs as in its own tests: both
sides are parsed with its LaTeX and expression extraction, bare answers also in $...$ when they hold LaTeX.
"""

import json
import logging
import subprocess
import sys
import time

from math_verify import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig, parse, verify

LATEX, PLAIN, LETTERS = LatexExtractionConfig(), ExprExtractionConfig(), StringExtractionConfig(strings=("A", "B", "C", "D", "E"))
TARGETS = {"text_expr": (PLAIN,), "text_latex": (LATEX,), "text_latex_expr": (LATEX, PLAIN), "mcq": (LETTERS,)}


def as_formula(text):
    """A bare answer as Math-Verify wants it: LaTeX needs delimiters."""
    return text if "$" in text or "\\boxed" in text else f"${text}$"


def math_verify_accepts(case):
    targets = TARGETS.get(case["mode"], (LATEX, PLAIN))
    gold, pred = case["gold"], case["pred"]
    if case["mode"] in ("answer", "response"):
        gold = as_formula(gold)
    if case["mode"] == "answer":
        pred = as_formula(pred)
    return bool(verify(parse(gold, extraction_config=targets), parse(pred, extraction_config=targets)))


def run_math_verify(cases):
    verdicts, times = [], []
    for case in cases:
        begin = time.perf_counter()
        verdicts.append(math_verify_accepts(case))
        times.append(time.perf_counter() - begin)
    return verdicts, sum(times), max(times)


def run_hone(hone, path, repeat=20):
    """Whole process, JSON and start included; the file is read `repeat` times so that the start does not count."""
    lines = open(path, encoding="utf-8").read().rstrip("\n") + "\n"
    begin = time.perf_counter()
    out = subprocess.run([hone, "score", "math", "-"], input=lines * repeat, capture_output=True, text=True, check=True).stdout
    seconds = (time.perf_counter() - begin) / repeat
    count = lines.count("\n")
    return [json.loads(line)["score"] == 1.0 for line in out.splitlines()[:count]], seconds, None


def main():
    hone, path = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    cases = [json.loads(line) for line in open(path, encoding="utf-8")]
    math_verify_accepts(cases[0])  # imports and caches
    results = {"Hone": run_hone(hone, path), "Math-Verify": run_math_verify(cases)}
    print(f"{'':14}{'tier':8}{'equal accepted':>18}{'unequal accepted':>20}{'pairs/s':>12}{'slowest':>12}")
    for name, (verdicts, seconds, slowest) in results.items():
        for tier in ("core", "hard", "policy"):
            rows = [(case["expected"], verdict) for case, verdict in zip(cases, verdicts) if case["tier"] == tier]
            equal = [verdict for expected, verdict in rows if expected]
            unequal = [verdict for expected, verdict in rows if not expected]
            speed = f"{len(cases) / seconds:12.0f}" if tier == "core" else " " * 12
            worst = f"{slowest * 1000:9.0f} ms" if tier == "core" and slowest else ""
            print(f"{name:14}{tier:8}{sum(equal):9} of {len(equal):5}{sum(unequal):11} of {len(unequal):5}{speed}{worst:>12}")


main()
