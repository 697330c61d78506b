// "format": the text is one <think>...</think> followed by one <answer>...</answer>, nothing outside but white space.
#include <algorithm>
#include <array>
#include <string_view>

#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

/// Opening and closing tags in the order in which they must stand. An empty first or last tag is not part of the
/// text: the prompt has opened the thought, or the closing tag is a stop string.
using Tags = std::array<std::string, 4>;

class Format final : public RewardFunction {
 public:
  Format(Tags tags, bool partial) : tags_(std::move(tags)), partial_(partial) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    return for_each_completion(group, [&](const Completion& completion) {
      return partial_ ? partial_score(completion.text) : strict_score(completion.text);
    });
  }

 private:
  RewardComponent partial_score(std::string_view text) const {
    int present = 0;
    int expected = 0;
    for (const std::string& tag : tags_) {
      if (tag.empty()) continue;
      ++expected;
      present += count_occurrences(text, tag) == 1 ? 1 : 0;
    }
    return scored(static_cast<double>(present) / expected,
                  std::to_string(present) + " of " + std::to_string(expected) + " tags present once");
  }

  RewardComponent strict_score(std::string_view text) const {
    text = trim(text);
    for (const std::string& tag : tags_)
      if (!tag.empty() && count_occurrences(text, tag) != 1) return scored(0.0, "not exactly one " + excerpt(tag));
    if (!text.starts_with(tags_[0])) return scored(0.0, "does not start with " + excerpt(tags_[0]));
    if (!text.ends_with(tags_[3])) return scored(0.0, "does not end with " + excerpt(tags_[3]));
    const std::size_t think_end = text.find(tags_[1]);
    const std::size_t answer = text.find(tags_[2]);
    const std::size_t between = think_end + tags_[1].size();
    if (answer < between) return scored(0.0, excerpt(tags_[2]) + " before " + excerpt(tags_[1]));
    if (!trim(text.substr(between, answer - between)).empty())
      return scored(0.0, "text between " + excerpt(tags_[1]) + " and " + excerpt(tags_[2]));
    return scored(1.0);
  }

  Tags tags_;
  bool partial_;
};

constexpr std::array<const char*, 4> kTagSettings{"think_open", "think_close", "answer_open", "answer_close"};

void check_tags(const Tags& tags, const Settings& settings) {
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const bool may_be_empty = i == 0 || i == 3;
    if (tags[i].empty() && !may_be_empty) settings.fail(kTagSettings[i], "empty; give the tag's text");
    for (std::size_t j = 0; j < tags.size(); ++j)
      if (i != j && !tags[i].empty() && tags[j].find(tags[i]) != std::string::npos)
        settings.fail(kTagSettings[i], "'" + excerpt(tags[i]) + "' is part of " + kTagSettings[j] + " '" +
                                           excerpt(tags[j]) + "'; give tags of which none contains another");
  }
}

}  // namespace

std::unique_ptr<RewardFunction> make_format(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kModes{"strict", "count"};
  const std::string mode = settings.choice("mode", kModes, "strict");
  Tags tags{"<think>", "</think>", "<answer>", "</answer>"};
  for (std::size_t i = 0; i < tags.size(); ++i) tags[i] = settings.text(kTagSettings[i], tags[i]);
  check_tags(tags, settings);
  return std::make_unique<Format>(std::move(tags), mode == "count");
}

}  // namespace hone
