// bench_rewards: pairs a second of the maths verifier on one core (Google Benchmark).
//   ordinary      references of MATH and GSM8K against right and wrong responses in a box
//   conformance   the public cases of tests/data/math_equivalence
//   worst         the slowest pair of the conformance set, in milliseconds
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rewards/math/verify.h"

namespace hone {
namespace {

struct Pair {
  std::string gold, pred;
  math::Mode mode;
};

const std::filesystem::path kData = std::filesystem::path(HONE_SOURCE_DIR) / "tests/data";

/// Half integers as in GSM8K, half answers of MATH; every second response is wrong.
std::vector<Pair> ordinary_pairs() {
  std::vector<std::string> answers;
  std::ifstream in(kData / "math_answers/answers.txt");
  for (std::string line; std::getline(in, line);) {
    answers.push_back(line);
    answers.push_back(std::to_string(answers.size() * 37 % 1000));
  }
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string& given = i % 4 < 2 ? answers[i] : answers[(i + 2) % answers.size()];
    pairs.push_back(
        {answers[i], "We add both parts and simplify. The answer is $\\boxed{" + given + "}$.", math::Mode::response});
  }
  return pairs;
}

std::vector<Pair> conformance_pairs() {
  std::vector<Pair> pairs;
  for_each_jsonl(kData / "math_equivalence/cases.jsonl", [&](const Json& row, std::size_t) {
    pairs.push_back({row.at("gold"), row.at("pred"), math::mode_from_string(row.at("mode").get<std::string>())});
  });
  return pairs;
}

void verify_all(benchmark::State& state, const std::vector<Pair>& pairs) {
  for (auto _ : state)
    for (const Pair& pair : pairs)
      benchmark::DoNotOptimize(math::verify(pair.gold, pair.pred, pair.mode, {}, false).verdict);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(pairs.size()));
}

void ordinary(benchmark::State& state) { verify_all(state, ordinary_pairs()); }
void conformance(benchmark::State& state) { verify_all(state, conformance_pairs()); }

void worst(benchmark::State& state) {
  const std::vector<Pair> pairs = conformance_pairs();
  double slowest = 0;
  for (auto _ : state) {
    for (const Pair& pair : pairs) {
      const auto begin = std::chrono::steady_clock::now();
      benchmark::DoNotOptimize(math::verify(pair.gold, pair.pred, pair.mode, {}, false).verdict);
      slowest = std::max(slowest,
                         std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
  }
  state.counters["ms"] = slowest;
}

BENCHMARK(ordinary)->Unit(benchmark::kMillisecond);
BENCHMARK(conformance)->Unit(benchmark::kMillisecond);
BENCHMARK(worst)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace hone

BENCHMARK_MAIN();
