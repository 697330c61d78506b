#include "policy/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <optional>

#include "policy/text/regex_syntax.h"
#include "policy/text/utf8.h"
#include "proto/base/error.h"

namespace hone {
namespace {

constexpr std::size_t kJitStackStart = std::size_t{64} << 10;
constexpr std::size_t kJitStackLimit = std::size_t{64} << 20;
constexpr uint32_t kMatchSteps = 10'000'000;  // an honest pattern needs a few steps a byte

struct FreeCode {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
};
struct FreeMatchData {
  void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
};
struct FreeMatchContext {
  void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
};
struct FreeJitStack {
  void operator()(pcre2_jit_stack* p) const { pcre2_jit_stack_free(p); }
};

std::string pcre2_message(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR as_pcre2(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data() != nullptr ? text.data() : "");
}

}  // namespace

struct Regex::Code {
  std::unique_ptr<pcre2_code, FreeCode> compiled;
};

Regex::Regex(std::string_view pattern, bool literal, const JsonNode& where)
    : source_(pattern), code_(std::make_unique<Code>()) {
  const std::string translated = literal ? source_ : to_pcre2_syntax(pattern, where);
  const uint32_t options =
      literal ? PCRE2_UTF | PCRE2_LITERAL : PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_->compiled.reset(pcre2_compile(as_pcre2(translated), translated.size(), options, &error, &offset, nullptr));
  if (!code_->compiled) {
    where.fail(ErrorCode::invalid_argument,
               "the regular expression " + in_quotes(source_) + " does not compile: " + pcre2_message(error));
  }
  // Without a just-in-time compiler on this machine PCRE2 interprets the pattern: slower, same matches.
  pcre2_jit_compile(code_->compiled.get(), PCRE2_JIT_COMPLETE);
}

Regex::~Regex() = default;

struct RegexMatcher::State {
  std::unique_ptr<pcre2_match_data, FreeMatchData> data;
  std::unique_ptr<pcre2_match_context, FreeMatchContext> context;
  std::unique_ptr<pcre2_jit_stack, FreeJitStack> stack;  // made when the default stack (32 KiB) did not suffice
};

RegexMatcher::RegexMatcher(const Regex& regex) : regex_(regex), state_(std::make_unique<State>()) {
  state_->data.reset(pcre2_match_data_create_from_pattern(regex.code_->compiled.get(), nullptr));
  state_->context.reset(pcre2_match_context_create(nullptr));
  if (!state_->data || !state_->context) throw std::bad_alloc();
  pcre2_set_match_limit(state_->context.get(), kMatchSteps);
}

RegexMatcher::~RegexMatcher() = default;

bool RegexMatcher::find(std::string_view text, std::size_t start, TextSpan& match) {
  const auto run = [&](uint32_t more_options) {
    return pcre2_match(regex_.code_->compiled.get(), as_pcre2(text), text.size(), start,
                       PCRE2_NO_UTF_CHECK | more_options, state_->data.get(), state_->context.get());
  };
  int result = run(0);
  if (result == PCRE2_ERROR_JIT_STACKLIMIT && !state_->stack) {
    state_->stack.reset(pcre2_jit_stack_create(kJitStackStart, kJitStackLimit, nullptr));
    if (!state_->stack) throw std::bad_alloc();
    pcre2_jit_stack_assign(state_->context.get(), nullptr, state_->stack.get());
    result = run(0);
  }
  if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = run(PCRE2_NO_JIT);  // the interpreter works on the heap
  if (result == PCRE2_ERROR_NOMATCH) return false;
  if (result < 0) {
    throw Error(ErrorCode::invalid_argument, "tokenizer: the regular expression " + in_quotes(regex_.source_) +
                                                 " fails on a text of " + std::to_string(text.size()) +
                                                 " bytes: " + pcre2_message(result));
  }
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(state_->data.get());
  match = {bounds[0], bounds[1]};
  return true;
}

void RegexMatcher::find_all(std::string_view text, std::vector<TextSpan>& out) {
  out.clear();
  std::size_t start = 0;
  std::optional<std::size_t> last_end;
  TextSpan match;
  while (start <= text.size() && find(text, start, match)) {
    if (match.begin == match.end && last_end == match.end) {
      start += start < text.size() ? utf8_step(text.substr(start)).length : 1;
      continue;
    }
    out.push_back(match);
    start = match.end;
    last_end = match.end;
  }
}

}  // namespace hone
