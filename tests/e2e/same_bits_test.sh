#!/usr/bin/env bash
# One process, and learner + 2 workers + reward server: the same weights, completions and metrics, bit for bit.
. "$(dirname "$0")/lib.sh"
train one || fail "in-process run: $(cat "$WORK/one.log")"
serve rollout-worker "$SOURCE/examples/digit_completion/model" --threads 1
first=$ADDRESS
serve rollout-worker "$SOURCE/examples/digit_completion/model" --threads 2 --max-batch-rows 5
second=$ADDRESS
serve reward-server "$CONFIG"
train many --set rollout.workers="[\"$first\",\"$second\"]" --set rewards.server="[\"$ADDRESS\"]" ||
  fail "distributed run: $(cat "$WORK/many.log" "$WORK/servers.log")"
same_weights one many
same_metrics one many
cmp "$WORK/one/completions.jsonl" "$WORK/many/completions.jsonl" || fail "completions differ"
[ "$(grep -c '"step":5' "$WORK/one/metrics.jsonl")" = 2 ] || fail "a training and an evaluation line were expected for step 5"
echo "same bits in one process and in four"
