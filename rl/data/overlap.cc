#include "rl/data/overlap.h"

#include <algorithm>

#include "proto/base/error.h"
#include "rl/data/words.h"

namespace hone {

EvaluationOverlap::EvaluationOverlap(int64_t ngram) : ngram_(static_cast<std::size_t>(ngram)) {
  if (ngram < 1) throw Error(ErrorCode::invalid_argument, "overlap of " + std::to_string(ngram) + " words: must be at least 1");
}

void EvaluationOverlap::add(std::string_view prompt, std::string where) {
  const auto problem = static_cast<uint32_t>(problems_.size());
  problems_.push_back(std::move(where));
  for (const uint64_t gram : ngram_hashes(word_hashes(prompt), ngram_)) {
    Run& run = runs_[gram];
    if (run.problems == 0) run.first = problem;
    if (run.problems == 0 || run.last != problem) ++run.problems;
    run.last = problem;
  }
}

void EvaluationOverlap::finish() {
  const std::size_t most = std::max<std::size_t>(9, problems_.size() / 10);
  template_runs_ = std::erase_if(runs_, [&](const auto& run) { return run.second.problems > most; });
}

std::optional<Overlap> EvaluationOverlap::find(std::span<const uint64_t> words) const {
  Overlap out;
  for (const uint64_t gram : ngram_hashes(words, ngram_)) {
    const auto it = runs_.find(gram);
    if (it == runs_.end()) continue;
    if (out.runs++ == 0) out.problem = problems_[it->second.first];
  }
  if (out.runs == 0) return std::nullopt;
  return out;
}

}  // namespace hone
