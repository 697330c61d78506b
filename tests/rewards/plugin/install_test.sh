#!/usr/bin/env bash
# The SDK as a stranger meets it: installs Hone's programs and SDK into an empty folder, builds examples/plugin against it with
# nothing of the source tree, and scores with the installed program. Wants HONE_BUILD (build folder), SOURCE, CMAKE.
set -euo pipefail
work=$(mktemp -d)
export CMAKE_GENERATOR=Ninja
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

"$CMAKE" --install "$HONE_BUILD" --prefix "$work/prefix" --component RewardSdk >"$work/log" 2>&1 || { cat "$work/log"; fail "install RewardSdk"; }
"$CMAKE" --install "$HONE_BUILD" --prefix "$work/prefix" --component Programs >"$work/log" 2>&1 || { cat "$work/log"; fail "install Programs"; }
cp -r "$SOURCE/examples/plugin" "$work/example"
"$CMAKE" -S "$work/example" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; fail "configure the example"; }
"$CMAKE" --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; fail "build the example"; }

symbols=$(nm -D --defined-only "$work/build/brevity.so" | awk '$2 == "T" || $2 == "D" || $2 == "B" || $2 == "R" { print $3 }')
[[ $symbols == hone_reward_plugin_entry_1 ]] || fail "the library should export its entry only, but exports: $symbols"

settings="{\"library\": \"$work/build/brevity.so\", \"settings\": {\"limit\": 20}}"
cd /
"$work/prefix/bin/hone" score plugin "$work/example/answers.jsonl" --settings "$settings" >"$work/scores" 2>"$work/log" ||
  { cat "$work/log"; fail "hone score"; }
sed -n '/^{"id"/p' "$work/example/README.md" | diff - "$work/scores" || fail "the example's README shows other scores"

"$work/prefix/bin/hone" score plugin "$work/example/answers.jsonl" --settings "${settings/20/-1}" >"$work/scores" 2>"$work/log" &&
  fail "settings that the plug-in refuses were taken"
grep -q "brevity 1.0.0 refuses its settings: limit must be a number above 0" "$work/log" || { cat "$work/log"; fail "wrong message"; }

cat >"$work/example/CMakeLists.txt" <<'TEXT'
cmake_minimum_required(VERSION 3.16)
project(Absent LANGUAGES CXX)
find_package(Hone REQUIRED COMPONENTS Learner)
TEXT
"$CMAKE" -S "$work/example" -B "$work/build2" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" 2>&1 && fail "a component that is not there was found"
echo "the example builds against the installed package and scores"
