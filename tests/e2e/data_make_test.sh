#!/usr/bin/env bash
# Synthetic data as a user makes it: same bytes for the same seed, rows that the rules accept, no problem on both sides, bad options.
. "$(dirname "$0")/lib.sh"
make() { "$HONE" data make "$@"; }
for kind in arithmetic countdown "countdown --rows answers" "countdown --rows solutions" "countdown --rows corpus" one-liners "one-liners --rows corpus" "word-problems --rows problems" "word-problems --rows answers" "word-problems --rows solutions" "word-problems --rows corpus --warm-up 0"; do
  make $kind --seed 3 --count 60 -o "$WORK/a"
  make $kind --seed 3 --count 60 >"$WORK/b"
  make $kind --seed 3 --count 40 -o "$WORK/short"
  make $kind --seed 4 --count 60 -o "$WORK/other"
  cmp "$WORK/a" "$WORK/b" || fail "$kind: the same seed gave other bytes"
  cmp <(head -40 "$WORK/a") "$WORK/short" || fail "$kind: a longer file does not begin with the shorter one"
  cmp -s "$WORK/a" "$WORK/other" && fail "$kind: two seeds gave the same file"
done

# The rules accept what the rows call right, and nothing else changes their mind.
make countdown --count 50 | sed -E 's/"solution":"([^"]*)"/"completion":"<answer>\1<\/answer>"/' >"$WORK/countdown"
[ "$("$HONE" score countdown "$WORK/countdown" | grep -c '"score":1.0')" = 50 ] || fail "countdown: a solution does not score 1"
for rows in answers solutions; do
  make countdown --rows $rows --values 1..10 --count 50 >"$WORK/countdown"
  [ "$("$HONE" score countdown "$WORK/countdown" | grep -c '"score":1.0')" = 50 ] || fail "countdown: one of the $rows does not score 1"
done
make word-problems --rows solutions --count 50 >"$WORK/solutions"
[ "$("$HONE" score '[{"name":"math","extraction":"strict"}]' "$WORK/solutions" | grep -c '"score":1.0')" = 50 ] || fail "word problems: a solution does not score 1"

# One-line functions: Python says what C++ does, in the sandbox where there is one (a machine without user namespaces has none).
make one-liners --rows solutions --steps 1..4 --count 24 >"$WORK/one_liners"
make one-liners --rows solutions --steps 1..4 --count 24 --split held-out >>"$WORK/one_liners"
code='{"source":"continuation"}'
if "$HONE" score code "$WORK/one_liners" --settings "$code" >"$WORK/scores" 2>"$WORK/err"; then
  [ "$(grep -c '"score":1.0' "$WORK/scores")" = 48 ] || fail "one-liners: a solution does not score 1: $(grep -v '"score":1.0' "$WORK/scores")"
  # Every step is needed: the program without its conditions, or without its changes, scores nothing.
  sed -E 's/("completion":"[^"]*) if [^]]*\]/\1]/' "$WORK/one_liners" | grep -vFf "$WORK/one_liners" >"$WORK/bare"
  [ -s "$WORK/bare" ] || fail "no solution has a condition"
  "$HONE" score code "$WORK/bare" --settings "$code" 2>"$WORK/err" | grep '"score":1.0' && fail "one-liners: a program without its conditions scores"
else
  grep -q "allow_weaker" "$WORK/err" || fail "one-liners: $(cat "$WORK/err")"
  echo "no sandbox here: solutions of one-liners are not run"
fi

# One operation makes few problems: the same one would soon be on both sides.
problem_of() { sed -E 's/.*finds ([0-9]+) [a-z]+\. ...(.*) How many.*/\1\2/' "$1" | sort -u; }
make word-problems --rows problems --operations 1 --told 1 --count 4000 -o "$WORK/train"
make word-problems --rows problems --operations 1 --told 1 --count 20 --split held-out --seed 9 -o "$WORK/held_out"
[ "$(problem_of "$WORK/held_out" | wc -l)" = 20 ] || fail "held-out problems are not distinct"
[ -z "$(comm -12 <(problem_of "$WORK/train") <(problem_of "$WORK/held_out"))" ] || fail "a problem is on both sides of the split"

expect() {
  local part=$1 status=0
  shift
  make "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
  [ "$status" = 2 ] && grep -qF -- "$part" "$WORK/err" || fail "exit $status, '$part' was expected: $(cat "$WORK/err")"
}
expect "--operations 7..2: must be N or LOW..HIGH within 1..16" word-problems --operations 7..2
expect "their sum must be at most 1" word-problems --rows corpus --recaps 0.9 --facts 0.5
expect "a corpus has no held-out problems" word-problems --rows corpus --split held-out
expect "a corpus has no held-out problems" countdown --rows corpus --split held-out
expect "--sums and --bare: their sum: must be within 0..1" countdown --rows corpus --sums 0.9 --bare 0.5
expect "--steps 0: must be N or LOW..HIGH within 1..6" one-liners --steps 0
expect "--careless: must be within 0..1" one-liners --rows corpus --careless 2
expect "--operators %: must be some of" arithmetic --operators %
expect "no further problem found" word-problems --operations 1 --split held-out --count 1000
expect "--rows" word-problems --rows poems
echo "synthetic data: reproducible, right by the rules, never on both sides of the split"
