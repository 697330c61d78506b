#!/usr/bin/env bash
# Dynamic sampling, curriculum and a moving reference: in one process, with workers, and killed and resumed, the same bits.
. "$(dirname "$0")/lib.sh"
ARGS=(--set run.max_steps=6 --set checkpoint.every=2 --set dynamic_sampling.enabled=true --set dynamic_sampling.max_tries=3
      --set dynamic_sampling.max_mean=0.9 --set curriculum.enabled=true --set curriculum.pass_reward=0.2 --set curriculum.requeue_after=1
      --set curriculum.rest_after_pass=2 --set grpo.beta=0.01 --set grpo.sync_ref_model=true --set grpo.ref_model_sync_steps=3
      --set grpo.steps_per_generation=2 --set grpo.entropy_coef=0.001)
train whole "${ARGS[@]}" || fail "uninterrupted run: $(cat "$WORK/whole.log")"
grep -qE '"curriculum/requeued":[1-9]' "$WORK/whole/metrics.jsonl" || fail "no problem was queued again"
grep -qE '"dynamic_sampling/dropped_no_spread":[1-9]' "$WORK/whole/metrics.jsonl" || fail "no group was dropped"

serve rollout-worker "$SOURCE/examples/digit_completion/model" --threads 1
train remote "${ARGS[@]}" --set rollout.workers="[\"$ADDRESS\"]" || fail "distributed run: $(cat "$WORK/remote.log" "$WORK/servers.log")"
same_weights whole remote
same_metrics whole remote
cmp "$WORK/whole/completions.jsonl" "$WORK/remote/completions.jsonl" || fail "completions differ"

for at in 1 2 3 5; do  # killed, or stopped in the middle of a step, as soon as this step is reported
  signal=KILL
  case $at in 1 | 3) signal=TERM ;; esac
  mkfifo "$WORK/progress.$at"
  "$HONE" train "$CONFIG" "${SMALL[@]}" "${ARGS[@]}" --set run.output_dir="$WORK/killed" --resume 2>"$WORK/progress.$at" &
  pid=$!
  PIDS+=("$pid")
  while read -r line; do
    case "$line" in *"step $at/6"*) kill -$signal "$pid" || true ;; esac
  done <"$WORK/progress.$at"
  wait "$pid" 2>/dev/null && fail "the process was to be killed at step $at"
done
train killed "${ARGS[@]}" --resume || fail "last resume: $(cat "$WORK/killed.log")"
same_weights whole killed
same_metrics whole killed
cmp "$WORK/whole/completions.jsonl" "$WORK/killed/completions.jsonl" || fail "completions differ after resuming"
echo "dynamic sampling and curriculum: same bits everywhere"
