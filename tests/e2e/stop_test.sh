#!/usr/bin/env bash
# SIGTERM saves and exits with 75; --resume goes on to the same bits. A second signal stops at once with 130, which is resumed too.
# A run folder in use or already used is refused.
. "$(dirname "$0")/lib.sh"
STEPS=(--set run.max_steps=40 --set checkpoint.every=1)
start() {  # start NAME: a run in the background that has shown step 2; sets PID, its further log comes from descriptor 3
  mkfifo "$WORK/$1.progress"
  "$HONE" train "$CONFIG" "${SMALL[@]}" "${STEPS[@]}" --set run.output_dir="$WORK/$1" 2>"$WORK/$1.progress" &
  PID=$!
  PIDS+=("$PID")
  exec 3<"$WORK/$1.progress"
  while read -r line <&3; do
    case "$line" in *"step 2/40"*) return ;; esac
  done
  fail "$1 ended before step 2"
}
expect_status() {  # expect_status STATUS NAME: waits for the end of the run
  local status=0
  cat <&3 >"$WORK/$2.log"
  wait "$PID" || status=$?
  [ "$status" = "$1" ] || fail "exit status $status, $1 was expected: $(cat "$WORK/$2.log")"
}
train whole "${STEPS[@]}" || fail "uninterrupted run: $(cat "$WORK/whole.log")"

start stopped
"$HONE" train "$CONFIG" "${SMALL[@]}" "${STEPS[@]}" --set run.output_dir="$WORK/stopped" --resume 2>"$WORK/second.log" && fail "two processes in one run folder"
grep -q "another process is working" "$WORK/second.log" || fail "unexpected: $(cat "$WORK/second.log")"
kill -TERM "$PID"
expect_status 75 stopped
status=0
"$HONE" train "$CONFIG" "${SMALL[@]}" "${STEPS[@]}" --set run.output_dir="$WORK/stopped" 2>"$WORK/again.log" || status=$?
[ "$status" = 2 ] && grep -q -- "--resume" "$WORK/again.log" || fail "a used run folder was accepted: $(cat "$WORK/again.log")"
train stopped "${STEPS[@]}" --resume || fail "resume: $(cat "$WORK/stopped.log")"
same_weights whole stopped

# Both signals wait while the process is stopped, so it sees the second one before it can act on the first.
for signals in "TERM INT" "INT TERM"; do
  name=${signals/ /_}
  start "$name"
  kill -STOP "$PID"
  for signal in $signals; do kill -"$signal" "$PID"; done
  kill -CONT "$PID"
  expect_status 130 "$name"
  ! grep -q "stopped at step" "$WORK/$name.log" || fail "the second signal waited for the state to be saved: $(cat "$WORK/$name.log")"
  train "$name" "${STEPS[@]}" --resume || fail "resume after a second signal: $(cat "$WORK/$name.log")"
  same_weights whole "$name"
done
echo "stopped with 75 and with 130, resumed to the same bits"
