#!/usr/bin/env bash
# docs/rewards.md, "Your own reward in ten minutes", run word for word: its first block prints its second, and the blocks that
# follow run. Wants HONE_BUILD (build folder), SOURCE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# Blocks without a language, one a file.
awk -v out="$work/block" '
  /^## / { wanted = ($0 == "## Your own reward in ten minutes") }
  !wanted { next }
  /^```/ { if (open) { open = 0 } else { open = 1; plain = ($0 == "```"); if (plain) ++n } next }
  open && plain { print > (out n) }' "$SOURCE/docs/rewards.md"
[[ -s $work/block3 && ! -e $work/block4 ]] || fail "the page should have three blocks of commands and output"

cd "$work"
mkdir build
ln -s "$HONE_BUILD" build/release
bash -euo pipefail block1 >printed 2>log || { cat log; fail "the first block"; }
diff block2 printed || fail "the first block prints something else"
bash -euo pipefail block3 >printed 2>log || { cat log printed; fail "the block on C++"; }
grep '^{' printed | sed 's/,"detail".*//' >scores
sed 's/,"detail".*//' block2 | diff - scores || fail "the rule in C++ gives other scores than the one in Python"
echo "the page is true"
