#!/usr/bin/env bash
# The pages are true: the configuration pages are what the program prints, and every command, option and file that a page names exists.
. "$(dirname "$0")/lib.sh"
"$HONE" train --help-config-markdown >"$WORK/printed"
sed '1,/^This page is what/d' "$SOURCE/docs/configuration.md" | diff - "$WORK/printed" ||
  fail "docs/configuration.md is out of date: put the output of 'hone train --help-config-markdown' below its first paragraph"
"$HONE" sft --help-config-markdown >"$WORK/printed"
sed '1,/^This page is what/d' "$SOURCE/docs/sft_configuration.md" | diff - "$WORK/printed" ||
  fail "docs/sft_configuration.md is out of date: put the output of 'hone sft --help-config-markdown' below its first paragraph"
"$HONE" distill --help-config-markdown >"$WORK/printed"
sed '1,/^This page is what/d' "$SOURCE/docs/distill_configuration.md" | diff - "$WORK/printed" ||
  fail "docs/distill_configuration.md is out of date: put the output of 'hone distill --help-config-markdown' below its first paragraph"
"$HONE" compare --help-config-markdown >"$WORK/printed"
sed '1,/^This page is what/d' "$SOURCE/docs/compare_configuration.md" | diff - "$WORK/printed" ||
  fail "docs/compare_configuration.md is out of date: put the output of 'hone compare --help-config-markdown' below its first paragraph"
for command in compare train sft distill tokenizer data "data check" "data filter" "data make" eval generate pipeline rollout-worker reward-server report score logprobs tokenize inspect import; do
  "$HONE" $command --help >/dev/null || fail "hone $command --help"
done
# Commands in the README files and docs: their subcommands, options, scripts and files exist.
pages=("$SOURCE"/README.md "$SOURCE"/CONTRIBUTING.md "$SOURCE"/docs/*.md "$SOURCE"/examples/*/README.md)
help_of() {  # help_of WORD...: the help of a subcommand, asked once
  local file="$WORK/help.${*// /_}"
  file=${file// /_}
  [ -f "$file" ] || "$HONE" "$@" --help >"$file" 2>/dev/null || { rm -f "$file"; return 1; }
  cat "$file"
}
commands=0
while IFS= read -r line; do
  line=${line//[\[\]\`]/ }
  read -ra words <<<"${line%% #*}"
  known=() help=
  for word in "${words[@]:1}"; do
    [[ $word =~ ^[a-z][a-z-]*$ ]] && text=$(help_of "${known[@]}" "$word") || break
    known+=("$word")
    help+=$text
  done
  [ ${#known[@]} -gt 0 ] || [[ ${words[1]:-} == --* ]] || fail "no such command: $line"
  for word in "${words[@]}"; do
    [[ $word == --[a-z]* ]] || continue
    option=${word%%=*}
    [[ -z $help || $help == *"$option"* || $option == --help* ]] || fail "hone ${known[*]} has no option $option: $line"
  done
  commands=$((commands + 1))
done < <(grep -hoE '(build/release/|^|`)hone [^`]*' "${pages[@]}")
[ $commands -gt 80 ] || fail "only $commands commands found in the pages"
grep -hoE '\b(scripts|examples)/[A-Za-z0-9_./-]*[A-Za-z0-9_]' "${pages[@]}" | sort -u | while read -r path; do
  [ -e "$SOURCE/$path" ] || fail "$path is named in the pages and does not exist"
done
echo "the configuration pages are true, and $commands commands of all pages exist"

