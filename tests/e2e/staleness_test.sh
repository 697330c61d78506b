#!/usr/bin/env bash
# Generation ahead of learning: the same bits in one process, with workers, and killed or stopped and resumed; what is ahead is as far as it may be.
. "$(dirname "$0")/lib.sh"
ARGS=(--set run.max_steps=8 --set checkpoint.every=2 --set checkpoint.keep=2 --set eval.every=4 --set rollout.max_staleness=2)
train whole "${ARGS[@]}" || fail "uninterrupted run: $(cat "$WORK/whole.log")"
train again "${ARGS[@]}" || fail "second run: $(cat "$WORK/again.log")"
same_weights whole again
same_metrics whole again
staleness=$(grep -o '"rollout/staleness":[0-9]*' "$WORK/whole/metrics.jsonl" | cut -d: -f2 | tr '\n' ' ')
[ "$staleness" = "0 1 2 2 2 2 2 2 " ] || fail "staleness by step: $staleness"
grep -q '"sampler_importance_sampling": "token_truncate"' "$WORK/whole/config.json" || fail "the correction is not on"

train synchronous --set run.max_steps=8 --set eval.every=4 || fail "synchronous run: $(cat "$WORK/synchronous.log")"
cmp -s "$WORK/whole/final/model.safetensors" "$WORK/synchronous/final/model.safetensors" && fail "staleness changes nothing"

serve rollout-worker "$SOURCE/examples/digit_completion/model" --threads 1
first=$ADDRESS
serve rollout-worker "$SOURCE/examples/digit_completion/model" --threads 1
train remote "${ARGS[@]}" --set rollout.workers="[\"$first\",\"$ADDRESS\"]" || fail "run with workers: $(cat "$WORK/remote.log")"
same_weights whole remote
same_metrics whole remote

for signal in KILL TERM; do
  for at in 3 5; do
    mkfifo "$WORK/progress.$signal.$at"
    "$HONE" train "$CONFIG" "${SMALL[@]}" "${ARGS[@]}" --set run.output_dir="$WORK/$signal" --resume 2>"$WORK/progress.$signal.$at" &
    pid=$!
    PIDS+=("$pid")
    sent=no
    while read -r line; do  # to the end: a stopping run still reports
      case "$sent$line" in no*"step $at/8"*) sent=yes; kill -s "$signal" "$pid" ;; esac
    done <"$WORK/progress.$signal.$at"
    status=0
    wait "$pid" 2>/dev/null || status=$?
    [ $status -ne 0 ] || fail "the process was to end at step $at"
    [ $signal = KILL ] || [ $status -eq 75 ] || fail "exit status $status after SIGTERM"
  done
  train $signal "${ARGS[@]}" --resume || fail "last resume: $(cat "$WORK/$signal.log")"
  grep -q "resumed from" "$WORK/$signal.log" || fail "the last run did not resume"
  same_weights whole $signal
  same_metrics whole $signal
  cmp "$WORK/whole/completions.jsonl" "$WORK/$signal/completions.jsonl" || fail "completions differ after SIG$signal"
done

# In flight the tokens depend on timing; what was recorded does not, and learns again to the same bits.
within_two() {  # within_two NAME: no token is further behind than it may be
  grep -o '"rollout/staleness":[0-9]*' "$WORK/$1/metrics.jsonl" | cut -d: -f2 | while read -r n; do
    [ "$n" -le 2 ] || fail "$1: a token is $n updates behind"
  done
}
IN_FLIGHT=("${ARGS[@]}" --set rollout.in_flight_updates=true --set log.token_ids=true)
train swapped "${IN_FLIGHT[@]}" || fail "in-flight run: $(cat "$WORK/swapped.log")"
within_two swapped
train replayed "${IN_FLIGHT[@]}" --replay "$WORK/swapped/completions.jsonl" || fail "replay: $(cat "$WORK/replayed.log")"
same_weights swapped replayed
mean_staleness() { grep -o '"rollout/mean_staleness":[^,]*' "$WORK/$1/metrics.jsonl"; }
[ "$(mean_staleness swapped)" = "$(mean_staleness replayed)" ] || fail "the records lost versions of tokens"
train far "${IN_FLIGHT[@]}" --set run.max_steps=4 --set rollout.workers="[\"$first\",\"$ADDRESS\"]" || fail "in flight with workers: $(cat "$WORK/far.log")"
within_two far
train far "${IN_FLIGHT[@]}" --resume --set rollout.workers="[\"$first\",\"$ADDRESS\"]" || fail "in flight, resumed: $(cat "$WORK/far.log")"
within_two far
echo "ahead by two steps: same bits alone, with workers, killed and stopped; in flight and replayed"
