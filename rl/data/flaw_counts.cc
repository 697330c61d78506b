#include "rl/data/flaw_counts.h"

#include <cstdio>
#include <numeric>

#include "proto/base/json.h"
#include "rewards/text.h"

namespace hone {

void FlawCounts::add(const FoundFlaw& flaw, const std::string& where) {
  const auto i = static_cast<std::size_t>(flaw.flaw);
  counts_[i] += 1;
  if (examples_[i].size() < most_examples_) examples_[i].push_back({where, flaw.detail});
}

int64_t FlawCounts::total() const { return std::accumulate(counts_.begin(), counts_.end(), int64_t{0}); }

std::string FlawCounts::text(int64_t rows) const {
  std::string out;
  char line[96];
  for (std::size_t i = 0; i < kFlaws; ++i) {
    if (counts_[i] == 0) continue;
    const auto flaw = static_cast<Flaw>(i);
    std::snprintf(line, sizeof line, "%-15s %9ld  %5.1f %%  ", std::string(to_string(flaw)).c_str(), static_cast<long>(counts_[i]),
                  100.0 * static_cast<double>(counts_[i]) / static_cast<double>(rows));
    out += line + std::string(description(flaw)) + "\n";
    for (const Example& example : examples_[i]) out += "    " + example.where + ": " + excerpt(example.detail, 120) + "\n";
  }
  return out;
}

OrderedJson FlawCounts::json() const {
  OrderedJson out = OrderedJson::object();
  for (std::size_t i = 0; i < kFlaws; ++i) {
    if (counts_[i] == 0) continue;
    OrderedJson examples = OrderedJson::array();
    for (const Example& example : examples_[i]) examples.push_back({{"row", example.where}, {"detail", example.detail}});
    out[std::string(to_string(static_cast<Flaw>(i)))] = {{"rows", counts_[i]}, {"examples", std::move(examples)}};
  }
  return out;
}

}  // namespace hone
