#include "rewards/math/extraction.h"

#include <algorithm>
#include <vector>

#include "rewards/math/boxes.h"
#include "rewards/math/spelling.h"
#include "rewards/number_scan.h"
#include "rewards/text.h"

namespace hone::math {
namespace {

std::string_view after_thinking(std::string_view text) {
  static constexpr std::string_view kClose = "</think>";
  const std::size_t at = text.rfind(kClose);
  return at == std::string_view::npos ? text : text.substr(at + kClose.size());
}

std::optional<std::string_view> answer_tag(std::string_view text) {
  static constexpr std::string_view kOpen = "<answer>", kClose = "</answer>";
  const std::size_t close = text.rfind(kClose);
  if (close == std::string_view::npos) return std::nullopt;
  const std::size_t open = text.rfind(kOpen, close);
  if (open == std::string_view::npos) return std::nullopt;
  return trim(text.substr(open + kOpen.size(), close - open - kOpen.size()));
}

/// Markdown's emphasis and code marks are not mathematics; "2**3" stays.
std::string without_markdown(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '`') continue;
    if (text.substr(at).starts_with("**")) {
      const bool before = at > 0 && (is_digit(text[at - 1]) || is_letter(text[at - 1]) || text[at - 1] == ')');
      const bool after =
          at + 2 < text.size() && (is_digit(text[at + 2]) || is_letter(text[at + 2]) || text[at + 2] == '(');
      if (!before || !after) {
        ++at;
        continue;
      }
    }
    out += text[at];
  }
  return out;
}

/// End of the sentence that begins at the front: a line's end, ". " or a marker of the chat format.
std::string_view sentence(std::string_view text) {
  while (!text.empty() && (is_space(text.front()) || text.front() == ':' || text.front() == '*')) text.remove_prefix(1);
  std::size_t end = text.size();
  int maths = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '$') maths ^= 1;
    if (text.substr(at).starts_with("\\[")) maths = 1;
    if (text.substr(at).starts_with("\\]")) maths = 0;
    const bool stop = text[at] == '.' && (at + 1 == text.size() || is_space(text[at + 1]));
    const bool comma_word = text.substr(at).starts_with(", which") || text.substr(at).starts_with(", since") ||
                            text.substr(at).starts_with(", because");
    if ((text[at] == '\n' && maths == 0) || stop || comma_word || text.substr(at).starts_with("<|")) {
      end = at;
      break;
    }
  }
  return trim(text.substr(0, end));
}

std::optional<std::string_view> after_phrase(std::string_view text) {
  const std::string low = lower(text);
  std::size_t best = std::string::npos;
  for (const std::string_view phrase :
       {"answer is", "answer:", "answer**:", "answer =", "answers are", "answer equals", "answer to the question is"}) {
    const std::size_t at = low.rfind(phrase);
    if (at != std::string::npos && (best == std::string::npos || at + phrase.size() > best)) best = at + phrase.size();
  }
  if (best == std::string::npos) return std::nullopt;
  const std::string_view found = sentence(text.substr(best));
  return found.empty() ? std::nullopt : std::optional(found);
}

struct Span {
  std::string_view text;
  std::size_t end = 0;  // of its delimiter; 0 where there is none
};

/// The last $...$, $$...$$, \(...\) or \[...\]. Inline ones do not span lines.
Span last_formula(std::string_view text) {
  Span last;
  std::size_t unclosed[2] = {0, 0};  // no "$" (0) or "\\)" (1) closes a formula that opens before this place
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string_view open, close;
    bool inline_formula = false;
    const std::string_view rest = text.substr(at);
    if (text[at] == '\\' && at + 1 < text.size()) {
      if (text[at + 1] == '(')
        open = "\\(", close = "\\)", inline_formula = true;
      else if (text[at + 1] == '[')
        open = "\\[", close = "\\]";
      else {
        ++at;
        continue;
      }
    } else if (rest.starts_with("$$")) {
      open = close = "$$";
    } else if (text[at] == '$') {
      open = close = "$";
      inline_formula = true;
    } else {
      continue;
    }
    const std::size_t begin = at + open.size();
    std::size_t& hopeless = unclosed[open == "$" ? 0 : 1];
    if (inline_formula && at < hopeless) continue;
    std::size_t end = begin;
    for (; end < text.size() && !text.substr(end).starts_with(close); ++end) {
      if (inline_formula && text[end] == '\n') break;
      if (text[end] == '\\' && end + 1 < text.size() && !text.substr(end).starts_with(close)) ++end;
    }
    if (end >= text.size() || !text.substr(end).starts_with(close)) {
      if (inline_formula) {
        hopeless = end;
        at = begin - 1;
        continue;
      }
      break;
    }
    last = {text.substr(begin, end - begin), end + close.size()};
    at = last.end - 1;
  }
  return last;
}

/// Plain numbers as NumberScanner wants them: "1 000" and "2,74" have other separators than "1,000" and "2.74".
std::string scannable(std::string_view text, bool decimal_comma) {
  std::string out = normalize_number_text(text);
  for (std::size_t at = 1; at + 1 < out.size(); ++at) {
    if ((out[at] != ' ' && out[at] != ',') || !is_digit(out[at - 1]) || !is_digit(out[at + 1])) continue;
    std::size_t left = at, right = at + 1;
    while (left > 0 && is_digit(out[left - 1])) --left;
    while (right < out.size() && is_digit(out[right])) ++right;
    const std::size_t before = at - left, after = right - at - 1;
    const bool whole_before = left == 0 || (out[left - 1] != '.' && out[left - 1] != ',');
    if (out[at] == ' ' && after == 3 && before <= 3 && (whole_before || out[left - 1] == ',')) out[at] = ',';
    if (out[at] == ',' && decimal_comma && whole_before && (after != 3 || before > 3)) out[at] = '.';
    if (out[at] == ',' && decimal_comma && left > 0 && out[left - 1] == '.') {  // "1.000,99"
      std::size_t first = left - 1;
      while (first > 0 && (is_digit(out[first - 1]) || out[first - 1] == '.')) --first;
      for (std::size_t i = first; i < at; ++i)
        if (out[i] == '.') out[i] = ',';
      out[at] = '.';
    }
  }
  return out;
}

struct NumberText {
  std::string text;
  std::string after;  // what follows in the text
  bool alone = true;  // no operator, bracket or command beside it
};

/// A number inside "\sqrt{5" or "x+1" is a piece of something that was not understood. Brackets or stars may stand
/// around it.
bool stands_alone(std::string_view before, std::string_view after) {
  while (!before.empty() && !after.empty() && before.back() == '*' && after.front() == '*') {
    before.remove_suffix(1);
    after.remove_prefix(1);
  }
  before = trim(before.substr(before.size() - std::min<std::size_t>(before.size(), 16)));
  after = trim(after.substr(0, 16));
  if (before.ends_with('-')) before = trim(before.substr(0, before.size() - 1));
  while (before.ends_with('$')) before = trim(before.substr(0, before.size() - 1));
  while (!after.empty() && (after.front() == '$' || after.front() == '%')) after = trim(after.substr(1));
  const char left = before.empty() ? '\0' : before.back();
  const char right = after.empty() ? '\0' : after.front();
  const bool wrapped = (left == '(' && right == ')') || (left == '[' && right == ']');
  if (wrapped) return before.size() == 1 || is_space(before[before.size() - 2]);
  if (left != '\0' && std::string_view("+-/^({[|_\\<>").find(left) != std::string_view::npos) return false;
  if (left == '*' && right != '*') return false;
  const bool minus = right == '-' && after.size() > 1 && is_digit(after[1]);
  return !minus && (right == '\0' || std::string_view("+/^({[|_\\=)}]!").find(right) == std::string_view::npos ||
                    after.starts_with("!!") || after.starts_with("\\)") || after.starts_with("\\]"));
}

std::optional<NumberText> last_number(std::string_view text, bool decimal_comma) {
  const std::string normal = scannable(text, decimal_comma);
  NumberScanner scanner(normal);
  std::optional<NumberToken> last;
  while (const std::optional<NumberToken> token = scanner.next()) last = token;
  if (!last) return std::nullopt;
  NumberText found{last->negative ? "-" : "", ""};
  found.text += std::string_view(normal).substr(last->begin, last->end - last->begin);
  found.after = normal.substr(last->end);
  found.alone =
      found.after.starts_with('^') || stands_alone(std::string_view(normal).substr(0, last->begin), found.after);
  const std::string_view after = found.after;
  const std::size_t percent = after.find_first_not_of(" \\");
  if (percent != std::string_view::npos && after[percent] == '%') found.text += '%';
  if (after.starts_with("^")) {
    std::size_t end = 1;
    while (end < after.size() && (is_digit(after[end]) || after[end] == '{' || after[end] == '}')) ++end;
    found.text += after.substr(0, end);
  }
  return found;
}

/// Bare numbers in a response count in its last sentence only: elsewhere they are mentioned, not given.
bool in_last_sentence(std::string_view after) {
  for (std::size_t at = 0; at < after.size(); ++at) {
    const bool stop = (after[at] == '.' && (at + 1 == after.size() || is_space(after[at + 1]))) || after[at] == '\n' ||
                      after[at] == '!' || after[at] == '?';
    if (stop) {
      const std::string rest = lower(trim(after.substr(at + 1)));
      return rest.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos || rest.starts_with("i hope") ||
             rest.starts_with("<|");
    }
  }
  return true;
}

/// "So, x = 5" is prose around an expression: it has a word of two or more letters that is no part of mathematics.
bool has_word_of_prose(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_letter(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_letter(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    const bool command = at > 0 && text[at - 1] == '\\';
    if (!command && word.size() > 1 && !word_spelling(word) && !is_unit_word(word)) return true;
    at = end;
  }
  return false;
}

std::optional<Extracted> last_expression(std::string_view text, Mode mode, const IsExpression& is_expression) {
  const bool formulas = mode != Mode::text_expr;
  const bool numbers = mode != Mode::text_latex;
  const Span formula = formulas ? last_formula(text) : Span{};
  const bool usable = formula.end != 0 && is_expression(formula.text);
  if (numbers) {
    const std::string_view tail = text.substr(usable ? formula.end : 0);
    if (const auto number = last_number(tail, mode == Mode::text_expr)) {
      if (number->alone && (mode != Mode::response || in_last_sentence(number->after)))
        return Extracted{number->text, "last number"};
    }
  }
  if (formula.end == 0) return std::nullopt;  // one that is no expression equals the same text only
  std::string found(formula.text);
  const std::string_view after = trim(text.substr(formula.end));
  for (const std::string_view mark : {"%", "\\%", "pct", "percent"})
    if (after.starts_with(mark)) found += "\\%";
  return Extracted{std::move(found), "last formula"};
}

}  // namespace

Extracted bare_answer(std::string_view text, const Policy& policy) {
  if (const auto tag = answer_tag(text)) text = *tag;
  if (auto boxes = boxed_answer(text, policy.boxes)) return {std::move(*boxes), "box"};
  if (const std::size_t at = text.rfind("####"); at != std::string_view::npos)
    return {std::string(sentence(text.substr(at + 4))), "####"};
  return {without_markdown(trim(text)), "whole text"};
}

std::optional<Extracted> extract(std::string_view text, Mode mode, const Policy& policy,
                                 const IsExpression& is_expression) {
  text = after_thinking(text);
  if (const auto tag = answer_tag(text)) {
    if (auto boxes = boxed_answer(*tag, policy.boxes)) return Extracted{std::move(*boxes), "box"};
    const std::string content = without_markdown(*tag);
    if (!is_expression(content)) {
      auto inside = extract(*tag, mode, policy, is_expression);
      if (inside && inside->form != "whole text") return inside;
    }
    return Extracted{content, "answer tag"};
  }
  if (auto boxes = boxed_answer(text, policy.boxes)) {
    for (const std::string_view mark : {"%", "\\%", "pct", "percent"})
      if (after_last_box(text).starts_with(mark)) boxes->append("\\%");
    return Extracted{std::move(*boxes), "box"};
  }
  if (has_box(text) || policy.extraction == Extraction::boxed) return std::nullopt;  // the last box does not close
  if (const std::size_t at = text.rfind("####"); at != std::string_view::npos)
    return Extracted{std::string(sentence(text.substr(at + 4))), "####"};
  const bool lenient = policy.extraction == Extraction::lenient;
  if (const auto phrase = after_phrase(text)) {
    const std::string answer = without_markdown(*phrase);
    if (is_expression(answer)) return Extracted{answer, "answer phrase"};
    if (auto inside = last_expression(answer, Mode::text_latex_expr, is_expression))
      return Extracted{std::move(inside->text), "answer phrase"};
    if (!lenient || mode == Mode::response) return Extracted{answer, "answer phrase"};
  }
  if (!lenient) return std::nullopt;
  const std::string whole = without_markdown(trim(text));
  if (mode != Mode::text_expr && mode != Mode::text_latex && whole.size() <= 2000 && !has_word_of_prose(whole) &&
      is_expression(whole))
    return Extracted{whole, "whole text"};
  if (auto last = last_expression(text, mode, is_expression)) return last;
  const bool one_word =
      mode == Mode::response && whole.size() <= 40 && whole.find_first_of(" \n") == std::string::npos && !whole.empty();
  return one_word ? std::optional(Extracted{whole, "whole text"}) : std::nullopt;
}

}  // namespace hone::math
