// Do training prompts hold text of evaluation problems? A row overlaps when it shares a run of n words (13 by default: Brown et al. 2020,
// arXiv:2005.14165, appendix C) with the prompt of an evaluation problem; a prompt of fewer words must be the whole row.
//
// Runs that stand in more than a tenth of the evaluation problems (and in at least ten) are their prompts' template and say nothing.
// Memory: about 60 bytes a word of the evaluation files. Thread rule: const methods from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hone {

struct Overlap {
  std::string problem;   // "FILE:LINE" of the first evaluation problem that shares a run
  std::size_t runs = 0;  // of the row that are shared
};

class EvaluationOverlap {
 public:
  explicit EvaluationOverlap(int64_t ngram = 13);  // throws invalid_argument below 1

  void add(std::string_view prompt, std::string where);
  /// After the last add().
  void finish();
  std::optional<Overlap> find(std::span<const uint64_t> words) const;

  std::size_t problems() const { return problems_.size(); }
  std::size_t template_runs() const { return template_runs_; }

 private:
  struct Run {
    uint32_t first = 0;     // problem
    uint32_t problems = 0;  // that hold it
    uint32_t last = 0;
  };
  std::size_t ngram_;
  std::vector<std::string> problems_;
  std::unordered_map<uint64_t, Run> runs_;
  std::size_t template_runs_ = 0;
};

}  // namespace hone
