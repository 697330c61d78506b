#include "rewards/math/lexer.h"

#include <algorithm>
#include <utility>

#include "rewards/math/ascii.h"
#include "rewards/math/lexer_state.h"
#include "rewards/math/spelling.h"
#include "rewards/text.h"

namespace hone::math {

void Lexer::symbol() {
  struct Row {
    std::string_view spelling;
    T type;
    std::string_view text;
  };
  static constexpr Row kRows[] = {
      {"{-}", T::minus, ""}, {"{+}", T::plus, ""},   {"{=}", T::sign, "="},  {"...", T::ellipsis, ""},
      {"<=", T::sign, "l"},  {"=<", T::sign, "l"},   {">=", T::sign, "g"},   {"=>", T::other, ""},
      {"!=", T::sign, "n"},  {"->", T::other, ""},   {"==", T::sign, "="},   {"+-", T::pm, ""},
      {"+/-", T::pm, ""},    {"**", T::caret, ""},   {"+", T::plus, ""},     {"-", T::minus, ""},
      {"*", T::times, ""},   {"/", T::slash, ""},    {"^", T::caret, ""},    {"_", T::underscore, ""},
      {"!", T::bang, ""},    {"'", T::prime, ""},    {"%", T::percent, ""},  {"(", T::lparen, ""},
      {")", T::rparen, ""},  {"[", T::lbracket, ""}, {"]", T::rbracket, ""}, {"{", T::lbrace, ""},
      {"}", T::rbrace, ""},  {"|", T::bar, ""},      {",", T::comma, ""},    {";", T::semicolon, ""},
      {":", T::colon, ""},   {"=", T::sign, "="},    {"<", T::sign, "<"},    {">", T::sign, ">"},
      {"&", T::amp, ""}};
  for (const Row& row : kRows) {
    if (!rest_is(row.spelling)) continue;
    at_ += row.spelling.size();
    return push(row.type, row.text);
  }
  if (peek() == '.') {  // a full stop at the end of a sentence or before a space; elsewhere it is not notation
    ++at_;
    const bool harmless = at_ >= text_.size() || !is_digit(peek());
    if (!harmless) push(T::other);
    space_ = true;
    return;
  }
  ++at_;
  push(T::other);
}

/// The braced or single-character argument at the cursor; leaves the cursor behind it. Empty where there is none.
std::string_view Lexer::argument() {
  while (is_space(peek())) ++at_;
  if (at_ >= text_.size()) return {};
  if (peek() != '{') return text_.substr(at_++, 1);
  std::size_t depth = 0;
  for (std::size_t end = at_; end < text_.size(); ++end) {
    if (text_[end] == '\\') {
      ++end;
      continue;
    }
    if (text_[end] == '{') ++depth;
    if (text_[end] == '}' && --depth == 0) {
      const std::string_view content = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return content;
    }
  }
  at_ = text_.size();
  push(T::other);  // braces that do not close
  return {};
}

void Lexer::inline_tokens(std::string_view content) {
  if (depth_ >= 8) throw BudgetExceeded{"nested text"};
  Lexer inner(content, options_, budget_, depth_ + 1);
  inner.space_ = space_;
  inner.inside_ = inside_ || comma_groups_.size() > 1;
  for (Token& token : inner.run()) tokens_.push_back(std::move(token));
  space_ = false;
}

/// Content of \text{...}: connectives and numbers mean what they mean elsewhere, the rest is a phrase.
void Lexer::prose(std::string_view content) {
  content = trim(content);
  if (content.empty()) {
    space_ = true;
    return;
  }
  if (content.front() == '{' && content.back() == '}') return prose(content.substr(1, content.size() - 2));
  const bool formula = content.find_first_of("\\$^_=<>") != std::string_view::npos ||
                       std::any_of(content.begin(), content.end(), is_digit);
  const bool joints = content.find_first_of(",;") != std::string_view::npos;
  std::string low = lower(content);
  const bool label = content.ends_with(':');
  while (!low.empty() && (low.back() == '.' || low.back() == ':')) low.pop_back();
  const auto known = word_spelling(low);
  const bool connective = known && (known->type == T::both || known->type == T::either || known->type == T::degree ||
                                    known->type == T::percent || known->type == T::scale || known->type == T::sign);
  if (formula || joints || connective) return inline_tokens(content);
  const std::size_t first = low.find(' ');
  const auto begins = word_spelling(low.substr(0, first));
  if (begins && begins->type == T::clause) return push(T::clause);
  if (content.size() == 3 && content.front() == '(' && content.back() == ')') content = content.substr(1, 1);
  if (tokens_.empty() && number_word(low) >= 0) return push(T::number, std::to_string(number_word(low)));
  push(T::text, label ? content.substr(0, content.size() - 1) : content);
  if (label) push(T::colon);
}

void Lexer::command() {
  const std::size_t begin = at_++;
  if (at_ >= text_.size()) return;  // a backslash at the very end
  std::size_t end = at_;
  while (end < text_.size() && is_letter(text_[end])) ++end;
  if (end == at_) ++end;
  const std::string_view name = text_.substr(at_, end - at_);
  at_ = end;
  if (name == "\\" || name == "cr") return push(T::newrow);
  if (name == "\n") return push(T::newrow);
  if (name == "(" || name == ")" || name == "[" || name == "]") {  // delimiters of a formula
    space_ = true;
    return;
  }
  if (name == "|" || name == "Vert") return push(T::bar);
  if (name == "quad" || name == "qquad") {  // between two equations it separates
    const std::size_t next = text_.find_first_of("=,", at_);
    const bool equations = text_.substr(0, begin).find('=') != std::string_view::npos &&
                           next != std::string_view::npos && text_[next] == '=';
    if (equations && !tokens_.empty() && tokens_.back().type != T::comma) push(T::comma);
    space_ = true;
    return;
  }
  if (is_invisible(name)) {
    if ((name == "left" || name == "right") && peek() == '.') ++at_;
    space_ = true;
    return;
  }
  if (name == "boxed" || name == "fbox" || name == "mathbin" || name == "mathrel" || name == "ensuremath" ||
      name == "phantom" || name == "hphantom" || name == "vphantom" || name == "hspace" || name == "vspace" ||
      name == "color" || name == "textcolor" || name == "label" || name == "tag") {
    const std::string_view content = argument();
    if (name == "boxed" || name == "fbox" || name == "mathbin" || name == "mathrel" || name == "ensuremath")
      inline_tokens(content);
    return;
  }
  if (is_text_command(name)) return prose(argument());
  if (is_font_command(name)) {
    const std::string_view content = argument();
    const bool word = content.size() > 1 && std::all_of(content.begin(), content.end(), is_letter);
    if (word && !word_spelling(content) && name != "operatorname" && name != "mathcal") return prose(content);
    return inline_tokens(content);
  }
  if (name == "mathbb") {
    const std::string_view content = argument();
    if (content == "R") return push(T::constant, std::string_view("\x06", 1));
    return push(T::name, "bb" + std::string(content.substr(0, 8)));
  }
  if (name == "begin" || name == "end") {
    const std::string_view environment = argument();
    if (environment.starts_with("align") || environment.starts_with("equation") || environment.starts_with("gather") ||
        environment.starts_with("split") || environment == "aligned") {
      space_ = true;
      return;
    }
    if (environment == "array" && name == "begin") argument();
    return push(name == "begin" ? T::begin : T::end_env, environment);
  }
  if (const auto spelling = command_spelling(name)) return push(spelling->type, spelling->text);
  at_ = begin + 1 + name.size();
  push(T::other, name);
}

/// A run of letters in plain text or in a formula.
void Lexer::word() {
  std::size_t end = at_;
  while (end < text_.size() && is_letter(text_[end])) ++end;
  const std::string_view word = text_.substr(at_, end - at_);
  at_ = end;
  const std::string_view rest = trim(text_.substr(at_, 8));
  const T before = tokens_.empty() ? T::end : tokens_.back().type;
  if (word == "U" && (before == T::rparen || before == T::rbracket || before == T::rset) && !rest.empty() &&
      (rest[0] == '(' || rest[0] == '[' || rest[0] == '\\' || rest[0] == '{'))
    return push(T::cup);
  if ((word == "x" || word == "X") && before == T::number && rest.starts_with("10^")) return push(T::times);
  if (before == T::number && !space_ && (word == "th" || word == "st" || word == "nd" || word == "rd")) return;
  if (word.size() > 1 && is_leading_word(word) && (before == T::end || before == T::text)) return push(T::text, word);
  if (word == "Rs") {  // rupees
    if (peek() == '.') ++at_;
    return;
  }
  if (before == T::degree && (word == "C" || word == "F")) return;
  if (word.size() == 1) return push(T::name, word);
  if (const auto spelling = word_spelling(word)) {
    if (spelling->type == T::function && (spelling->text == "min" || spelling->text == "max"))
      return push(T::text, word);
    return push(spelling->type, spelling->text);
  }
  const bool glued_to_number = !tokens_.empty() && tokens_.back().type == T::number && !space_;
  if (is_unit_word(word) && !(glued_to_number && word.size() <= 3)) return push(T::text, word);
  if (const int value = number_word(word); value >= 0 && word.size() >= 3 && tokens_.empty())
    return push(T::number, std::to_string(value));
  split_word(word);
}

/// An unknown word: a function with a glued argument ("sinx"), a product of single letters ("ab"), or text.
void Lexer::split_word(std::string_view word) {
  static constexpr std::string_view kPrefixes[] = {"arcsin", "arccos", "arctan", "sqrt", "sin", "cos",
                                                   "tan",    "cot",    "sec",    "csc",  "log", "ln"};
  for (std::string_view prefix : kPrefixes) {
    if (!word.starts_with(prefix) || word.size() > prefix.size() + 2) continue;
    push(T::function, prefix);
    for (char c : word.substr(prefix.size())) push(T::name, std::string_view(&c, 1));
    return;
  }
  if (word.starts_with("pi") && word.size() == 3) {
    push(T::constant, std::string_view("\0", 1));
    return push(T::name, word.substr(2));
  }
  if (word.size() > 3) return push(T::text, word);
  for (std::size_t i = 0; i < word.size(); ++i) push(T::name, word.substr(i, 1));
}

std::vector<Token> tokenize(std::string_view text, const LexerOptions& options, Budget& budget) {
  if (text.size() > kMaxAnswerBytes) throw BudgetExceeded{"length of the answer"};
  const std::string ascii = single_escapes(to_ascii(text));
  if (ascii.size() > 4 * kMaxAnswerBytes) throw BudgetExceeded{"length of the answer"};
  std::vector<Token> tokens = Lexer(ascii, options, budget, 0).run();
  while (!tokens.empty() && tokens.back().type == T::newrow) tokens.pop_back();
  tokens.push_back({T::end, true, {}, {}});
  return tokens;
}

}  // namespace hone::math
