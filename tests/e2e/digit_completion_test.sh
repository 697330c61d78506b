#!/usr/bin/env bash
# verl's and TinyZero's public check, from random weights (examples/digit_completion): mean training reward above 0.2 at the end.
. "$(dirname "$0")/lib.sh"
LAST=20
"$HONE" train "$CONFIG" --set run.output_dir="$WORK/run" --set threads=1 --set eval.at_start=false --set eval.every=0 2>"$WORK/log" ||
  fail "run: $(tail -20 "$WORK/log")"
grep -o '"reward":[-0-9.e]*' "$WORK/run/metrics.jsonl" | cut -d: -f2 >"$WORK/rewards"
[ "$(wc -l <"$WORK/rewards")" = 500 ] || fail "$(wc -l <"$WORK/rewards") steps, 500 were expected"
MEAN=$(tail -"$LAST" "$WORK/rewards" | awk '{ sum += $1 } END { printf "%.3f", sum / NR }')
awk -v mean="$MEAN" 'BEGIN { exit !(mean > 0.2) }' || fail "mean training reward $MEAN over the last $LAST steps; the check wants more than 0.2"
echo "mean training reward $MEAN over the last $LAST steps"
