#!/usr/bin/env bash
# Runs that fail without an error say so, once, with the cause, and in their metrics.
. "$(dirname "$0")/lib.sh"
once() {  # once LOG TEXT
  [ "$(grep -c "$2" "$1")" = 1 ] || fail "'$2' was expected once in: $(cat "$1")"
}
sed 's/<sep>"/"/' "$SOURCE/examples/digit_completion/data/test.jsonl" >"$WORK/bare.jsonl"
train odd --set 'rewards.functions=[{"name":"regex","pattern":"never"}]' --set warnings.no_spread_steps=2 --set eval.file="$WORK/bare.jsonl" ||
  fail "run: $(cat "$WORK/odd.log")"
once "$WORK/odd.log" "no_reward_spread: in 2 steps in a row"
once "$WORK/odd.log" 'eval_template: training prompts begin with "" and end with "<sep>"'
[ "$(grep -c '"warnings/no_reward_spread":1' "$WORK/odd/metrics.jsonl")" = 4 ] || fail "steps 2 to 5 have no spread"
grep -q '"eval/accuracy".*"warnings/eval_template":1' "$WORK/odd/metrics.jsonl" || fail "no eval_template in the metrics"

train plain || fail "run: $(cat "$WORK/plain.log")"
! grep -q "eval_template" "$WORK/plain.log" || fail "a warning without a cause: $(cat "$WORK/plain.log")"
"$HONE" eval "$CONFIG" --model "$WORK/plain/final" --set eval.limit=5 --set data.prompt_template='{prompt}9' >/dev/null 2>"$WORK/eval.log" ||
  fail "eval: $(cat "$WORK/eval.log")"
once "$WORK/eval.log" "eval_template: the model was trained with data.prompt_template"
"$HONE" eval "$CONFIG" --model "$WORK/plain/final" --set eval.limit=5 >/dev/null 2>"$WORK/same.log"
! grep -q "eval_template" "$WORK/same.log" || fail "a warning without a cause: $(cat "$WORK/same.log")"
echo "warned once each, with the cause"
