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
expect "config: absent.json does not exist" "$HONE" train absent.json
expect "train --help" "$HONE" train "$CONFIG" --no-such-flag
expect "no command 'trian'; did you mean train? (see hone --help)" "$HONE" trian "$CONFIG"
expect "no command 'chekc'; did you mean check? (see hone data --help)" "$HONE" data chekc --help
expect "HONE_SIMD is 'avx9'; this machine has " env HONE_SIMD=avx9 "$HONE" train "$CONFIG"
printf '{"run": {,}}' >"$WORK/broken.json"
expect "broken.json:1:10: not valid JSON" "$HONE" train "$WORK/broken.json"

with_model; truncate -s 1000000 "$WORK/m/model.safetensors"
expect "m/model.safetensors: the header describes 1591552 bytes of data, the file has 995880; it is truncated, copy it again" run --set model.path="$WORK/m"
with_model; printf '\377\377\377\377\377\377\377\177{}' >"$WORK/m/model.safetensors"
expect "m/model.safetensors: header length 9223372036854775807 is above the limit of 100000000; this is no safetensors file" run --set model.path="$WORK/m"
with_model; sed -i 's/"num_attention_heads": 4/"num_attention_heads": 3/' "$WORK/m/config.json"
expect "config.json: num_attention_heads 3: does not divide hidden_size 128; give head_dim" run --set model.path="$WORK/m"
with_model; sed -i 's/"vocab_size": 16/"vocab_size": 12/' "$WORK/m/config.json"
expect "tokenizer.json: has ids up to 15; the model's vocab_size is 12; tokenizer and weights are of two models" run --set model.path="$WORK/m"
with_model; rm "$WORK/m/tokenizer.json"
expect "the model folder has no tokenizer.json, which is needed to turn text into tokens; copy the one" run --set model.path="$WORK/m"
with_model; mv "$WORK/m/model.safetensors" "$WORK/m/pytorch_model.bin"
PICKLED=": pickled weights are not read, since loading them can run code; convert the model to safetensors (transformers: save_pretrained)"
expect "m/pytorch_model.bin$PICKLED" run --set model.path="$WORK/m"
rm "$WORK/m/pytorch_model.bin"
expect "m: neither model.safetensors nor model.safetensors.index.json is there" run --set model.path="$WORK/m"
touch "$WORK/weights.pt" "$WORK/weights.gguf"
expect "weights.pt$PICKLED" "$HONE" inspect "$WORK/weights.pt"
expect "weights.pt$PICKLED" run --set model.path="$WORK/weights.pt"
expect "weights.pt$PICKLED" "$HONE" generate "$WORK/weights.pt" --prompt 1
expect "weights.gguf: is a file; a model is a folder with config.json, model.safetensors and tokenizer.json (hone import" run --set model.path="$WORK/weights.gguf"

data ''
expect "no problems in the file" run --set data.train_file="$WORK/d.jsonl"
data '{"prompt":"1","reference":"2"}
{"prompt":'
expect "d.jsonl:2: not valid JSON" run --set data.train_file="$WORK/d.jsonl"
data '{"prompt":"1"}'
expect "d.jsonl:1: field 'reference' is missing" run --set data.train_file="$WORK/d.jsonl"
data "{\"prompt\":\"$(printf '1%.0s' $(seq 3000))\",\"reference\":\"2\"}"
expect "d.jsonl: problem 1: prompt of 3000 tokens; at most 2036 fit (the context less sampling.max_completion_length, and data.max_prompt_length)" run --set data.train_file="$WORK/d.jsonl"
expect "/rewards/functions/0/name: unknown reward function 'exact_macth'; did you mean exact_match?" run --set 'rewards.functions=[{"name":"exact_macth"}]'
expect "/rewards/functions/0/igonre_case: unknown key; did you mean ignore_case?" run --set 'rewards.functions=[{"name":"exact_match","igonre_case":true}]'
expect "endpoint '127.0.0.1': no port; write host:port, e.g. 127.0.0.1:50051" run --set 'rollout.workers=["127.0.0.1"]'
expect "unknown reward function 'nonsense'; known: code, " "$HONE" score nonsense "$WORK/d.jsonl"
echo "every bad input was refused with a reason"
