#!/usr/bin/env bash
# Recorded steps are repeated without generation: the same weights, bit for bit, in one go and resumed; other settings learn from the
# same completions; records that do not fit are refused.
. "$(dirname "$0")/lib.sh"
ARGS=(--set dynamic_sampling.enabled=true --set dynamic_sampling.max_tries=3 --set grpo.num_iterations=2
      --set grpo.sampler_importance_sampling=token_truncate)
train whole "${ARGS[@]}" || fail "recorded run: $(cat "$WORK/whole.log")"
grep -q '"advantage":null' "$WORK/whole/completions.jsonl" || fail "a dropped group was expected among the records"

train again "${ARGS[@]}" --replay "$WORK/whole/completions.jsonl" || fail "replay: $(cat "$WORK/again.log")"
same_weights whole again
cmp "$WORK/whole/completions.jsonl" "$WORK/again/completions.jsonl" || fail "the replay records other completions"
learned() { grep -v '"eval/' "$WORK/$1/metrics.jsonl" | grep -oE '"(step|loss|grad_norm|reward|entropy|num_tokens)":[^,}]*'; }
cmp <(learned whole) <(learned again) || fail "the replay's metrics differ"

head -c -200 "$WORK/whole/completions.jsonl" >"$WORK/cut.jsonl"
! train damaged "${ARGS[@]}" --replay "$WORK/cut.jsonl" || fail "a damaged record was accepted"
grep -q "cut.jsonl:.*not a record of a completion" "$WORK/damaged.log" || fail "no reason: $(cat "$WORK/damaged.log")"
grep -E '"step":[123],' "$WORK/whole/completions.jsonl" >"$WORK/first.jsonl"
train part "${ARGS[@]}" --replay "$WORK/first.jsonl" || fail "replay of three steps: $(cat "$WORK/part.log")"
[ "$(wc -l <"$WORK/part/metrics.jsonl")" = 3 ] || fail "three steps were expected"
train part "${ARGS[@]}" --replay "$WORK/whole/completions.jsonl" --resume || fail "the rest: $(cat "$WORK/part.log")"
same_weights whole part
grep -E '"step":[45],' "$WORK/whole/completions.jsonl" >"$WORK/later.jsonl"
! train later "${ARGS[@]}" --replay "$WORK/later.jsonl" || fail "a replay that begins at step 4 was accepted"
grep -q "the records go on with step 4; step 1 is needed" "$WORK/later.log" || fail "no reason: $(cat "$WORK/later.log")"

train other "${ARGS[@]}" --set grpo.loss_type=grpo --replay "$WORK/whole/completions.jsonl" || fail "other loss: $(cat "$WORK/other.log")"
cmp -s "$WORK/whole/final/model.safetensors" "$WORK/other/final/model.safetensors" && fail "another loss gave the same weights"
echo "replayed: same bits without generation"
