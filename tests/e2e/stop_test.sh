#!/usr/bin/env bash
# SIGTERM saves and exits with 75; --resume goes on to the same bits. A run folder in use or already used is refused.
. "$(dirname "$0")/lib.sh"
STEPS=(--set run.max_steps=40)
train whole "${STEPS[@]}" || fail "uninterrupted run: $(cat "$WORK/whole.log")"
mkfifo "$WORK/progress"
"$HONE" train "$CONFIG" "${SMALL[@]}" "${STEPS[@]}" --set run.output_dir="$WORK/stopped" 2>"$WORK/progress" &
pid=$!
PIDS+=("$pid")
exec 3<"$WORK/progress"
while read -r line <&3; do
  case "$line" in *"step 2/40"*) break ;; esac
done
"$HONE" train "$CONFIG" "${SMALL[@]}" "${STEPS[@]}" --set run.output_dir="$WORK/stopped" --resume 2>"$WORK/second.log" && fail "two processes in one run folder"
grep -q "another process is working" "$WORK/second.log" || fail "unexpected: $(cat "$WORK/second.log")"
kill -TERM "$pid"
cat <&3 >"$WORK/stopped.log"
status=0
wait "$pid" || status=$?
[ "$status" = 75 ] || fail "exit status $status, 75 was expected: $(cat "$WORK/stopped.log")"
status=0
"$HONE" train "$CONFIG" "${SMALL[@]}" "${STEPS[@]}" --set run.output_dir="$WORK/stopped" 2>"$WORK/again.log" || status=$?
[ "$status" = 2 ] && grep -q -- "--resume" "$WORK/again.log" || fail "a used run folder was accepted: $(cat "$WORK/again.log")"
train stopped "${STEPS[@]}" --resume || fail "resume: $(cat "$WORK/stopped.log")"
same_weights whole stopped
echo "stopped with 75, resumed to the same bits"
