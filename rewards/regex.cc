// "regex": a PCRE2 pattern matches the text. Matching runs in the interpreter with limits, so that the result does
// not depend on the machine and no pattern can hang; a text that meets a limit gives Outcome::error, not a zero.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <memory>
#include <new>
#include <string>

#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr std::size_t kMaxPatternBytes = 4096;
constexpr uint32_t kMatchLimit = 1'000'000;
constexpr uint32_t kHeapLimitKib = 32 * 1024;

struct Free {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
  void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
  void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
};
using Code = std::unique_ptr<pcre2_code, Free>;

std::string error_text(int code) {
  std::array<PCRE2_UCHAR, 160> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

class Regex final : public RewardFunction {
 public:
  Regex(Code code, bool whole) : code_(std::move(code)), options_(whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    const std::unique_ptr<pcre2_match_data, Free> data(pcre2_match_data_create(1, nullptr));
    const std::unique_ptr<pcre2_match_context, Free> context(pcre2_match_context_create(nullptr));
    if (!data || !context) throw std::bad_alloc();
    pcre2_set_match_limit(context.get(), kMatchLimit);
    pcre2_set_heap_limit(context.get(), kHeapLimitKib);
    return for_each_completion(group, [&](const Completion& completion) {
      const auto* text = reinterpret_cast<PCRE2_SPTR>(completion.text.data());
      const int rc = pcre2_match(code_.get(), text, completion.text.size(), 0, options_, data.get(), context.get());
      if (rc >= 0) return scored(1.0);
      if (rc == PCRE2_ERROR_NOMATCH) return scored(0.0, "no match");
      return failed("regular expression: " + error_text(rc));
    });
  }

 private:
  Code code_;
  uint32_t options_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_regex(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kModes{"full", "search"};
  const std::string pattern = settings.text("pattern");
  const std::string mode = settings.choice("mode", kModes, "full");
  if (pattern.size() > kMaxPatternBytes)
    settings.fail("pattern", std::to_string(pattern.size()) + " bytes; at most " + std::to_string(kMaxPatternBytes));
  int error = 0;
  PCRE2_SIZE offset = 0;
  const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  Code code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &offset, nullptr));
  if (!code)
    settings.fail("pattern", "'" + excerpt(pattern) + "' is not a valid pattern: " + error_text(error) + " (at byte " +
                                 std::to_string(offset) + ")");
  return std::make_unique<Regex>(std::move(code), mode == "full");
}

}  // namespace hone
