#include "rl/micro_batch.h"

#include <utility>

namespace hone {
namespace {

/// Collects completions of one prompt until they are added to the micro-batch together.
class Packer {
 public:
  Packer(StepWork& work, int64_t max_rows) : work_(work), max_rows_(max_rows) {}

  void begin_group(const std::vector<int32_t>& prompt) { prompt_ = &prompt; }

  void add(const Completion& completion, double advantage) {
    const auto rows = static_cast<int64_t>(completion.token_ids.size()) - 1;  // the last token predicts nothing
    const int64_t prompt_rows = pending_.empty() ? static_cast<int64_t>(prompt_->size()) : 0;
    if (rows_ > 0 && rows_ + prompt_rows + rows > max_rows_) close();
    if (pending_.empty()) rows_ += static_cast<int64_t>(prompt_->size());
    rows_ += rows;
    pending_.push_back(completion.token_ids);
    current_.advantages.push_back(advantage);
    current_.sampling_logprobs.insert(current_.sampling_logprobs.end(), completion.logprobs.begin(), completion.logprobs.end());
    work_.trained_sequences += 1;
    work_.trained_tokens += static_cast<int64_t>(completion.token_ids.size());
  }

  void end_group() {
    if (!pending_.empty()) current_.batch.add_group(*prompt_, pending_);
    pending_.clear();
  }

  /// Ends the micro-batch; the rest of a group goes on in the next one.
  void close() {
    end_group();
    if (current_.batch.sequence_count() > 0) {
      current_.first_target = next_target_;
      next_target_ += current_.batch.target_count();
      work_.rows += current_.batch.rows();
      work_.micro_batches.push_back(std::move(current_));
    }
    current_ = {};
    rows_ = 0;
  }

 private:
  StepWork& work_;
  int64_t max_rows_;
  const std::vector<int32_t>* prompt_ = nullptr;
  std::vector<std::vector<int32_t>> pending_;
  MicroBatch current_;
  int64_t rows_ = 0;
  int64_t next_target_ = 0;
};

}  // namespace

std::span<const Group> groups_of_update(std::span<const Group> groups, int64_t index, int64_t count) {
  const auto size = static_cast<int64_t>(groups.size());
  const int64_t begin = index * size / count, end = (index + 1) * size / count;
  return groups.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

StepWork plan_work(std::span<const Group> groups, const WorkOptions& options) {
  StepWork work;
  Packer packer(work, options.max_rows);
  for (const Group& group : groups) {
    packer.begin_group(group.prompt_token_ids);
    for (std::size_t i = 0; i < group.completions.size(); ++i) {
      const Completion& c = group.completions[i];
      work.sequences += 1;
      if (options.mask_truncated_completions && c.finish_reason == FinishReason::length) continue;
      work.tokens += static_cast<int64_t>(c.token_ids.size());
      const double advantage = group.advantages.at(i);
      if (c.token_ids.empty() || (advantage == 0.0 && !options.keep_zero_advantage)) continue;
      packer.add(c, advantage);
    }
    packer.end_group();
  }
  packer.close();
  return work;
}

}  // namespace hone
