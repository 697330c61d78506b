// Warns of the ways in which a run fails without an error: each condition is logged once, the first time it holds, with its likely
// cause, and is a metric warnings/<name> (1 while it holds, else 0) in every step.
//
//   no_reward_spread   no group's rewards differ, for `no_spread_steps` steps in a row: nothing is learned
//   all_truncated      `truncated_share` of the completions or more hit the length limit: next to all, by default
//   reward_errors      more than `error_share` of the completions have a verifier that failed
//   off_policy         sampler and learner disagree on a token's probability by more than a factor of 1 + `ratio_deviation` on average
//   large_updates      the same of the policy before and after the updates of one step
//   length_collapse    mean length below `collapse_share` of that of the first steps
//   entropy_collapse   entropy below `collapse_share` of that of the first steps
//
// Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/base/config.h"
#include "rl/metrics.h"

namespace hone {

struct WarningsSection {
  int64_t no_spread_steps = 5;
  double truncated_share = 0.95;
  double error_share = 0.1;
  double ratio_deviation = 0.2;
  double collapse_share = 0.1;
};
void visit(ConfigVisitor& v, WarningsSection& c);

/// What a checkpoint holds of a monitor.
struct RunMonitorState {
  int64_t no_spread_streak = 0;
  int64_t baseline_steps = 0;  // steps that the baselines are means of
  double baseline_length = 0.0, baseline_entropy = 0.0;
  std::vector<int64_t> reported;  // indices of the conditions that were logged
};

/// What of a run's settings the warnings speak of.
struct MonitoredRun {
  int64_t updates = 1;             // of one step
  int64_t max_length = 0;          // of a completion
  bool corrects_sampler = false;   // the loss multiplies by policy / sampler
};

class RunMonitor {
 public:
  RunMonitor(const WarningsSection& config, const MonitoredRun& run) : config_(config), run_(run) {}

  /// Reads a step's metrics and adds warnings/*.
  void check(Metrics& metrics);
  /// The one condition that a run without rewards and baselines has (hone distill): all_truncated.
  void check_truncation(Metrics& metrics);

  RunMonitorState state() const;
  void restore(const RunMonitorState& state);

 private:
  enum Condition : std::size_t {
    no_reward_spread,
    all_truncated,
    reward_errors,
    off_policy,
    large_updates,
    length_collapse,
    entropy_collapse,
    kCount
  };
  static constexpr std::array<std::string_view, kCount> kNames = {
      "no_reward_spread", "all_truncated",   "reward_errors",   "off_policy",
      "large_updates",    "length_collapse", "entropy_collapse"};
  void update_baseline(const Metrics& metrics);
  bool collapsed(double value, double baseline) const;
  void set(Condition condition, bool holds, const std::string& text, Metrics& metrics);

  WarningsSection config_;
  MonitoredRun run_;
  int64_t no_spread_streak_ = 0;
  int64_t baseline_steps_ = 0;
  double baseline_length_ = 0.0, baseline_entropy_ = 0.0;
  std::array<bool, kCount> reported_{};
};

}  // namespace hone
