#include "rewards/math/prose.h"

#include <algorithm>
#include <array>

#include "rewards/math/ascii.h"
#include "rewards/math/spelling.h"
#include "rewards/text.h"

namespace hone::math {
namespace {

bool is_word_byte(char c) { return is_letter(c) || static_cast<unsigned char>(c) >= 0x80; }

bool is_sentence_byte(char c) {
  return is_word_byte(c) || is_space(c) || c == ',' || c == '.' || c == '-' || c == '\'' || c == '"' || c == ';' ||
         c == ':' || c == '!' || c == '?' || c == '(' || c == ')';
}

}  // namespace

std::string plain_form(std::string_view text) {
  std::string out;
  bool words = true;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '$' || text[at] == '~') {
      out += ' ';
      ++at;
      continue;
    }
    if (text[at] != '\\') {
      out += is_space(text[at]) ? ' ' : text[at];
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < text.size() && is_letter(text[end])) ++end;
    if (end == at + 1 && end < text.size()) ++end;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    at = end;
    if (name == "boxed" || name == "mathrm" || name == "operatorname" || is_text_command(name) ||
        is_font_command(name) || name == "[" || name == "]" || name == "(" || name == ")")
      continue;
    if (is_invisible(name)) {
      out += ' ';
      continue;
    }
    words = false;
    out += '\\';
    out += name == "dfrac" || name == "tfrac" ? "frac" : name;
  }
  const auto is_brace = [](char c) { return c == '{' || c == '}'; };
  words = words && std::all_of(out.begin(), out.end(), [&](char c) { return is_sentence_byte(c) || is_brace(c); });
  std::string compact = std::move(out);
  if (words) compact.erase(std::remove_if(compact.begin(), compact.end(), is_brace), compact.end());
  std::string result;
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    if (words && (c == '.' || c == '"' || c == '!' || c == '(' || c == ')')) continue;
    if (c == ' ') {  // stays between words, and between digits, which are two numbers or one with a space in it
      const std::size_t next = std::min(compact.find_first_not_of(' ', i), compact.size());
      const bool digits =
          !result.empty() && is_digit(result.back()) && next < compact.size() && is_digit(compact[next]);
      if (digits || (words && !result.empty() && result.back() != ' ')) result += ' ';
      i = next - 1;
      continue;
    }
    result += words ? to_lower(c) : c;
  }
  while (result.ends_with(' ')) result.pop_back();
  if (result.ends_with('.') && !result.ends_with("..")) result.pop_back();
  const std::string_view original = trim(text);
  if (result.size() == 1 && original.size() == 1) return std::string(original);  // the case of a variable counts
  return result;
}

bool is_only_words(std::string_view text) {
  const std::string plain = to_ascii(text);
  if (plain == "all real numbers" || plain == "all reals" || plain == "real numbers") return false;
  const bool symbols = plain.size() == 3 && plain.find(' ') == std::string::npos;  // "abc" may be a product
  if (symbols && plain != "yes" && plain != "odd") return false;
  const auto letters = std::count_if(plain.begin(), plain.end(), is_word_byte);
  if (letters < 3 || !std::all_of(plain.begin(), plain.end(), is_sentence_byte)) return false;
  const std::string_view first = std::string_view(plain).substr(0, plain.find_first_of(" ,"));
  if (number_word(first) >= 0) return false;
  const auto known = word_spelling(first);
  return !(known && (known->type == T::constant || known->type == T::name || known->type == T::function));
}

std::string choice_letters(std::string_view plain) {
  std::string letters;
  for (std::size_t at = 0; at < plain.size(); ++at) {
    const char c = plain[at];
    if (c == ',' || c == ' ' || c == ';') continue;
    if (plain.substr(at).starts_with("and ") && at > 0) {
      at += 2;
    } else if (c >= 'A' && c <= 'H' && letters.find(c) == std::string::npos) {
      letters += c;
    } else {
      return {};
    }
  }
  std::sort(letters.begin(), letters.end());
  return letters.size() > 1 ? letters : std::string();
}

std::optional<int> time_of_day(std::string_view text) {
  std::string plain = plain_form(text);
  plain.erase(
      std::remove_if(plain.begin(), plain.end(), [](char c) { return c == ' ' || c == '.' || c == '{' || c == '}'; }),
      plain.end());
  plain = lower(plain);
  int shift = -1;
  for (const std::string_view suffix : {"am", "pm"}) {
    if (!plain.ends_with(suffix)) continue;
    shift = suffix == "pm" ? 12 : 0;
    plain.resize(plain.size() - 2);
  }
  std::array<int, 3> parts{0, 0, 0};
  std::size_t count = 0;
  for (std::size_t at = 0; at <= plain.size() && count < 3; ++count) {
    const std::size_t end = std::min(plain.find(':', at), plain.size());
    const std::string_view digits = std::string_view(plain).substr(at, end - at);
    if (digits.empty() || digits.size() > 2 || (count > 0 && digits.size() != 2) ||
        !std::all_of(digits.begin(), digits.end(), is_digit))
      return std::nullopt;
    for (char c : digits) parts[count] = parts[count] * 10 + (c - '0');
    if (end == plain.size() && count < 1) return std::nullopt;
    at = end + 1;
    if (end == plain.size()) {
      ++count;
      break;
    }
    if (count == 2) return std::nullopt;
  }
  if (count < 2 || parts[0] > 24 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
  if (shift >= 0) {
    if (parts[0] < 1 || parts[0] > 12) return std::nullopt;
    parts[0] = parts[0] % 12 + shift;
  }
  return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

namespace {

bool is_choice(char c) { return c >= 'A' && c <= 'J'; }

/// A choice at `at` that is not part of a word: "D.", "(D)", "D\n", "D Alina"; not the article in "A bird".
char choice_at(std::string_view text, std::size_t at, bool alone) {
  while (at < text.size() && (is_space(text[at]) || text[at] == '(' || text[at] == '*' || text[at] == ':' ||
                              text[at] == '{' || text[at] == '$' || text[at] == '[' || text[at] == '"'))
    ++at;
  if (at >= text.size() || !is_choice(text[at])) return 0;
  const char next = at + 1 < text.size() ? text[at + 1] : '\0';
  if (is_letter(next) || is_digit(next) || next == '\'' || next == '_') return 0;
  const bool word_follows =
      next == ' ' && at + 2 < text.size() && is_letter(text[at + 2]) && text[at + 2] == to_lower(text[at + 2]);
  if (alone && word_follows) return 0;
  return text[at];
}

}  // namespace

char choice_letter(std::string_view text) {
  if (const std::size_t box = text.rfind("\\boxed{"); box != std::string_view::npos) {
    std::string_view inside = text.substr(box + 7);
    for (const std::string_view wrapper : {"\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{"})
      if (inside.starts_with(wrapper)) inside.remove_prefix(wrapper.size());
    if (const char letter = choice_at(inside, 0, false)) return letter;
  }
  const std::string low = lower(text);
  for (const std::string_view phrase : {"answer is", "answer:", "answer ->", "choice is", "option is"}) {
    for (std::size_t at = low.rfind(phrase); at != std::string::npos;
         at = at == 0 ? std::string::npos : low.rfind(phrase, at - 1)) {
      std::size_t after = at + phrase.size();
      for (const std::string_view word : {" option", " choice", " letter"})
        if (low.compare(after, word.size(), word) == 0) after += word.size();
      if (const char letter = choice_at(text, after, false)) return letter;
    }
  }
  for (std::size_t line = 0; line < text.size(); line = std::min(text.find('\n', line), text.size() - 1) + 1)
    if (const char letter = choice_at(text, line, true)) return letter;
  for (std::size_t at = text.size(); at-- > 0;) {
    const bool starts = at == 0 || !(is_word_byte(text[at - 1]) || is_digit(text[at - 1]));
    if (starts && is_choice(text[at]))
      if (const char letter = choice_at(text, at, true)) return letter;
  }
  return 0;
}

}  // namespace hone::math
