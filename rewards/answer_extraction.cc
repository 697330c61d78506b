#include "rewards/answer_extraction.h"

#include <algorithm>
#include <array>
#include <string>

#include "rewards/number_scan.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr std::string_view kHashes = "####";
constexpr std::string_view kBoxed = "\\boxed{";
constexpr std::array<std::string_view, 2> kPhrases{"answer is", "answer:"};
constexpr std::array<std::string_view, 13> kPlainCommands{"text",   "textbf", "textrm",    "textit", "mathrm",
                                                          "mathbf", "mathit", "left",      "right",  "displaystyle",
                                                          "quad",   "qquad",  "boldsymbol"};

/// The first line that is not blank.
std::string_view first_line(std::string_view text) {
  text = trim(text);
  return text.substr(0, text.find('\n'));
}

/// LaTeX that changes a number's meaning (\sqrt, \pi, \times...), as opposed to its looks.
bool has_operation(std::string_view text) {
  for (std::size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at + 1)) {
    std::size_t end = at + 1;
    while (end < text.size() && is_letter(text[end])) ++end;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (!name.empty() && std::find(kPlainCommands.begin(), kPlainCommands.end(), name) == kPlainCommands.end())
      return true;
  }
  return false;
}

bool is_operand(char c) { return is_digit(c) || is_letter(c) || c == '(' || c == ')' || c == '{' || c == '}'; }

/// "x + [5]": an operator between the number and something before it.
bool continues(std::string_view before) {
  before = trim(before);
  if (before.empty() || std::string_view("+-*/^").find(before.back()) == std::string_view::npos) return false;
  const char joint = before.back();
  before.remove_suffix(1);
  const std::string_view operand = trim(before);
  if (operand.empty() || !is_operand(operand.back())) return false;
  return joint != '-' || operand.size() != before.size() || !is_letter(operand.back());
}

/// "[5] + 3": an operator and an operand after the number. "5/day" and "5-pound" are units.
bool continued(std::string_view after) {
  after = trim(after);
  if (after.empty() || std::string_view("+-*/^").find(after.front()) == std::string_view::npos) return false;
  const char joint = after.front();
  after = trim(after.substr(1));
  if (joint == '/' || joint == '-')
    return !after.empty() && (is_digit(after.front()) || after.front() == '(' || after.front() == '$');
  return !after.empty() && (is_operand(after.front()) || after.front() == '$' || after.front() == '.');
}

/// "[2]\pi", "[2] \times 3": the command right after the number.
bool operation_follows(std::string_view after) {
  if (!after.starts_with('\\')) return false;
  std::size_t end = 1;
  while (end < after.size() && is_letter(after[end])) ++end;
  return has_operation(after.substr(0, end));
}

std::optional<mpq_class> sole_number(std::string_view raw) {
  const std::string normal = normalize_number_text(raw);
  std::string_view text = normal;
  if (const std::size_t equals = text.rfind('='); equals != std::string_view::npos) text.remove_prefix(equals + 1);
  NumberScanner scanner(text);
  const std::optional<NumberToken> number = scanner.next();
  if (!number || scanner.next()) return std::nullopt;
  const std::string_view before = text.substr(0, number->begin);
  const std::string_view after = text.substr(number->end);
  if (has_operation(before) || has_operation(after) || continues(before) || continued(after)) return std::nullopt;
  return number->value();
}

std::optional<mpq_class> first_result(std::string_view raw) {
  const std::string text = normalize_number_text(raw);
  NumberScanner scanner(text);
  std::size_t begin = 0;
  bool unfinished = false;
  while (const std::optional<NumberToken> number = scanner.next()) {
    const std::string_view before = std::string_view(text).substr(begin, number->begin - begin);
    const std::string_view after = trim(std::string_view(text).substr(number->end, 64));
    unfinished =
        unfinished || has_operation(before) || continues(before) || operation_follows(after) || continued(after);
    if (after.starts_with('=')) {
      unfinished = false;
      begin = text.find('=', number->end) + 1;
      continue;
    }
    if (!unfinished) return number->value();
    begin = number->end;
  }
  return std::nullopt;
}

std::optional<mpq_class> last_number(std::string_view raw) {
  const std::string text = normalize_number_text(raw);
  NumberScanner scanner(text);
  std::optional<NumberToken> last;
  while (const std::optional<NumberToken> number = scanner.next()) last = number;
  return last ? last->value() : std::nullopt;
}

/// What stands in the braces of the \boxed at `begin`; nullopt when they do not close.
std::optional<std::string_view> braced(std::string_view text, std::size_t begin) {
  std::size_t depth = 1;
  for (std::size_t at = begin; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return text.substr(begin, at - begin);
  }
  return std::nullopt;
}

/// Position after the last phrase that announces an answer, or npos.
std::size_t after_phrase(std::string_view text) {
  const std::string low = lower(text);
  std::size_t best = std::string::npos;
  for (std::string_view phrase : kPhrases) {
    const std::size_t at = low.rfind(phrase);
    if (at != std::string::npos && (best == std::string::npos || at + phrase.size() > best)) best = at + phrase.size();
  }
  return best;
}

}  // namespace

std::optional<mpq_class> extract_answer(std::string_view text, Extraction extraction) {
  if (const std::size_t at = text.rfind(kHashes); at != std::string_view::npos)
    return sole_number(first_line(text.substr(at + kHashes.size())));
  if (const std::size_t at = text.rfind(kBoxed); at != std::string_view::npos) {
    const std::optional<std::string_view> inside = braced(text, at + kBoxed.size());
    return inside ? sole_number(*inside) : std::nullopt;
  }
  if (const std::size_t at = after_phrase(text); at != std::string::npos) {
    std::string_view rest = text.substr(at);
    while (!rest.empty() && (is_space(rest.front()) || rest.front() == ':' || rest.front() == '*'))
      rest.remove_prefix(1);
    return first_result(first_line(rest));
  }
  return extraction == Extraction::lenient ? last_number(text) : std::nullopt;
}

std::optional<mpq_class> reference_value(std::string_view reference) {
  const bool marked =
      reference.find(kHashes) != std::string_view::npos || reference.find(kBoxed) != std::string_view::npos;
  return marked ? extract_answer(reference, Extraction::strict) : sole_number(reference);
}

}  // namespace hone
