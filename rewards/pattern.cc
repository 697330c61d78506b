#include "rewards/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <new>

#include "proto/base/error.h"
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

std::string error_text(int code) {
  std::array<PCRE2_UCHAR, 160> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

}  // namespace

struct Pattern::Code {
  std::unique_ptr<pcre2_code, Free> code;
};

Pattern::Pattern(const std::string& pattern, Part part) : code_(std::make_unique<Code>()), part_(part) {
  if (pattern.size() > kMaxPatternBytes)
    throw Error(ErrorCode::invalid_argument,
                std::to_string(pattern.size()) + " bytes; at most " + std::to_string(kMaxPatternBytes));
  int error = 0;
  PCRE2_SIZE offset = 0;
  const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  code_->code.reset(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &offset, nullptr));
  if (!code_->code)
    throw Error(ErrorCode::invalid_argument, "'" + excerpt(pattern) + "' is not a valid pattern: " + error_text(error) +
                                                 " (at byte " + std::to_string(offset) + ")");
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;

Pattern::Match Pattern::match(std::string_view text, std::string& why) const {
  const std::unique_ptr<pcre2_match_data, Free> data(pcre2_match_data_create(1, nullptr));
  const std::unique_ptr<pcre2_match_context, Free> context(pcre2_match_context_create(nullptr));
  if (!data || !context) throw std::bad_alloc();
  pcre2_set_match_limit(context.get(), kMatchLimit);
  pcre2_set_heap_limit(context.get(), kHeapLimitKib);
  const uint32_t options = part_ == Part::full ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
  const int rc = pcre2_match(code_->code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, options,
                             data.get(), context.get());
  if (rc >= 0) return Match::yes;
  if (rc == PCRE2_ERROR_NOMATCH) return Match::no;
  why = "regular expression: " + error_text(rc);
  return Match::failed;
}

}  // namespace hone
