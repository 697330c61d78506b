#!/usr/bin/env bash
# Commands that need no gradient start without LibTorch.
. "$(dirname "$0")/lib.sh"
! ldd "$HONE" | grep -qi torch || fail "hone itself is linked with LibTorch: $(ldd "$HONE" | grep -i torch)"
ldd "$(dirname "$HONE")/hone-train" | grep -q torch_cpu || fail "hone-train is not linked with LibTorch"
"$HONE" --help | sed -n '/^Subcommands:/,$s/^  \([a-z-]\+\) .*/\1/p' >"$WORK/commands"
[ "$(wc -l <"$WORK/commands")" -ge 17 ] || fail "commands in --help: $(cat "$WORK/commands")"
while read -r command; do
  "$HONE" "$command" --help >"$WORK/help" || fail "hone $command --help: exit $?"
  grep -q "Usage: hone.* $command" "$WORK/help" || fail "hone $command --help: $(head -3 "$WORK/help")"
done <"$WORK/commands"
echo "$(wc -l <"$WORK/commands") commands start; hone loads no LibTorch"
