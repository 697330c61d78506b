// "prefix_match": dense reward for an exact text. With n characters in the reference, each character of the text up
// to the first mismatch earns 1 / (n + 1); the last share is for ending right there with an end token. This is the
// reward of verl's digit-completion test task.
#include <algorithm>
#include <cstddef>

#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

/// Characters of UTF-8 `text` that lie wholly in its first `bytes` bytes.
std::size_t whole_characters(std::string_view text, std::size_t bytes) {
  const std::size_t started =
      static_cast<std::size_t>(std::count_if(text.begin(), text.begin() + bytes, starts_character));
  const bool cut = bytes < text.size() && !starts_character(text[bytes]);
  return started - (cut && started > 0 ? 1 : 0);
}

class PrefixMatch final : public RewardFunction {
 public:
  std::vector<RewardComponent> score(const Group& group) const override {
    const std::string_view expected = group.problem.reference;
    const std::size_t length = whole_characters(expected, expected.size());
    return for_each_completion(group, [&](const Completion& completion) {
      const auto mismatch =
          std::mismatch(expected.begin(), expected.end(), completion.text.begin(), completion.text.end());
      const std::size_t bytes = static_cast<std::size_t>(mismatch.first - expected.begin());
      std::size_t earned = whole_characters(expected, bytes);
      if (completion.text == expected && completion.finish_reason == FinishReason::stop_token) ++earned;
      return scored(static_cast<double>(earned) / static_cast<double>(length + 1),
                    std::to_string(earned) + " of " + std::to_string(length + 1));
    });
  }
};

}  // namespace

std::unique_ptr<RewardFunction> make_prefix_match(Settings&) { return std::make_unique<PrefixMatch>(); }

}  // namespace hone
