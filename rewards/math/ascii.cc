#include "rewards/math/ascii.h"

#include <algorithm>
#include <utility>

#include "rewards/math/spelling.h"
#include "rewards/text.h"

namespace hone::math {
namespace {

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

std::string to_ascii(std::string_view text) {
  if (std::none_of(text.begin(), text.end(), is_high)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    if (!is_high(text[at])) {
      out += text[at++];
      continue;
    }
    const std::string_view rest = text.substr(at);
    std::size_t bytes = 0;
    using Script = char (*)(std::string_view, std::size_t&);
    for (const auto& [script, opening] :
         {std::pair<Script, const char*>{raised_spelling, "^{"}, {lowered_spelling, "_{"}}) {
      std::size_t used = 0;
      std::string run;
      while (const char c = script(rest.substr(used), bytes)) {
        run += c;
        used += bytes;
      }
      if (run.empty()) continue;
      out += opening + run + "}";
      at += used;
      bytes = 1;
      break;
    }
    if (bytes != 0) continue;
    if (rest.starts_with("\xE2\x80\x89") || rest.starts_with("\xE2\x80\xAF")) {
      out += "\\,";
      at += 3;
    } else if (rest.starts_with("\xC2\xA0")) {
      out += ' ';
      at += 2;
    } else if (const std::string_view spelling = unicode_spelling(rest, bytes); bytes != 0) {
      out += spelling;
      at += bytes;
    } else {
      out += text[at++];
    }
  }
  return out;
}

std::string single_escapes(std::string text) {
  if (text.find("\\\\") == std::string::npos) return text;
  const bool everywhere = text.find("\\\\begin") != std::string::npos;
  const bool rows = !everywhere && text.find("\\begin") != std::string::npos;
  if (rows) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool pair = text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '\\';
    if (pair &&
        (everywhere || (at + 2 < text.size() && (is_letter(text[at + 2]) || text[at + 2] == '{' ||
                                                 text[at + 2] == '}' || text[at + 2] == '%' || text[at + 2] == '$'))))
      ++at;
    out += text[at];
  }
  return out;
}

}  // namespace hone::math
