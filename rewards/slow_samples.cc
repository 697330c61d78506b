#include "rewards/slow_samples.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "proto/base/log.h"

namespace hone {
namespace {

/// Bytes of the well-formed UTF-8 character at the start of `text` (RFC 3629), or 0.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 && first <= 0xF4  ? 4
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xC2 && first < 0xE0 ? 2
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool beyond = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t length = character_bytes(text);
    const char c = text[0];
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (length == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += hex;
      length = 1;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string log_excerpt(std::string_view text, std::size_t max_bytes) {
  std::string out = "\"";
  if (text.size() <= max_bytes) {
    append_escaped(out, text);
    return out + "\"";
  }
  std::size_t head = (max_bytes + 1) / 2;
  std::size_t tail = text.size() - max_bytes / 2;
  for (int i = 0; i < 3 && head > 0 && continues(text[head]); ++i) --head;
  for (int i = 0; i < 3 && tail < text.size() && continues(text[tail]); ++i) ++tail;
  append_escaped(out, text.substr(0, head));
  out += "\" ... " + std::to_string(tail - head) + " bytes ... \"";
  append_escaped(out, text.substr(tail));
  return out + "\"";
}

std::string slow_sample_line(const std::string& function, double seconds, const Group& group,
                             std::optional<std::size_t> completion, std::size_t excerpt_bytes) {
  std::size_t shown = completion.value_or(0);
  if (!completion)
    for (std::size_t i = 1; i < group.completions.size(); ++i)
      if (group.completions[i].text.size() > group.completions[shown].text.size()) shown = i;
  std::string line = join("function '", function, "' took ", seconds, " s for group ", log_excerpt(group.group_id, 64));
  if (completion)
    line += join(", completion ", shown, " of ", group.completions.size());
  else
    line += join(" of ", group.completions.size(), " completions, of which the longest is shown");
  line += ", problem " + log_excerpt(group.problem.id, 64) + ": reference " +
          log_excerpt(group.problem.reference, excerpt_bytes);
  if (shown < group.completions.size()) {
    const std::string& text = group.completions[shown].text;
    line += join(", text (", text.size(), " bytes) ", log_excerpt(text, excerpt_bytes));
  }
  return line;
}

std::optional<int64_t> LogLimiter::admit(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (last_ != Clock::time_point{})
    tokens_ = std::min(lines_a_minute_,
                       tokens_ + std::chrono::duration<double>(now - last_).count() * lines_a_minute_ / 60.0);
  last_ = now;
  if (tokens_ < 1.0) {
    ++left_out_;
    return std::nullopt;
  }
  tokens_ -= 1.0;
  return std::exchange(left_out_, 0);
}

}  // namespace hone
