#!/usr/bin/env python3
"""How far fixed rules get on the SVAMP split: the yardstick for a trained model.

A rule takes the numbers of a problem in order and does the same with them every time. Prints each rule's accuracy on the held-out
problems, over all and by type, best first. Standard library only.
"""
import json
import pathlib
import re

NUMBER = re.compile(r"\d+(?:\.\d+)?")
RULES = {
    "|last two numbers|": lambda n: abs(n[-1] - n[-2]),
    "|first - second|": lambda n: abs(n[0] - n[1]),
    "largest - smallest": lambda n: max(n) - min(n),
    "first - second": lambda n: n[0] - n[1],
    "first + second": lambda n: n[0] + n[1],
    "last two: sum": lambda n: n[-2] + n[-1],
    "all: sum": sum,
    "first x second": lambda n: n[0] * n[1],
    "last two: product": lambda n: n[-2] * n[-1],
    "larger / smaller of the last two": lambda n: max(n[-2:]) / max(1e-9, min(n[-2:])),
}


def main() -> None:
    data = pathlib.Path(__file__).with_name("data") / "svamp_test.jsonl"
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    types = sorted({row["task"] for row in rows})
    results = []
    for name, rule in RULES.items():
        right = {kind: 0 for kind in types}
        for row in rows:
            question = row["prompt"].split("<|im_start|>user\n")[1].split("<|im_end|>")[0]
            numbers = [float(text) for text in NUMBER.findall(question)]
            if len(numbers) >= 2 and abs(rule(numbers) - float(row["reference"])) < 1e-3:
                right[row["task"]] += 1
        results.append((sum(right.values()), name, right))
    for total, name, right in sorted(results, key=lambda r: -r[0]):
        parts = ", ".join(f"{kind} {right[kind]}/{sum(row['task'] == kind for row in rows)}" for kind in types)
        print(f"{100 * total / len(rows):5.1f} %  {name:34} {parts}")


main()
