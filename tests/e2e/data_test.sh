#!/usr/bin/env bash
# hone data on published files: what is found, what is dropped.
. "$(dirname "$0")/lib.sh"
PUBLISHED="$SOURCE/tests/data/published"
for format in gsm8k math aqua; do
  "$HONE" data check "$PUBLISHED/$format.jsonl" --format $format --strict >"$WORK/$format" || fail "$format: $(cat "$WORK/$format")"
done
"$HONE" data check "$PUBLISHED/svamp.json" --format svamp --strict --json >"$WORK/svamp" || fail "svamp: $(cat "$WORK/svamp")"
grep -q '"flawed_rows":0' "$WORK/svamp" || fail "svamp: $(cat "$WORK/svamp")"

# Every row twice, the second time with other punctuation: near duplicates. The first row is in the evaluation file.
{ cat "$PUBLISHED/gsm8k.jsonl"; sed 's/"question": "/"question": "... /' "$PUBLISHED/gsm8k.jsonl"; } >"$WORK/twice.jsonl"
head -1 "$PUBLISHED/gsm8k.jsonl" >"$WORK/test.jsonl"
ARGS=(--format gsm8k --evaluation "$WORK/test.jsonl" --evaluation-format gsm8k)
"$HONE" data check "$WORK/twice.jsonl" "${ARGS[@]}" >"$WORK/report"
grep -qE "^near_duplicate +8 " "$WORK/report" && grep -qE "^overlap +2 " "$WORK/report" || fail "report: $(cat "$WORK/report")"
status=0
"$HONE" data check "$WORK/twice.jsonl" "${ARGS[@]}" --strict >/dev/null || status=$?
[ "$status" = 1 ] || fail "--strict exits with $status"
"$HONE" data filter "$WORK/twice.jsonl" "${ARGS[@]}" --dedupe near --check-golds -o "$WORK/out.jsonl" --rejected "$WORK/rejected.jsonl" >"$WORK/report"
cmp <(tail -n +2 "$PUBLISHED/gsm8k.jsonl") "$WORK/out.jsonl" || fail "filter: $(cat "$WORK/report")"
[ "$(wc -l <"$WORK/rejected.jsonl")" = 9 ] || fail "rejected: $(wc -l "$WORK/rejected.jsonl")"
gzip -k "$WORK/twice.jsonl"
status=0
"$HONE" data check "$WORK/twice.jsonl.gz" --format gsm8k 2>"$WORK/error" || status=$?
[ "$status" = 2 ] && grep -q "near duplicates: rows must be read again" "$WORK/error" || fail "exit $status: $(cat "$WORK/error")"
"$HONE" data check - --format gsm8k --no-near-duplicates <"$WORK/twice.jsonl" | grep -q "^16 rows" || fail "standard input"

# By a model's pass rate, from its own answers.
head -60 "$SOURCE/examples/digit_completion/data/train.jsonl" >"$WORK/digits.jsonl"
"$HONE" generate "$SOURCE/examples/digit_completion/model" -f "$WORK/digits.jsonl" -n 4 --repeats --reward exact_match --max-new-tokens 2 --threads 1 -o "$WORK/answers.jsonl" 2>/dev/null
"$HONE" data filter "$WORK/digits.jsonl" -o "$WORK/band.jsonl" --pass-rate "$WORK/answers.jsonl" --max-pass-rate 0 --min-pass-rate 0 --json >"$WORK/band.json"
grep -q '"rows":60' "$WORK/band.json" || fail "band: $(cat "$WORK/band.json")"
solved=$(grep '"score":1' "$WORK/answers.jsonl" | grep -o '"id":"[^"]*"' | sort -u | wc -l)
[ "$(wc -l <"$WORK/band.jsonl")" = $((60 - solved)) ] || fail "$(wc -l <"$WORK/band.jsonl") rows of rate 0, $solved solved"
echo "checked, filtered, by pass rate"
