// Tokenizer files write regular expressions in Oniguruma's syntax; PCRE2 reads another one. Thread rule: pure
// function.
#pragma once

#include <string>
#include <string_view>

#include "policy/text/json_node.h"

namespace hone {

/// Rewrites an Oniguruma pattern (valid UTF-8) so that PCRE2 with UTF, UCP and MULTILINE finds the same matches: \s
/// and \w by Unicode property, scripts by Script and not Script_Extensions, \v, \uHHHH, {,n}. Throws unimplemented,
/// with the path of `where`, for what would mean something else in PCRE2: nested classes and &&, POSIX classes, back
/// references, (?m), {n,m}+, {n}? and rare escapes.
std::string to_pcre2_syntax(std::string_view pattern, const JsonNode& where);

}  // namespace hone
