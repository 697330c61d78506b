#!/usr/bin/env python3
"""A reward function for Hone in Python: 1 where Math-Verify finds the answer equal to the reference, else 0.

Hone starts this program ({"name": "command", "argv": ["python3", "math_verify_reward.py"]}), writes one JSON object a line to its
standard input and reads one from its standard output.
"""
import json
import logging
import sys

from math_verify import parse, verify

# Its time limits use signals; Hone's timeout_s ends a script that hangs. It would warn of that at each call.
logging.getLogger("math_verify").setLevel(logging.ERROR)


def score(prompt, completion, reference):
    gold = parse(reference, parsing_timeout=None)
    if not gold:
        return {"skipped": "the reference cannot be parsed"}
    answer = parse(completion, parsing_timeout=None)
    return {"score": 1.0 if verify(gold, answer, timeout_seconds=None) else 0.0, "detail": str(answer[:1])}


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr  # what libraries print goes to Hone's log, not between the answers
    for line in sys.stdin:
        request = json.loads(line)
        scores = []
        for completion in request["completions"]:
            try:
                scores.append(score(request["prompt"], completion["text"], request["reference"]))
            except Exception as error:
                scores.append({"error": repr(error)})
        print(json.dumps({"id": request["id"], "scores": scores}), file=answers, flush=True)


if __name__ == "__main__":
    main()
