#include "rl/problem_stream.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "proto/base/error.h"
#include "proto/base/random.h"

namespace hone {

ProblemStream::ProblemStream(std::size_t problem_count, uint64_t seed, bool shuffle,
                             const CurriculumSection& curriculum)
    : problem_count_(problem_count), seed_(seed), shuffle_(shuffle), curriculum_(curriculum) {
  HONE_CHECK(problem_count > 0, "no problems");
}

uint32_t ProblemStream::at(int64_t position) {
  const auto count = static_cast<int64_t>(problem_count_);
  const int64_t epoch = position / count;
  const auto place = static_cast<std::size_t>(position % count);
  if (!shuffle_) return static_cast<uint32_t>(place);
  if (epoch != order_epoch_) {
    order_ = permutation(problem_count_, seed_, static_cast<uint32_t>(epoch));
    order_epoch_ = epoch;
  }
  return order_[place];
}

/// Too hard problems whose rest is over, longest due first.
void ProblemStream::take_requeued(int64_t limit, int64_t step, std::vector<uint32_t>& out) {
  std::vector<std::pair<int64_t, uint32_t>> due;
  for (const auto& [problem, rest] : resting_)
    if (rest.too_hard && rest.until <= step) due.emplace_back(rest.until, problem);
  std::sort(due.begin(), due.end());
  if (static_cast<int64_t>(due.size()) > limit) due.resize(static_cast<std::size_t>(limit));
  for (const auto& [until, problem] : due) {
    resting_.erase(problem);
    taken_.insert(problem);
    out.push_back(problem);
    ++requeued_;
  }
}

uint32_t ProblemStream::take_next(int64_t step) {
  for (std::size_t tried = 0; tried < problem_count_; ++tried) {
    const uint32_t problem = at(position_++);
    const auto rest = resting_.find(problem);
    const bool rests = rest != resting_.end() && rest->second.until > step;
    if (!rests && !taken_.contains(problem)) {
      if (rest != resting_.end()) resting_.erase(rest);
      return problem;
    }
    ++skipped_;
  }
  if (resting_.empty()) return at(position_++);  // all are taken; a step larger than the data set repeats them
  const auto soonest = std::min_element(resting_.begin(), resting_.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.second.until, a.first) < std::tuple(b.second.until, b.first);
  });
  const uint32_t problem = soonest->first;
  resting_.erase(soonest);
  taken_.insert(problem);
  return problem;
}

std::vector<uint32_t> ProblemStream::next(int64_t count, int64_t step) {
  if (step != step_) taken_.clear();
  step_ = step;
  std::vector<uint32_t> out;
  out.reserve(static_cast<std::size_t>(count));
  if (curriculum_.enabled)
    take_requeued(static_cast<int64_t>(static_cast<double>(count) * curriculum_.requeue_share), step, out);
  while (static_cast<int64_t>(out.size()) < count) out.push_back(take_next(step));
  return out;
}

void ProblemStream::observe(uint32_t problem, double pass_rate, int64_t step) {
  if (!curriculum_.enabled || std::isnan(pass_rate)) return;
  if (pass_rate < curriculum_.min_pass_rate)
    resting_[problem] = {step + curriculum_.requeue_after, true};
  else if (pass_rate > curriculum_.max_pass_rate)
    resting_[problem] = {step + curriculum_.rest_after_pass, false};
  else
    resting_.erase(problem);
}

ProblemStream::Counts ProblemStream::take_counts() {
  Counts counts;
  for (const auto& [problem, rest] : resting_) ++(rest.too_hard ? counts.too_hard : counts.too_easy);
  counts.skipped = skipped_;
  counts.requeued = requeued_;
  skipped_ = requeued_ = 0;
  return counts;
}

ProblemStreamState ProblemStream::state() const {
  ProblemStreamState state{position_, {}};
  for (const auto& [problem, rest] : resting_) state.resting.push_back({problem, rest.until, rest.too_hard});
  return state;
}

void ProblemStream::restore(const ProblemStreamState& state) {
  for (const auto& rest : state.resting)
    if (rest.problem >= problem_count_)
      throw Error(ErrorCode::data_loss, "checkpoint: problem " + std::to_string(rest.problem) +
                                            " rests, but data.train_file has " + std::to_string(problem_count_) +
                                            "; resume with the data that the run began with");
  position_ = state.position;
  resting_.clear();
  if (!curriculum_.enabled) return;
  for (const auto& rest : state.resting) resting_[rest.problem] = {rest.until, rest.too_hard};
}

}  // namespace hone
