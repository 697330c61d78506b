// The numbers of one step, in the order they are written, under TRL's names (docs/metrics.md lists them).
// NaN is written as null. Plain data.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/trace.h"

namespace hone {

class Metrics {
 public:
  void set(const std::string& name, double value);
  void set_integer(const std::string& name, int64_t value);
  void set_text(const std::string& name, const std::string& value);
  /// NaN when absent.
  double get(const std::string& name) const;
  /// One JSON line; numbers round-trip.
  std::string to_json_line() const;

 private:
  struct Entry {
    std::string name;
    double value = 0.0;
    int64_t integer = 0;
    std::string text;
    enum class Kind { number, integer, text } kind = Kind::number;
  };
  std::vector<Entry> entries_;
};

/// completions/{mean,min,max}_length, completions/clipped_ratio, completions/{mean,min,max}_terminated_length,
/// rewards/{skipped,error}_ratio. Lengths in tokens, the stop token included.
void add_completion_metrics(std::span<const Group> groups, Metrics& metrics);

}  // namespace hone
