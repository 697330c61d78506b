#!/usr/bin/env bash
# A comparison of four arms and two seeds from a base that is itself trained for each seed: equal budgets, killed and stopped and run
# again to the same numbers; the ledger through a resume; nothing that is complete is repeated.
. "$(dirname "$0")/lib.sh"
mkdir "$WORK/model"
for a in 0 1 2 3 4 5 6; do for b in 0 1 2; do
  echo "{\"id\":\"$a+$b\",\"size\":$b,\"prompt\":\"$a + $b =\",\"completion\":\" $((a + b))\",\"reference\":\"$((a + b))\",\"text\":\"$a + $b = $((a + b))\"}"
done; done >"$WORK/sums.jsonl"
head -12 "$WORK/sums.jsonl" >"$WORK/train.jsonl"
tail -9 "$WORK/sums.jsonl" >"$WORK/test.jsonl"
"$HONE" tokenizer "$WORK/sums.jsonl" -o "$WORK/model/tokenizer.json" --special "<eos>" --words 40 --seen-bytes --field text >"$WORK/tokenizer.log"
VOCABULARY=$(sed -nE 's/.*vocab_size ([0-9]+) .*/\1/p' "$WORK/tokenizer.log")
cat >"$WORK/model/config.json" <<END
{"model_type": "llama", "vocab_size": $VOCABULARY, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
 "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "tie_word_embeddings": true, "eos_token_id": 0, "hidden_act": "silu"}
END
cat >"$WORK/sft.json" <<END
{"run": {"max_steps": 40}, "model": {"path": "model"}, "data": {"train_file": "train.jsonl", "format": "prompt_completion"}, "sft": {"batch_size": 4},
 "optim": {"learning_rate": 3e-3}, "checkpoint": {"every": 5, "keep": 1, "best_metric": "none"}, "eval": {"file": "test.jsonl", "every": 3},
 "sampling": {"max_completion_length": 4}, "rewards": {"functions": [{"name": "exact_match"}]}, "threads": 1}
END
cat >"$WORK/train.json" <<END
{"run": {"max_steps": 6}, "model": {"path": "model"}, "data": {"train_file": "train.jsonl"}, "sampling": {"max_completion_length": 4},
 "grpo": {"num_generations": 4, "prompts_per_step": 4}, "optim": {"learning_rate": 1e-3}, "eval": {"file": "test.jsonl", "every": 3},
 "checkpoint": {"every": 2, "keep": 1, "best_metric": "none"}, "rewards": {"functions": [{"name": "exact_match"}]}, "threads": 1}
END
cat >"$WORK/compare.json" <<END
{
  "name": "sums & <differences>",  // the page must escape it
  "seeds": 2,
  "base": {"config": "sft.json", "set": {"model.init": "scaled", "data.format": "text", "run": {"max_steps": 60}, "optim.learning_rate": 1e-2, "eval.file": "", "eval.every": 0}},
  "budget": {"currency": "tokens", "same_as": "GRPO"},
  "arms": [
    {"name": "base", "kind": "prompt"},
    {"name": "SFT", "kind": "sft", "config": "sft.json"},
    {"name": "rejection", "kind": "rejection_sft", "config": "sft.json", "rejection": {"file": "train.jsonl", "num_generations": 3}},
    {"name": "GRPO", "kind": "grpo", "config": "train.json", "set": {"grpo.beta": 0.01}}
  ],
  "eval": {"config": "train.json", "reasoning_pattern": "[0-9]", "kl_problems": 5,
           "sets": [{"name": "sums", "file": "test.jsonl", "group_by": "size"}, {"name": "seen", "file": "train.jsonl", "role": "skill"}]},
  "cost": {"hardware": "here", "usd_per_hour": 0.1, "prices": [{"name": "elsewhere", "usd_per_hour": 2, "flops_per_s": 1e14}]}
}
END
compare() { "$HONE" compare "$WORK/compare.json" --set output_dir="$WORK/$1" "${@:2}" 2>"$WORK/$1.log"; }

compare whole --dry-run >"$WORK/plan" || fail "dry run: $(cat "$WORK/whole.log")"
[ "$(grep -c "to do" "$WORK/plan")" = 10 ] || fail "plan: $(cat "$WORK/plan")"
[ ! -e "$WORK/whole" ] || fail "the dry run left something"
compare whole >"$WORK/table" || fail "$(cat "$WORK/whole.log")"
for part in "best constant rule" "gain" "rejection" "sums by size" "before, during and after"; do grep -q "$part" "$WORK/table" || fail "no '$part': $(cat "$WORK/table")"; done
PAGE="$WORK/whole/report.html"
grep -q "<svg" "$PAGE" && grep -q "prefers-color-scheme:dark" "$PAGE" && grep -q "sums &amp; &lt;differences&gt;" "$PAGE" || fail "page"
! grep -qE "<script|https?://" "$PAGE" || fail "the page needs something from elsewhere"

# Every arm spent what GRPO spent, to a step, and ended at its budget.
for arm in sft rejection; do for seed in 1 2; do
  grep -q '"budget_reached": true' "$WORK/whole/arms/$arm/seed-$seed/cost.json" || fail "$arm, seed $seed ended before its budget"
done; done
spent() { sed -nE '/^  "cost"/,$ s/^    "tokens": ([0-9]+).*/\1/p' "$WORK/whole/arms/$1/cost.json"; }
reference=$(spent grpo/seed-1)
for sum in "$(spent sft/seed-1)" $(($(spent rejection/seed-1) + $(spent rejection/seed-1-samples))); do
  [ "$sum" -ge "$reference" ] && [ "$sum" -lt $((reference + 40)) ] || fail "$sum tokens spent, GRPO spent $reference"
done
"$HONE" report "$WORK/whole/arms/grpo/seed-1" >"$WORK/report" && grep -q "the same work on elsewhere" "$WORK/report" && grep -q "TinyZero" "$WORK/report" ||
  fail "report: $(cat "$WORK/report")"

# A second call repeats nothing and gives the same; other settings are refused.
before=$(find "$WORK/whole/arms" "$WORK/whole/base" -type f -printf '%p %T@\n' | sort)
compare whole >"$WORK/table2" || fail "$(cat "$WORK/whole.log")"
cmp "$WORK/table" "$WORK/table2" || fail "the table changed"
[ "$before" = "$(find "$WORK/whole/arms" "$WORK/whole/base" -type f -printf '%p %T@\n' | sort)" ] || fail "something was trained again"
status=0; compare whole --set budget.currency=flops >/dev/null || status=$?
[ "$status" = 2 ] && grep -q "was made with other settings" "$WORK/whole.log" || fail "exit $status for another budget: $(cat "$WORK/whole.log")"

# Killed with SIGKILL (the child dies too), then stopped with SIGTERM (exit 75), then run to the end: the same numbers.
interrupt() {  # SIGNAL PATTERN: sends the signal when a line of the log matches
  mkfifo "$WORK/progress"
  "$HONE" compare "$WORK/compare.json" --set output_dir="$WORK/killed" >/dev/null 2>"$WORK/progress" &
  pid=$!
  PIDS+=("$pid")
  while read -r line; do
    case "$line" in *"$2"*) kill "-$1" "$pid"; break ;; esac
  done <"$WORK/progress"
  status=0; wait "$pid" 2>/dev/null || status=$?
  rm "$WORK/progress"
}
interrupt KILL "[2/10]"
[ "$status" = 137 ] || fail "exit $status after SIGKILL"
interrupt TERM "[5/10]"
[ "$status" = 75 ] || fail "exit $status after SIGTERM"
interrupt TERM "[8/10]"
[ "$status" = 75 ] || fail "exit $status after SIGTERM"
compare killed >/dev/null || fail "last call: $(cat "$WORK/killed.log")"
numbers() { sed -E '/"(seconds|usd|energy_j|hours|base)"/d' "$WORK/$1/compare.json"; }
cmp <(numbers whole) <(numbers killed) || fail "other numbers after the interruptions: $(diff <(numbers whole) <(numbers killed) | head -5)"
for arm in sft rejection grpo; do same_weights "whole/arms/$arm/seed-2" "killed/arms/$arm/seed-2"; done

# Bad input: one line, exit 2, before any work.
expect() {
  local part=$1 status=0
  compare bad "${@:2}" >/dev/null || status=$?
  [ "$status" = 2 ] && grep -qF -- "$part" "$WORK/bad.log" || fail "exit $status, '$part' was expected: $(cat "$WORK/bad.log")"
  [ ! -e "$WORK/bad" ] || fail "work was done before '$part'"
}
expect "/budget/curency: unknown key; did you mean currency?" --set budget.curency=flops
expect "/budget/same_as: 'base' is not the name of a trained arm" --set budget.same_as=base
expect "test2.jsonl" --set 'eval.sets=[{"name": "sums", "file": "test2.jsonl"}]'
expect "/grpo/betta: unknown key" --set 'arms=[{"name": "a", "kind": "grpo", "config": "train.json", "set": {"grpo.betta": 1}}]' --set budget.same_as=
echo "four arms, two seeds, equal budgets; interrupted three times, the same numbers"
