// "word_count": 1 if the number of words is within limits, else 0, as the length constraints of IFEval (arXiv:2311.07911); or,
// in mode "share", falling with the distance: words / min below, max / words above. Words stand between Unicode white space.
// Limits come from the settings, or from the problem's metadata where `metadata_min`, `metadata_max` name its fields.
#include <array>

#include "proto/base/json.h"
#include "rewards/rule.h"
#include "rewards/words.h"

namespace hone {
namespace {

constexpr int64_t kMost = INT32_MAX;

struct Limits {
  int64_t min = 0;
  int64_t max = kMost;
};

class WordCount final : public RewardFunction {
 public:
  WordCount(Limits limits, std::string min_field, std::string max_field, bool share)
      : limits_(limits), min_field_(std::move(min_field)), max_field_(std::move(max_field)), share_(share) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    Limits limits = limits_;
    if (!read(group.problem, min_field_, limits.min) || !read(group.problem, max_field_, limits.max) ||
        limits.min > limits.max)
      return for_all(group, skipped("the problem's metadata has no usable limits"));
    return for_each_completion(group, [&](const Completion& completion) {
      const auto words = static_cast<int64_t>(words_of(completion.text).size());
      const std::string detail = std::to_string(words) + " words";
      if (words >= limits.min && words <= limits.max) return scored(1.0, detail);
      if (!share_) return scored(0.0, detail);
      const int64_t less = words < limits.min ? words : limits.max;
      const int64_t more = words < limits.min ? limits.min : words;
      return scored(static_cast<double>(less) / static_cast<double>(more), detail);
    });
  }

 private:
  static bool read(const Problem& problem, const std::string& field, int64_t& limit) {
    if (field.empty()) return true;
    const Json metadata = Json::parse(problem.metadata_json, nullptr, false);
    if (!metadata.is_object() || !metadata.contains(field) || !metadata[field].is_number_integer()) return false;
    const int64_t value = metadata[field].get<int64_t>();
    if (value < 0 || value > kMost) return false;
    limit = value;
    return true;
  }

  Limits limits_;
  std::string min_field_, max_field_;
  bool share_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_word_count(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kModes{"strict", "share"};
  Limits limits;
  limits.min = settings.integer("min", 0, kMost, 0);
  limits.max = settings.integer("max", 0, kMost, kMost);
  if (limits.min > limits.max)
    settings.fail("min",
                  std::to_string(limits.min) + " is above max " + std::to_string(limits.max) + "; give at most that");
  const std::string min_field = settings.text("metadata_min", "");
  const std::string max_field = settings.text("metadata_max", "");
  const bool share = settings.choice("mode", kModes, "strict") == "share";
  if (!settings.has("min") && !settings.has("max") && min_field.empty() && max_field.empty())
    settings.fail("min", "missing; give min, max, or the metadata fields that hold them");
  return std::make_unique<WordCount>(limits, min_field, max_field, share);
}

}  // namespace hone
