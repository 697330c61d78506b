// "repetition": penalty for repeated n-grams (Yeo et al. 2025, arXiv:2502.03373, in the form of open-r1):
//   max_penalty * (1 - distinct n-grams / all n-grams), 0 for a text of fewer than n units.
// Units are words between white space, A-Z as a-z, or token ids, which also serve languages without spaces.
#include <algorithm>
#include <array>
#include <span>

#include "rewards/rule.h"
#include "rewards/text.h"
#include "rewards/words.h"

namespace hone {
namespace {

/// Distinct runs of n neighbours, by sorting where they begin: n log n comparisons, no copy of an n-gram.
template <class Unit>
std::size_t distinct_runs(const std::vector<Unit>& units, std::size_t n) {
  const auto run = [&](std::size_t begin) { return std::span<const Unit>(units).subspan(begin, n); };
  const auto before = [&](std::size_t a, std::size_t b) {
    return std::lexicographical_compare(run(a).begin(), run(a).end(), run(b).begin(), run(b).end());
  };
  std::vector<std::size_t> begins(units.size() - n + 1);
  for (std::size_t i = 0; i < begins.size(); ++i) begins[i] = i;
  std::sort(begins.begin(), begins.end(), before);
  std::size_t distinct = 1;
  for (std::size_t i = 1; i < begins.size(); ++i) distinct += before(begins[i - 1], begins[i]) ? 1 : 0;
  return distinct;
}

class Repetition final : public RewardFunction {
 public:
  Repetition(std::size_t n, double max_penalty, bool tokens) : n_(n), max_penalty_(max_penalty), tokens_(tokens) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    return for_each_completion(group, [&](const Completion& completion) {
      if (tokens_) return penalty(completion.token_ids);
      const std::string text = lower(completion.text);
      return penalty(words_of(text));
    });
  }

 private:
  template <class Unit>
  RewardComponent penalty(const std::vector<Unit>& units) const {
    if (units.size() < n_) return scored(0.0);
    const std::size_t all = units.size() - n_ + 1;
    const std::size_t distinct = distinct_runs(units, n_);
    if (distinct == all) return scored(0.0);
    return scored(max_penalty_ * (1.0 - static_cast<double>(distinct) / static_cast<double>(all)),
                  std::to_string(distinct) + " distinct of " + std::to_string(all) + " runs of " + std::to_string(n_));
  }

  std::size_t n_;
  double max_penalty_;
  bool tokens_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_repetition(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kUnits{"words", "tokens"};
  const int64_t n = settings.integer("ngram_size", 1, 64, 3);
  const double max_penalty = settings.number("max_penalty", -1.0);
  if (max_penalty > 0) settings.fail("max_penalty", "above 0; a penalty is 0 or less, for example -1");
  const std::string unit = settings.choice("unit", kUnits, "words");
  return std::make_unique<Repetition>(static_cast<std::size_t>(n), max_penalty, unit == "tokens");
}

}  // namespace hone
