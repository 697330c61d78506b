// "overlong": soft overlong punishment, DAPO (arXiv:2503.14476) equation 13, over the number of sampled tokens n:
//   0 for n <= max - cache;  ((max - cache) - n) / cache for max - cache < n <= max;  -1 for n > max.
#include <cstdint>

#include "rewards/rule.h"

namespace hone {
namespace {

class Overlong final : public RewardFunction {
 public:
  Overlong(int64_t max_length, int64_t cache_length) : max_(max_length), cache_(cache_length) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    return for_each_completion(group, [&](const Completion& completion) {
      const auto length = static_cast<int64_t>(completion.token_ids.size());
      if (length <= max_ - cache_) return scored(0.0);
      const double penalty =
          length > max_ ? -1.0 : static_cast<double>(max_ - cache_ - length) / static_cast<double>(cache_);
      return scored(penalty, std::to_string(length) + " tokens, free up to " + std::to_string(max_ - cache_));
    });
  }

 private:
  int64_t max_;
  int64_t cache_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_overlong(Settings& settings) {
  const int64_t max_length = settings.integer("max_completion_length", 1, INT32_MAX);
  const int64_t cache_length = settings.integer("cache_length", 0, INT32_MAX);
  if (cache_length > max_length)
    settings.fail("cache_length", std::to_string(cache_length) + " is above max_completion_length " +
                                      std::to_string(max_length) + "; give at most that");
  return std::make_unique<Overlong>(max_length, cache_length);
}

}  // namespace hone
