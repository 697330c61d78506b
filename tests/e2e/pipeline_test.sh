#!/usr/bin/env bash
# The R1 pipeline in small: killed in a supervised stage, in reinforcement learning and between stages, stopped by SIGTERM, and started again,
# it ends in the bits of the undisturbed one.
. "$(dirname "$0")/lib.sh"
PIPELINE="$SOURCE/examples/r1_pipeline/pipeline.json"
SMALL=()
for stage in base cold_start rejection_sft; do
  SMALL+=(--set $stage.run.max_steps=12 --set $stage.optim.warmup_steps=2 --set $stage.checkpoint.every=4)
done
for stage in reasoning_rl scenario_rl; do
  SMALL+=(--set $stage.run.max_steps=4 --set $stage.checkpoint.every=1 --set $stage.grpo.prompts_per_step=4 --set $stage.eval.every=0)
done
for stage in base cold_start rejection_sft reasoning_rl scenario_rl; do SMALL+=(--set $stage.threads=1 --set $stage.log.every=1); done
for stage in cold_start rejection_sft reasoning_rl scenario_rl; do SMALL+=(--set $stage.eval.limit=4 --set $stage.sampling.max_completion_length=12); done
SMALL+=(--set rejection_sft.run.max_steps=300 --set rejection_sft.log.every=100)  # long enough to be killed before it ends
# An untrained model solves nothing: all samples are kept here.
SMALL+=(--set samples.threads=1 --set samples.n=1 --set samples.max-new-tokens=8 --set samples.keep=all)
pipeline() { "$HONE" pipeline "$PIPELINE" "${SMALL[@]}" --set output_dir="$WORK/$1" "${@:2}"; }

pipeline whole --dry-run >"$WORK/plan" || fail "dry run"
grep -q "^8 scenario_rl: hone train " "$WORK/plan" || fail "plan: $(cat "$WORK/plan")"
[ ! -e "$WORK/whole" ] || fail "the dry run made a folder"
pipeline whole --json >"$WORK/whole.json" 2>"$WORK/whole.log" || fail "undisturbed: $(tail -20 "$WORK/whole.log")"
grep -q '"complete":true' "$WORK/whole.json" || fail "result: $(cat "$WORK/whole.json")"

run_until() {  # run_until SIGNAL TEXT: sends the signal to the pipeline once its output has the text; prints its exit status
  local out="$WORK/out.$RANDOM" status=0 pid
  mkfifo "$out"
  "$HONE" pipeline "$PIPELINE" "${SMALL[@]}" --set output_dir="$WORK/killed" 2>"$out" &
  pid=$!
  PIDS+=("$pid")
  while read -r line; do
    echo "$line" >>"$WORK/killed.log"
    case "$line" in *"$2"*) kill "-$1" "$pid" 2>/dev/null || true ;; esac
  done <"$out"
  wait "$pid" || status=$?
  echo "$status"
}
[ "$(run_until KILL "step 6/12")" = 137 ] || fail "not killed in the first stage: $(tail "$WORK/killed.log")"
[ ! -e "$WORK/killed/base/COMPLETE" ] || fail "a killed stage is complete"
[ "$(run_until TERM "step 2/4")" = 75 ] || fail "not stopped in reinforcement learning: $(tail "$WORK/killed.log")"
[ -e "$WORK/killed/cold_start/COMPLETE" ] && [ ! -e "$WORK/killed/reasoning_rl/COMPLETE" ] || fail "markers: $(ls "$WORK"/killed/*)"
[ "$(run_until KILL "stage 5 of 8")" = 137 ] || fail "not killed between stages: $(tail "$WORK/killed.log")"
pipeline killed >/dev/null 2>"$WORK/last.log" || fail "last start: $(tail "$WORK/last.log")"
grep -q "stage base: already done" "$WORK/last.log" || fail "a finished stage ran again: $(grep stage "$WORK/last.log")"
grep -q "resumed from" "$WORK/killed.log" || fail "nothing was resumed"
for stage in base cold_start reasoning_rl rejection_sft scenario_rl; do
  cmp "$WORK/whole/$stage/final/model.safetensors" "$WORK/killed/$stage/final/model.safetensors" || fail "$stage ends in other weights"
done
for stage in samples sft_data scenario_data; do cmp "$WORK/whole/$stage/rows.jsonl" "$WORK/killed/$stage/rows.jsonl" || fail "$stage gives other rows"; done

expect() {  # expect TEXT ARGS...: refused with exit 2
  local part=$1 status=0
  pipeline whole "${@:2}" 2>"$WORK/error" >/dev/null || status=$?
  [ "$status" = 2 ] && grep -qF -- "$part" "$WORK/error" || fail "exit $status, '$part' was expected: $(cat "$WORK/error")"
}
expect "stage base: " --set base.run.seed=7
expect "/grpo/epsilon_hgih: unknown key; did you mean epsilon_high?" --set scenario_rl.grpo.epsilon_hgih=1
expect "no stage of that name" --set bse.run.seed=1
# A stage's own failure has its name and status.
status=0
"$HONE" pipeline "$PIPELINE" --set output_dir="$WORK/bad" --set base.data.train_file=nothing.jsonl 2>"$WORK/error" || status=$?
[ "$status" = 2 ] && grep -q "stage base: hone sft exited with status 2" "$WORK/error" || fail "exit $status: $(cat "$WORK/error")"
echo "killed twice, stopped once, same bits in all stages"
