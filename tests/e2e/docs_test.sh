#!/usr/bin/env bash
# docs/configuration.md is what the program prints.
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
echo "the configuration page is true"
