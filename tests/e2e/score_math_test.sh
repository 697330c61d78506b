#!/usr/bin/env bash
# hone score math: one line out for each line in, in order, from a file and from a pipe; bad lines are named.
. "$(dirname "$0")/lib.sh"
cat >"$WORK/pairs.jsonl" <<'TEXT'
{"id": "a", "gold": "\\frac{1}{2}", "pred": "The answer is $\\boxed{0.5}$."}
{"id": 2, "reference": "4", "completion": "\\boxed{4 \\text{ or } 5}"}
{"gold": "[0,\\infty)", "pred": "a \\ge 0", "mode": "answer"}
{"gold": "4", "pred": "no idea at all"}
{"gold": "", "pred": "4"}
TEXT
cat >"$WORK/expected" <<'TEXT'
{"id":"a","score":1.0,"outcome":"correct","gold_parsed":"1/2","pred_parsed":"1/2","rule":"exact"}
{"id":2,"score":0.0,"outcome":"wrong","gold_parsed":"4","pred_parsed":"4 or 5","rule":"number of answers"}
{"score":1.0,"outcome":"correct","gold_parsed":"[0, inf)","pred_parsed":"a >= 0","rule":"set of numbers"}
{"score":0.0,"outcome":"no_answer","gold_parsed":"4","pred_parsed":"","rule":"no answer found"}
{"score":0.0,"outcome":"gold_unusable","gold_parsed":"","pred_parsed":"","rule":"the reference holds no answer"}
TEXT
"$HONE" score math "$WORK/pairs.jsonl" >"$WORK/out"
diff "$WORK/expected" "$WORK/out" || fail "lines from a file"
"$HONE" score math - <"$WORK/pairs.jsonl" | diff "$WORK/expected" - || fail "lines from a pipe"

expect_error() {  # expect_error "part of the message" LINE ARGS...
  local part=$1 line=$2 status=0
  shift 2
  printf '%s\n' "$line" | "$HONE" score math - "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
  [ "$status" = 2 ] || fail "exit $status, 2 was expected: $line"
  grep -qF -- "$part" "$WORK/err" || fail "'$part' was expected: $(cat "$WORK/err")"
}
expect_error "-:1: field 'gold' must be a string" '{"gold": 5, "pred": "5"}'
expect_error "-:1: field 'pred' (or 'completion') is missing" '{"gold": "5"}'
expect_error "-:1: mode 'prose' is unknown" '{"gold": "5", "pred": "5", "mode": "prose"}'
expect_error "did you mean percent" '{"gold": "5", "pred": "5"}' --settings '{"percnt": "value"}'
