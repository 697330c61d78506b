// "multiple_choice": the text chooses the reference's letter. The first of these forms that is present decides:
//   1. the last \boxed{...}      2. the last <answer>...</answer>      3. what follows the last "answer is" or "answer:"
//   4. (lenient) the whole text is the choice
// A form holds a choice when it is one letter of `letters` by itself: "C", "(C)", "C.", "C) Paris", "\text{C}", "**C**". More
// than one letter ("A or C", "A, C") is no choice: listing guesses earns nothing. A thought before </think> is not looked at.
#include <array>

#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

/// Content of the last \boxed{...} with its braces matched.
std::optional<std::string_view> last_boxed(std::string_view text) {
  constexpr std::string_view kOpen = "\\boxed{";
  const std::size_t open = text.rfind(kOpen);
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t begin = open + kOpen.size();
  int depth = 1;
  for (std::size_t i = begin; i < text.size(); ++i) {
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth == 0) return text.substr(begin, i - begin);
  }
  return std::nullopt;
}

/// The line after the last "answer is" or "answer:", in any case.
std::optional<std::string_view> after_phrase(std::string_view text) {
  const std::string small = lower(text);
  std::size_t begin = std::string::npos;
  for (const std::string_view phrase : {"answer is", "answer:"}) {
    const std::size_t at = small.rfind(phrase);
    if (at == std::string::npos) continue;
    if (begin == std::string::npos || at + phrase.size() > begin) begin = at + phrase.size();
  }
  if (begin == std::string::npos) return std::nullopt;
  std::string_view line = trim(text.substr(begin));
  return trim(line.substr(0, line.find('\n')));
}

std::string_view without(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

class MultipleChoice final : public RewardFunction {
 public:
  MultipleChoice(std::string letters, bool strict) : letters_(std::move(letters)), strict_(strict) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    const std::optional<char> expected = choice_in(group.problem.reference);
    if (!expected)
      return for_all(group, skipped("reference '" + excerpt(group.problem.reference) + "' is not a choice"));
    return for_each_completion(group, [&](const Completion& completion) {
      const std::optional<char> chosen = choice_of(completion.text);
      if (!chosen) return scored(0.0, "no choice found");
      if (*chosen == *expected) return scored(1.0);
      return scored(0.0, std::string("expected ") + *expected + ", got " + *chosen);
    });
  }

 private:
  std::optional<char> choice_of(std::string_view text) const {
    constexpr std::string_view kThoughtEnd = "</think>";
    if (const std::size_t end = text.rfind(kThoughtEnd); end != std::string_view::npos)
      text = text.substr(end + kThoughtEnd.size());
    for (const auto& form : {last_boxed(text), last_answer_tag(text), after_phrase(text)})
      if (form) return choice_in(*form);
    return strict_ ? std::nullopt : choice_in(text);
  }

  /// The letter that stands by itself at the start; nullopt where another one stands by itself later.
  std::optional<char> choice_in(std::string_view text) const {
    text = trim(text);
    for (const std::string_view mark : {":", "$", "**", "\\text{", "\\textbf{", "\\mathrm{", "(", "["})
      text = trim(without(text, mark));
    if (text.empty() || !stands_alone(text, 0)) return std::nullopt;
    const char chosen = text.size() <= 2 ? upper(text[0]) : text[0];  // "c" and "c." are choices, "a mark" is not
    if (!is_choice(chosen)) return std::nullopt;
    const bool begins_a_sentence = text.size() > 1 && is_space(text[1]);  // "A nice day"
    if (begins_a_sentence) return std::nullopt;
    for (std::size_t i = 1; i < text.size(); ++i)
      if (text[i] != chosen && is_choice(text[i]) && stands_alone(text, i)) return std::nullopt;
    return chosen;
  }

  /// No letter, digit or apostrophe beside it.
  static bool stands_alone(std::string_view text, std::size_t at) {
    const auto part_of_word = [&](std::size_t i) {
      return i < text.size() && (is_letter(text[i]) || is_digit(text[i]) || text[i] == '\'');
    };
    return !part_of_word(at + 1) && (at == 0 || !part_of_word(at - 1));
  }

  bool is_choice(char c) const { return letters_.find(c) != std::string::npos; }
  static char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

  std::string letters_;
  bool strict_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_multiple_choice(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kExtractions{"lenient", "strict"};
  const std::string letters = settings.text("letters", "ABCDEFGHIJ");
  if (letters.empty() || letters.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
    settings.fail("letters", "'" + excerpt(letters) + "'; give the choices' capital letters, for example ABCD");
  const bool strict = settings.choice("extraction", kExtractions, "lenient") == "strict";
  return std::make_unique<MultipleChoice>(letters, strict);
}

}  // namespace hone
