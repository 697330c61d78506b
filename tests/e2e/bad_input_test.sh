#!/usr/bin/env bash
# Every kind of bad input: exit 2, one line that names what is wrong, before any work.
. "$(dirname "$0")/lib.sh"
expect() {  # expect "part of the message" COMMAND...
  local part=$1 status=0
  shift
  "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
  [ "$status" = 2 ] || fail "exit $status, 2 was expected: $* : $(cat "$WORK/err")"
  [ "$(grep -vc '^[0-9:.]* info' "$WORK/err")" = 1 ] || fail "one line was expected: $(cat "$WORK/err")"
  grep -qF -- "$part" "$WORK/err" || fail "'$part' was expected: $(cat "$WORK/err")"
  [ ! -e "$WORK/run/metrics.jsonl" ] || [ ! -s "$WORK/run/metrics.jsonl" ] || fail "work was done: $*"
}
MODEL="$SOURCE/examples/digit_completion/model"
run() { "$HONE" train "$CONFIG" "${SMALL[@]}" --set run.output_dir="$WORK/run" "$@"; }
with_model() { rm -rf "$WORK/m"; cp -r "$MODEL" "$WORK/m"; chmod -R u+w "$WORK/m"; }
data() { printf '%s' "$1" >"$WORK/d.jsonl"; }

expect "/grpo/epsilon_hgih: unknown key; did you mean epsilon_high?" run --set grpo.epsilon_hgih=0.3
expect "/grpo/num_generations: expected an integer, found a string" run --set 'grpo.num_generations="8"'
expect "/grpo/num_generations: 1 is out of range: must be >= 2" run --set grpo.num_generations=1
expect "absent.jsonl does not exist" run --set data.train_file=absent.jsonl
expect "nowhere does not exist" run --set model.path=nowhere
expect "absent.json" "$HONE" train absent.json
expect "train --help" "$HONE" train "$CONFIG" --no-such-flag
expect "HONE_SIMD is 'avx9'; this machine has " env HONE_SIMD=avx9 "$HONE" train "$CONFIG"
printf '{"run": {,}}' >"$WORK/broken.json"
expect "broken.json:1:10: not valid JSON" "$HONE" train "$WORK/broken.json"

with_model; truncate -s 1000000 "$WORK/m/model.safetensors"
expect "model.safetensors" run --set model.path="$WORK/m"
with_model; printf '\377\377\377\377\377\377\377\177{}' >"$WORK/m/model.safetensors"
expect "model.safetensors" run --set model.path="$WORK/m"
with_model; sed -i 's/"num_attention_heads": 4/"num_attention_heads": 3/' "$WORK/m/config.json"
expect "num_attention_heads" run --set model.path="$WORK/m"
with_model; sed -i 's/"vocab_size": 16/"vocab_size": 12/' "$WORK/m/config.json"
expect "vocab_size is 12" run --set model.path="$WORK/m"
with_model; rm "$WORK/m/tokenizer.json"
expect "tokenizer.json" run --set model.path="$WORK/m"
with_model; mv "$WORK/m/model.safetensors" "$WORK/m/pytorch_model.bin"
expect "safetensors" run --set model.path="$WORK/m"
touch "$WORK/weights.pt"
expect ".pt" "$HONE" inspect "$WORK/weights.pt"

data ''
expect "no problems in the file" run --set data.train_file="$WORK/d.jsonl"
data '{"prompt":"1","reference":"2"}
{"prompt":'
expect "d.jsonl:2: not valid JSON" run --set data.train_file="$WORK/d.jsonl"
data '{"prompt":"1"}'
expect "d.jsonl:1: field 'reference' is missing" run --set data.train_file="$WORK/d.jsonl"
data "{\"prompt\":\"$(printf '1%.0s' $(seq 3000))\",\"reference\":\"2\"}"
expect "tokens; at most" run --set data.train_file="$WORK/d.jsonl"
expect "unknown reward" run --set 'rewards.functions=[{"name":"exact_macth"}]'
expect "did you mean" run --set 'rewards.functions=[{"name":"exact_match","igonre_case":true}]'
expect "127.0.0.1" run --set 'rollout.workers=["127.0.0.1"]'
expect "nonsense" "$HONE" score nonsense "$WORK/d.jsonl"
echo "every bad input was refused with a reason"
