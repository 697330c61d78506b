// Regular expressions over UTF-8 (PCRE2, just-in-time compiled). Subjects must be valid UTF-8.
// Thread rule: Regex is immutable; a RegexMatcher belongs to one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/text/json_node.h"

namespace hone {

struct TextSpan {
  std::size_t begin = 0;  // bytes
  std::size_t end = 0;
};

class Regex {
 public:
  /// `pattern` in Oniguruma's syntax, or plain text when `literal`. Errors carry the path of `where`:
  /// invalid_argument for a broken pattern, unimplemented for syntax that PCRE2 reads otherwise (regex_syntax.h).
  Regex(std::string_view pattern, bool literal, const JsonNode& where);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

 private:
  friend class RegexMatcher;
  struct Code;
  std::string source_;
  std::unique_ptr<Code> code_;
};

/// Working memory for one regex on one thread.
class RegexMatcher {
 public:
  explicit RegexMatcher(const Regex& regex);
  ~RegexMatcher();
  RegexMatcher(const RegexMatcher&) = delete;
  RegexMatcher& operator=(const RegexMatcher&) = delete;

  /// All matches from left to right, not overlapping; an empty match right after another match is not reported.
  /// Throws invalid_argument when the pattern needs too many steps on this text (exponential backtracking).
  void find_all(std::string_view text, std::vector<TextSpan>& out);

 private:
  struct State;
  bool find(std::string_view text, std::size_t start, TextSpan& match);

  const Regex& regex_;
  std::unique_ptr<State> state_;
};

}  // namespace hone
