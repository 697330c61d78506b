// Looks at the scored groups of a run, step by step, and warns a person of what goes wrong in the rewards, once for each
// condition and function:
//   - a function fails: which, how often, with an example; and again where more than a tenth of the last kWatchSteps steps' scores
//     failed;
//   - one function makes nearly all of the total's variance (share above kDominantShare over kWatchSteps steps): the others
//     teach next to nothing. Variance within groups counts, since that is what advantages are made of. A share is
//     covariance(weight * component, total) / variance(total); the shares add up to 1.
// Thread rule: one owner.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/trace.h"

namespace hone {

inline constexpr int kWatchSteps = 20;
inline constexpr double kDominantShare = 0.95;
inline constexpr double kManyErrors = 0.1;

class RewardWatch {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// `functions`: names and weights, in the order of the components. `warn` defaults to the log.
  explicit RewardWatch(std::vector<std::pair<std::string, double>> functions, Warn warn = {});

  /// The groups of one step.
  void observe(std::span<const Group> groups);

 private:
  struct Window {
    double covariance = 0.0;  // of the weighted component with the total, summed over completions
    int64_t scores = 0;
    int64_t errors = 0;
  };

  void count_errors(std::span<const Group> groups, std::size_t k);
  void add_variances(const Group& group);
  void judge_window();
  void warn_once(const std::string& condition, std::size_t k, const std::string& text);

  std::vector<std::pair<std::string, double>> functions_;
  Warn warn_;
  std::vector<Window> windows_;
  double total_variance_ = 0.0;
  int steps_ = 0;
  std::set<std::pair<std::string, std::size_t>> warned_;
};

}  // namespace hone
