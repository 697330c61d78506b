// How many rows have which flaw, with the first few examples of each. Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rl/data/row_screen.h"

namespace hone {

class FlawCounts {
 public:
  explicit FlawCounts(std::size_t examples) : most_examples_(examples) {}

  void add(const FoundFlaw& flaw, const std::string& where);
  int64_t count(Flaw flaw) const { return counts_[static_cast<std::size_t>(flaw)]; }
  int64_t total() const;

  /// A line for each flaw that was met, with its share of `rows`, and its examples below it.
  std::string text(int64_t rows) const;
  /// {"near_duplicate": {"rows": 3, "examples": [{"row": "FILE:LINE", "detail"}]}, ...}
  nlohmann::ordered_json json() const;

 private:
  struct Example {
    std::string where, detail;
  };
  std::size_t most_examples_;
  std::array<int64_t, kFlaws> counts_{};
  std::array<std::vector<Example>, kFlaws> examples_;
};

}  // namespace hone
