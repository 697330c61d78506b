#!/usr/bin/env bash
# One process, learner + 2 workers + reward server, and another number of threads: the same weights, completions and metrics,
# bit for bit; the learner's log-probabilities are the sampler's.
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
grep -q '"sampling/sampling_logp_difference/max":0[,}.]' "$WORK/one/metrics.jsonl" || fail "no exact log-probabilities in metrics.jsonl"
! grep '"sampling/sampling_logp_difference/max"' "$WORK/one/metrics.jsonl" | grep -vq '"sampling/sampling_logp_difference/max":0\(\.0\)\?[,}]' ||
  fail "the learner's log-probabilities differ from the sampler's"

train threads --set threads=3 || fail "run with three threads: $(cat "$WORK/threads.log")"
same_weights one threads

# Machines that differ agree on an instruction set that all of them have.
export HONE_SIMD=scalar
train plain --set run.max_steps=2 || fail "run without vector instructions: $(cat "$WORK/plain.log")"
serve rollout-worker "$SOURCE/examples/digit_completion/model" --threads 2
train plain-worker --set run.max_steps=2 --set rollout.workers="[\"$ADDRESS\"]" || fail "the same with a worker: $(cat "$WORK/plain-worker.log")"
same_weights plain plain-worker
echo "same bits in one process, in four, and with another number of threads"
