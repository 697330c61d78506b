// Which problems come next: the data set epoch by epoch, each in an order that is a function of (seed, epoch), and with a curriculum
// without those that rest.
//
// A curriculum keeps to problems whose share of passes lies in a band (as Kimi k1.5 samples, arXiv:2501.12599): one
// above it rests for `rest_after_pass` steps; one below it rests for `requeue_after` steps and then comes back first, as part of at
// most `requeue_share` of a round. When every problem rests, the one whose rest ends first is taken.
//
// What it does is a function of its state, the step and what it observed, so that a resumed run goes on alike.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "rl/grpo_section.h"

namespace hone {

/// What a checkpoint holds of a stream.
struct ProblemStreamState {
  struct Resting {
    uint32_t problem = 0;
    int64_t until = 0;  // first step (0-based) in which it may be taken
    bool too_hard = false;
  };
  int64_t position = 0;  // problems drawn from the epochs so far, skipped ones included
  std::vector<Resting> resting;
};

class ProblemStream {
 public:
  /// problem_count >= 1.
  ProblemStream(std::size_t problem_count, uint64_t seed, bool shuffle, const CurriculumSection& curriculum);

  /// The next `count` problems for `step` (0-based).
  std::vector<uint32_t> next(int64_t count, int64_t step);
  /// What `step` found out: the share of a problem's completions that passed. NaN = not known.
  void observe(uint32_t problem, double pass_rate, int64_t step);

  struct Counts {
    int64_t too_easy = 0, too_hard = 0;  // that rest now
    int64_t skipped = 0, requeued = 0;   // since the last call
  };
  Counts take_counts();

  ProblemStreamState state() const;
  /// Throws data_loss when the state is of another data set.
  void restore(const ProblemStreamState& state);

 private:
  struct Rest {
    int64_t until = 0;
    bool too_hard = false;
  };
  uint32_t at(int64_t position);
  void take_requeued(int64_t limit, int64_t step, std::vector<uint32_t>& out);
  uint32_t take_next(int64_t step);

  std::size_t problem_count_;
  uint64_t seed_;
  bool shuffle_;
  CurriculumSection curriculum_;
  int64_t position_ = 0;
  std::map<uint32_t, Rest> resting_;
  int64_t skipped_ = 0, requeued_ = 0;
  int64_t step_ = -1;         // of taken_
  std::set<uint32_t> taken_;  // out of the epoch's order in this step: not to be met again in it
  int64_t order_epoch_ = -1;
  std::vector<uint32_t> order_;  // of order_epoch_
};

}  // namespace hone
