# Shared by the end-to-end tests: HONE is the program, SOURCE the repository. Each test works in a folder of its own.
set -euo pipefail
HONE=${HONE:?path of the hone program}
SOURCE=${SOURCE:?path of the repository}
WORK=$(mktemp -d)
PIDS=()
cleanup() {
  for pid in "${PIDS[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$WORK"
}
trap cleanup EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# The smallest real job: the digit-completion start model with short answers. Extra arguments are --set values.
CONFIG="$SOURCE/examples/digit_completion/digit_completion.json"
SMALL=(--set run.max_steps=5 --set grpo.prompts_per_step=6 --set grpo.num_generations=4 --set sampling.max_completion_length=12
       --set eval.every=2 --set eval.limit=10 --set threads=1 --set log.completions=true)
train() {  # train NAME ARGS...: trains into $WORK/NAME, log in $WORK/NAME.log
  local name=$1
  shift
  "$HONE" train "$CONFIG" "${SMALL[@]}" --set run.output_dir="$WORK/$name" "$@" 2>"$WORK/$name.log"
}
# Starts a server in the background and sets ADDRESS to what it listens on.
serve() {
  local out="$WORK/serve.$RANDOM"
  mkfifo "$out"
  "$HONE" "$@" >"$out" 2>>"$WORK/servers.log" &
  SERVER_PID=$!
  PIDS+=("$SERVER_PID")
  read -r line <"$out" || fail "server '$*' did not start: $(cat "$WORK/servers.log")"
  ADDRESS=${line#listening on }
}
same_weights() {
  cmp "$WORK/$1/final/model.safetensors" "$WORK/$2/final/model.safetensors" || fail "$1 and $2 end in different weights"
}
# Metrics without the fields that are times or memory.
stable_metrics() { sed -E 's/"(time\/[a-z_]+|step_time|eval\/time_s|cost\/(seconds|usd|energy_j)|memory\/peak_bytes)":[^,}]*,?//g' "$WORK/$1/metrics.jsonl"; }
same_metrics() { cmp <(stable_metrics "$1") <(stable_metrics "$2") || fail "$1 and $2 differ in their metrics"; }
