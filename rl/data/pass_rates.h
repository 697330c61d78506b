// How often a model solved each problem, from what Hone writes: a file of `hone eval --records` (accuracy of a problem), a run's
// completions.jsonl or the output of `hone generate --reward` (one line a completion; right = scored at least 1 - 1e-9).
// Memory: one entry of about 40 bytes a problem. Thread rule: const methods from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hone {

class PassRates {
 public:
  /// Adds a file. Throws invalid_argument "<file>:<line>: ..." for a line of no known kind.
  void read(const std::string& file);
  /// By the problem's id; nothing when no record names it.
  std::optional<double> find(std::string_view id) const;
  std::size_t problems() const { return rates_.size(); }

 private:
  struct Rate {
    double right = 0.0;
    double scored = 0.0;
  };
  std::unordered_map<uint64_t, Rate> rates_;  // by the id's digest
};

}  // namespace hone
