#!/usr/bin/env bash
# A run that is killed with SIGKILL again and again and resumed ends in the bits of the uninterrupted one.
. "$(dirname "$0")/lib.sh"
ARGS=(--set run.max_steps=9 --set checkpoint.every=2 --set checkpoint.keep=2)
train whole "${ARGS[@]}" || fail "uninterrupted run: $(cat "$WORK/whole.log")"

for at in 1 3 4 6 7; do  # killed as soon as this step is reported, wherever the process is by then
  mkfifo "$WORK/progress.$at"
  "$HONE" train "$CONFIG" "${SMALL[@]}" "${ARGS[@]}" --set run.output_dir="$WORK/killed" --resume 2>"$WORK/progress.$at" &
  pid=$!
  PIDS+=("$pid")
  while read -r line; do
    case "$line" in *"step $at/9"*) kill -9 "$pid"; break ;; esac
  done <"$WORK/progress.$at"
  wait "$pid" 2>/dev/null && fail "the process was to be killed at step $at"
done
train killed "${ARGS[@]}" --resume || fail "last resume: $(cat "$WORK/killed.log")"
grep -q "resumed from" "$WORK/killed.log" || fail "the last run did not resume: $(cat "$WORK/killed.log")"
same_weights whole killed
same_metrics whole killed
cmp "$WORK/whole/completions.jsonl" "$WORK/killed/completions.jsonl" || fail "completions differ"
echo "killed five times, same bits"
