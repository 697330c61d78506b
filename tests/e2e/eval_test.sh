#!/usr/bin/env bash
# Evaluation as a user runs it: the run's reward and the lenient reading side by side, a published file, accuracy against tokens spent.
. "$(dirname "$0")/lib.sh"
MODEL="$SOURCE/examples/digit_completion/model"
evaluate() { "$HONE" eval "$CONFIG" --set threads=1 --set log.level=warning "$@"; }

evaluate --set 'rewards.functions=[{"name":"integer_answer"}]' --set eval.limit=20 --records "$WORK/records.jsonl" >"$WORK/plain"
grep -q "^accuracy" "$WORK/plain" && grep -q "^lenient .* by numeric" "$WORK/plain" || fail "no two accuracies: $(cat "$WORK/plain")"
grep -q '"lenient_accuracy":' "$WORK/records.jsonl" || fail "records have no lenient accuracy"
evaluate --set 'rewards.functions=[{"name":"prefix_match"}]' --set eval.limit=5 >"$WORK/plain"
! grep -q "^lenient" "$WORK/plain" || fail "prefix_match has no lenient form"

# A published file through its format.
evaluate --set data.format=svamp --file "$SOURCE/tests/data/published/svamp.json" --set 'rewards.functions=[{"name":"numeric"}]' --json >"$WORK/svamp.json"
grep -q '"problems":4' "$WORK/svamp.json" && grep -q '"Subtraction":{"problems":3' "$WORK/svamp.json" || fail "svamp: $(cat "$WORK/svamp.json")"
"$HONE" generate "$MODEL" -f "$SOURCE/tests/data/published/gsm8k.jsonl" --format gsm8k --reward numeric --repeats --max-new-tokens 4 --threads 1 -o "$WORK/g.jsonl" 2>/dev/null
[ "$(wc -l <"$WORK/g.jsonl")" = 8 ] && grep -q '"reference":"18"' "$WORK/g.jsonl" || fail "generate: $(head -2 "$WORK/g.jsonl")"

# The curve: the same twice, in all three forms.
CURVE=(--compute-curve --set eval.num_generations=4 --set eval.temperature=1 --set eval.limit=10 --set 'eval.thinking_budgets=[2,8]'
       --set eval.think_end=: --set eval.answer_prefix=, --set eval.answer_length=3 --set eval.max_extensions=1)
evaluate "${CURVE[@]}" --svg "$WORK/curve.svg" >"$WORK/table"
for series in maj@k best@k budget extensions; do grep -q "^$series " "$WORK/table" || fail "no $series: $(cat "$WORK/table")"; done
[ "$(grep -c "<circle" "$WORK/curve.svg")" = 10 ] || fail "the chart has $(grep -c "<circle" "$WORK/curve.svg") points"
evaluate "${CURVE[@]}" --json >"$WORK/a.json"
evaluate "${CURVE[@]}" --json --set threads=2 >"$WORK/b.json"
cmp <(sed -E 's/"seconds":[^,]*,//' "$WORK/a.json") <(sed -E 's/"seconds":[^,]*,//' "$WORK/b.json") || fail "the curve is not the same twice"
status=0
evaluate --set eval.max_extensions=2 2>"$WORK/error" || status=$?
[ "$status" = 2 ] && grep -q "/eval/max_extensions: 2 needs /eval/thinking_budgets" "$WORK/error" || fail "exit $status: $(cat "$WORK/error")"
echo "two readings, published files, and the same curve twice"
