# A reward command that does what the completion says, the bad things too.
import json
import os
import sys
import time

for line in sys.stdin:
    request = json.loads(line)
    scores = []
    for completion in request["completions"]:
        text = completion["text"]
        if text == "crash":
            os.abort()
        if text == "hang":
            time.sleep(1000)
        if text == "garbage":
            print("this is not JSON")
        if text == "wrong id":
            request["id"] += 1
        if text == "batch error":
            request["error"] = "the whole batch"
        replies = {
            "right": 1, "wrong": 0.0, "true": True, "null": None,
            "object": {"score": 0.25, "detail": "a quarter"}, "skipped": {"skipped": "not mine"}, "error": {"error": "broken"},
            "text": "one", "nan": float("nan"), "empty": {}, "size": len(request["completions"]),
            "tokens": completion["tokens"], "finish": {"score": 0, "detail": completion["finish_reason"]},
            "problem": {"score": 0, "detail": "|".join([request["problem_id"], request["task"], request["prompt"],
                                                        request["reference"], json.dumps(request["metadata"])])},
        }
        if text != "missing":
            scores.append(replies.get(text, {"score": 0.5, "detail": "echo " + text}))
    print(json.dumps({"id": request["id"], "scores": scores, **({"error": request["error"]} if "error" in request else {})}), flush=True)
