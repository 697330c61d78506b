// A PCRE2 pattern matched within limits, so that the result does not depend on the machine and no text can hang it.
// Thread rule: immutable; match() from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace hone {

class Pattern {
 public:
  enum class Part { full, search };  // match the whole text, or any part of it

  /// UTF-8. Throws invalid_argument with the pattern and the place of the mistake, or for more than 4096 bytes.
  Pattern(const std::string& pattern, Part part);
  ~Pattern();
  Pattern(Pattern&&) noexcept;

  enum class Match { yes, no, failed };
  /// Invalid UTF-8 in the text matches nothing but does no harm. `failed` where a limit was met: `why` says which.
  Match match(std::string_view text, std::string& why) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
  Part part_;
};

}  // namespace hone
