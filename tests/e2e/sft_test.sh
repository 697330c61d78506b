#!/usr/bin/env bash
# A model from nothing by supervised training: tokenizer, random weights, packed texts, held-out loss and rewards; killed and resumed to
# the same bits; then rejection sampling from it, and a student that learns its texts.
. "$(dirname "$0")/lib.sh"
mkdir "$WORK/model"
for a in 0 1 2 3 4 5 6; do for b in 0 1 2; do
  echo "{\"prompt\":\"$a + $b =\",\"completion\":\" $((a + b))\",\"reference\":\"$((a + b))\",\"text\":\"$a + $b = $((a + b))\"}"
done; done >"$WORK/sums.jsonl"
"$HONE" tokenizer "$WORK/sums.jsonl" -o "$WORK/model/tokenizer.json" --special "<eos>" --words 40 --seen-bytes --field text >"$WORK/tokenizer.log"
VOCABULARY=$(sed -nE 's/.*vocab_size ([0-9]+) .*/\1/p' "$WORK/tokenizer.log")
[ "$VOCABULARY" -ge 10 ] || fail "tokenizer: $(cat "$WORK/tokenizer.log")"
cat >"$WORK/model/config.json" <<END
{"model_type": "llama", "vocab_size": $VOCABULARY, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
 "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "tie_word_embeddings": true, "eos_token_id": 0, "hidden_act": "silu"}
END
cat >"$WORK/sft.json" <<END
{
  "run": {"seed": 3, "max_steps": 120},
  "model": {"path": "model", "init": "scaled"},
  "data": {"train_file": "sums.jsonl", "format": "text"},
  "sft": {"batch_size": 4, "packing": true, "max_length": 48},
  "optim": {"learning_rate": 1e-2, "lr_scheduler_type": "cosine_with_min_lr", "min_lr_rate": 0.1, "warmup_steps": 10, "weight_decay": 0.1, "adam_beta2": 0.98},
  "checkpoint": {"every": 20, "keep": 2},
  "eval": {"loss_file": "sums.jsonl", "file": "sums.jsonl", "every": 60},
  "sampling": {"max_completion_length": 4},
  "rewards": {"functions": [{"name": "exact_match"}]},
  "threads": 1
}
END
sft() { "$HONE" sft "$WORK/sft.json" --set run.output_dir="$WORK/$1" "${@:2}" 2>"$WORK/$1.log"; }
value() { grep -o "\"$2\":[-0-9.e]*" "$WORK/$1/metrics.jsonl" | "$3" -1 | cut -d: -f2; }

"$HONE" sft "$WORK/sft.json" --dry-run >"$WORK/plan" || fail "dry run"
grep -q "21 rows" "$WORK/plan" && grep -q "random weights" "$WORK/plan" || fail "plan: $(tail -6 "$WORK/plan")"
sft whole || fail "run: $(cat "$WORK/whole.log")"
awk -v a="$(value whole loss head)" -v b="$(value whole loss tail)" 'BEGIN { exit !(b < a / 2) }' || fail "the loss did not fall"
for key in mean_token_accuracy entropy grad_norm learning_rate num_tokens epoch eval/loss eval/accuracy eval/reward; do
  [ -n "$(value whole "$key" tail)" ] || fail "no metric $key"
done
awk -v a="$(value whole eval/accuracy tail)" 'BEGIN { exit !(a > 0.7) }' || fail "accuracy $(value whole eval/accuracy tail) after training"
[ -f "$WORK/whole/best/model.safetensors" ] || fail "no best weights"
"$HONE" report "$WORK/whole" >"$WORK/report" && grep -q "training loss" "$WORK/report" || fail "report: $(cat "$WORK/report")"
"$HONE" report "$WORK/whole" --json | grep -q '"last_loss"' || fail "report --json"

"$HONE" eval "$WORK/sft.json" --model "$WORK/whole/final" --json --set eval.num_generations=4 --set eval.temperature=1 >"$WORK/eval.json" || fail "eval of an sft config"
for key in pass@4 majority best mean_length_right truncated; do grep -q "\"$key\"" "$WORK/eval.json" || fail "eval --json has no $key: $(cat "$WORK/eval.json")"; done

for at in 7 45 90; do  # killed as soon as this step is reported
  mkfifo "$WORK/progress.$at"
  "$HONE" sft "$WORK/sft.json" --set run.output_dir="$WORK/killed" --resume 2>"$WORK/progress.$at" &
  pid=$!
  PIDS+=("$pid")
  while read -r line; do
    case "$line" in *"step $at/120"*) kill -9 "$pid"; break ;; esac
  done <"$WORK/progress.$at"
  wait "$pid" 2>/dev/null && fail "the process was to be killed at step $at"
done
sft killed --resume || fail "last resume: $(cat "$WORK/killed.log")"
grep -q "resumed from" "$WORK/killed.log" || fail "the last run did not resume"
same_weights whole killed
same_metrics whole killed

# Rejection sampling: only right answers come out; a fresh student learns the teacher's texts.
"$HONE" generate "$WORK/whole/final" -f "$WORK/sums.jsonl" -n 8 --temperature 1 --max-new-tokens 4 --reward exact_match --keep correct --threads 1 \
  -o "$WORK/traces.jsonl" 2>"$WORK/generate.log" || fail "generate: $(cat "$WORK/generate.log")"
grep -q "completions kept (correct)" "$WORK/generate.log" || fail "generate: $(cat "$WORK/generate.log")"
[ "$(wc -l <"$WORK/traces.jsonl")" -ge 10 ] || fail "few traces: $(cat "$WORK/generate.log")"
while read -r line; do case "$line" in *'"score":1.0'*) ;; *) fail "a wrong answer was kept: $line" ;; esac; done <"$WORK/traces.jsonl"
# A verifier that fails is counted; its completions are neither right nor silently gone.
cat >"$WORK/broken.sh" <<'END'
while read -r line; do
  id=${line#*\"id\":}
  echo "{\"id\":${id%%[,\}]*},\"error\":\"no judge today\"}"
done
END
"$HONE" generate "$WORK/whole/final" -f "$WORK/sums.jsonl" --limit 3 -n 2 --max-new-tokens 4 --keep correct --threads 1 \
  --reward "{\"name\":\"command\",\"argv\":[\"bash\",\"$WORK/broken.sh\"]}" -o "$WORK/none.jsonl" --stats "$WORK/stats.json" 2>"$WORK/unjudged.log" ||
  fail "unjudged: $(cat "$WORK/unjudged.log")"
grep -q "warning: of the completions, 6 could not be judged (command: no judge today)" "$WORK/unjudged.log" || fail "unjudged: $(cat "$WORK/unjudged.log")"
grep -q '"errors": 6' "$WORK/stats.json" && grep -q '"kept": 0' "$WORK/stats.json" || fail "stats: $(cat "$WORK/stats.json")"
[ -e "$WORK/none.jsonl" ] && [ ! -s "$WORK/none.jsonl" ] && [ -z "$(find "$WORK" -name 'none.jsonl.tmp*')" ] || fail "none.jsonl is to be there and empty"

sft student --set data.train_file="$WORK/traces.jsonl" --set data.format=auto --set sft.packing=false --set run.seed=9 || fail "student: $(cat "$WORK/student.log")"
awk -v a="$(value student eval/accuracy tail)" 'BEGIN { exit !(a > 0.6) }' || fail "the student's accuracy is $(value student eval/accuracy tail)"

# On-policy distillation: an untrained student learns from the teacher's distributions on its own samples; stopped and resumed, same bits.
sft fresh --set run.max_steps=1 --set run.seed=5 --set optim.warmup_steps=0 --set optim.lr_scheduler_type=constant --set optim.min_lr_rate=0 \
  --set optim.learning_rate=1e-9 --set eval.at_start=false || fail "fresh: $(cat "$WORK/fresh.log")"
cat >"$WORK/distill.json" <<END
{
  "run": {"seed": 1, "max_steps": 60}, "model": {"path": "fresh/final"}, "distill": {"teacher": "whole/final", "prompts_per_step": 21, "num_generations": 2},
  "data": {"train_file": "sums.jsonl"}, "sampling": {"max_completion_length": 3}, "optim": {"learning_rate": 1e-2}, "checkpoint": {"every": 20},
  "eval": {"file": "sums.jsonl"}, "rewards": {"functions": [{"name": "exact_match"}]}, "threads": 1
}
END
distill() { "$HONE" distill "$WORK/distill.json" --set run.output_dir="$WORK/$1" "${@:2}" 2>"$WORK/$1.log"; }
distill distilled || fail "distill: $(cat "$WORK/distilled.log")"
awk -v a="$(value distilled distill/reverse_kl head)" -v b="$(value distilled distill/reverse_kl tail)" 'BEGIN { exit !(b < a / 4) }' || fail "the divergence did not fall"
"$HONE" report "$WORK/distilled" >"$WORK/report" && grep -q "training loss" "$WORK/report" || fail "report: $(cat "$WORK/report")"
mkfifo "$WORK/progress.distill"
"$HONE" distill "$WORK/distill.json" --set run.output_dir="$WORK/again" 2>"$WORK/progress.distill" &
pid=$!
PIDS+=("$pid")
while read -r line; do
  case "$line" in *"step 33/60"*) kill -9 "$pid"; break ;; esac
done <"$WORK/progress.distill"
wait "$pid" 2>/dev/null && fail "the process was to be killed"
distill again --resume || fail "distill resume: $(cat "$WORK/again.log")"
same_weights distilled again
same_metrics distilled again
distill cut --set model.path="$WORK/distilled/final" --set sampling.max_completion_length=1 --set run.max_steps=3 || fail "cut: $(cat "$WORK/cut.log")"
[ "$(grep -c "all_truncated: 100 % of the completions were cut off at 1 tokens" "$WORK/cut.log")" = 1 ] || fail "answers without an end, unwarned: $(cat "$WORK/cut.log")"
[ "$(grep -c '"warnings/all_truncated":1' "$WORK/cut/metrics.jsonl")" = 3 ] || fail "warnings/all_truncated is to be in three steps"

# Bad input: one line, exit 2, before any work.
expect() {
  local part=$1 status=0
  sft bad "${@:2}" || status=$?
  [ "$status" = 2 ] && grep -qF -- "$part" "$WORK/bad.log" || fail "exit $status, '$part' was expected: $(cat "$WORK/bad.log")"
}
expect "/sft/pakcing: unknown key; did you mean packing?" --set sft.pakcing=true
expect "field 'nothing' is missing" --set data.text_field=nothing
expect "safetensors" --set model.init=none
expect "messages need a chat template" --set data.format=messages
status=0; sft whole || status=$?
[ "$status" = 2 ] && grep -q -- "--resume" "$WORK/whole.log" || fail "a used run folder was accepted"
echo "trained from nothing, resumed to the same bits, sampled, and taught two students"
