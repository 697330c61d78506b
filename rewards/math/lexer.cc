#include "rewards/math/lexer.h"

#include <algorithm>
#include <utility>

#include "rewards/math/ascii.h"
#include "rewards/math/spelling.h"
#include "rewards/text.h"

namespace hone::math {
namespace {

class Lexer {
 public:
  Lexer(std::string_view text, const LexerOptions& options, Budget& budget, int depth)
      : text_(text), options_(options), budget_(budget), depth_(depth) {}

  std::vector<Token> run() {
    comma_groups_.push_back(commas_group(inside_));
    while (at_ < text_.size()) step();
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool rest_is(std::string_view prefix) const { return text_.substr(at_).starts_with(prefix); }

  void push(T type, std::string_view text = {}) {
    budget_.spend(1, "tokens");
    tokens_.push_back({type, space_, std::string(text), {}});
    space_ = false;
    if (type == T::lparen || type == T::lbracket || type == T::lset || type == T::lbrace) comma_groups_.push_back(commas_group(true));
    const bool closes = type == T::rparen || type == T::rbracket || type == T::rset || type == T::rbrace;
    if (closes && comma_groups_.size() > 1) comma_groups_.pop_back();
  }

  void step() {
    const char c = peek();
    if (is_space(c) || c == '~' || c == '$') {
      space_ = true;
      ++at_;
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !(at_ > 0 && text_[at_ - 1] == '.'))) {
      number();
    } else if (c == '\\') {
      command();
    } else if (is_letter(c)) {
      word();
    } else {
      symbol();
    }
  }

  void symbol();
  void number();
  void repeating_digits();
  std::size_t group_at(std::size_t at, bool comma, bool space) const;
  void command();
  void prose(std::string_view content);
  void word();
  void split_word(std::string_view word);
  std::string_view argument();
  void inline_tokens(std::string_view content);
  bool commas_group(bool bracket) const;

  std::string_view text_;
  LexerOptions options_;
  Budget& budget_;
  int depth_;
  std::size_t at_ = 0;
  bool inside_ = false;              // within brackets of an outer lexer
  std::vector<char> comma_groups_;   // for each open bracket: does a bare comma group digits?
  bool space_ = false;
  std::vector<Token> tokens_;
};

void Lexer::symbol() {
  struct Row {
    std::string_view spelling;
    T type;
    std::string_view text;
  };
  static constexpr Row kRows[] = {
      {"{-}", T::minus, ""}, {"{+}", T::plus, ""}, {"{=}", T::sign, "="}, {"...", T::ellipsis, ""}, {"<=", T::sign, "l"}, {"=<", T::sign, "l"}, {">=", T::sign, "g"}, {"=>", T::other, ""}, {"!=", T::sign, "n"},
      {"->", T::other, ""}, {"==", T::sign, "="}, {"+-", T::pm, ""}, {"+/-", T::pm, ""}, {"**", T::caret, ""},
      {"+", T::plus, ""}, {"-", T::minus, ""}, {"*", T::times, ""}, {"/", T::slash, ""}, {"^", T::caret, ""},
      {"_", T::underscore, ""}, {"!", T::bang, ""}, {"'", T::prime, ""}, {"%", T::percent, ""}, {"(", T::lparen, ""},
      {")", T::rparen, ""}, {"[", T::lbracket, ""}, {"]", T::rbracket, ""}, {"{", T::lbrace, ""}, {"}", T::rbrace, ""},
      {"|", T::bar, ""}, {",", T::comma, ""}, {";", T::semicolon, ""}, {":", T::colon, ""}, {"=", T::sign, "="},
      {"<", T::sign, "<"}, {">", T::sign, ">"}, {"&", T::amp, ""}};
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

/// End of a separator and the three digits behind it, at `at`; 0 where there is none.
std::size_t Lexer::group_at(std::size_t at, bool comma, bool space) const {
  static constexpr std::string_view kMarks[] = {"{,}", ",\\!", "\\,", "\\!", "{\\,}", ",\\,", "\\;", "\\ "};
  std::size_t digits = 0;
  const std::string_view rest = text_.substr(at, 12);
  for (std::string_view mark : kMarks)
    if (digits == 0 && rest.starts_with(mark)) digits = at + mark.size();
  if (digits == 0 && ((comma && rest.starts_with(',')) || (space && rest.starts_with(' ')))) digits = at + 1;
  if (digits == 0 || digits + 3 > text_.size()) return 0;
  for (std::size_t i = 0; i < 3; ++i)
    if (!is_digit(text_[digits + i])) return 0;
  return digits + 3 < text_.size() && is_digit(text_[digits + 3]) ? 0 : digits + 3;
}

/// Does "," between digits group them, from the cursor to the end of this level? Not where one comma cannot ("1,7,103");
/// inside brackets ("(312,123,231)") only where others have a space behind them.
bool Lexer::commas_group(bool bracket) const {
  constexpr std::size_t kWindow = 400;
  int depth = 0;
  bool spaced = false;
  for (std::size_t i = at_; i < text_.size() && i < at_ + kWindow; ++i) {
    const char c = text_[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth < 0) break;
    if (depth != 0 || c != ',' || i + 1 >= text_.size()) continue;
    spaced = spaced || text_[i + 1] == ' ';
    if (i > 0 && is_digit(text_[i - 1]) && is_digit(text_[i + 1]) && group_at(i, true, false) == 0) return false;
  }
  return !bracket || spaced;
}

void Lexer::number() {
  std::string digits;
  std::size_t end = at_;
  while (end < text_.size() && is_digit(text_[end])) digits += text_[end++];
  if (digits.size() <= 3 && !digits.empty() && digits != "0" && !options_.decimal_comma) {
    const bool comma = comma_groups_.back() != 0;
    const bool space = comma_groups_.size() == 1 && !inside_;
    while (const std::size_t next = group_at(end, comma, space)) {
      digits += text_.substr(next - 3, 3);
      end = next;
    }
    std::size_t dots = end;  // "1.000.000"
    std::string dotted = digits;
    int groups = 0;
    while (dots + 3 < text_.size() && text_[dots] == '.' && is_digit(text_[dots + 1]) && is_digit(text_[dots + 2]) &&
           is_digit(text_[dots + 3]) && !(dots + 4 < text_.size() && is_digit(text_[dots + 4]))) {
      dotted += text_.substr(dots + 1, 3);
      dots += 4;
      ++groups;
    }
    if (groups >= 2) {
      digits = dotted;
      end = dots;
    }
  }
  const char point = options_.decimal_comma ? ',' : '.';
  std::size_t fraction = end;
  if (fraction < text_.size() && (text_[fraction] == '.' || text_[fraction] == point)) {
    std::size_t after = fraction + 1;
    while (after < text_.size() && is_digit(text_[after])) ++after;
    const bool repeats = text_.substr(after).starts_with("\\overline") || text_.substr(after).starts_with("\\bar") || text_.substr(after).starts_with("\\dot{");
    if (after > fraction + 1 || repeats) {
      digits += '.';
      digits += text_.substr(fraction + 1, after - fraction - 1);
      end = after;
    }
  }
  std::size_t exponent = end;
  if (exponent + 1 < text_.size() && to_lower(text_[exponent]) == 'e') {
    std::size_t from = exponent + 1;
    if (text_[from] == '-' || text_[from] == '+') ++from;
    std::size_t to = from;
    while (to < text_.size() && is_digit(text_[to])) ++to;
    if (to > from && !(to < text_.size() && is_letter(text_[to]))) {
      digits += text_.substr(exponent, to - exponent);
      end = to;
    }
  }
  at_ = end;
  push(T::number, digits);
  if (digits.find('.') != std::string::npos) repeating_digits();
}

/// "0.1\overline{6}", "0.\bar 3"
void Lexer::repeating_digits() {
  const std::size_t begin = at_;
  if (rest_is("\\dot")) {  // "0.\dot{3}", "0.\dot{1}4285\dot{7}"
    std::string digits;
    while (rest_is("\\dot") || (is_digit(peek()) && text_.substr(at_).find("\\dot") != std::string_view::npos)) {
      if (is_digit(peek())) {
        digits += text_[at_++];
        continue;
      }
      at_ += 4;
      digits += argument();
    }
    tokens_.back().repeating = digits;
    if (digits.empty() || digits.size() > 50 || !std::all_of(digits.begin(), digits.end(), is_digit)) tokens_.back().type = T::other;
    return;
  }
  if (rest_is("\\overline")) at_ += 9;
  else if (rest_is("\\bar")) at_ += 4;
  else return;
  const std::string_view content = argument();
  if (content.empty() || content.size() > 50 || !std::all_of(content.begin(), content.end(), is_digit)) {
    at_ = begin;
    return;
  }
  tokens_.back().repeating = content;
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
  const bool formula = content.find_first_of("\\$^_=<>") != std::string_view::npos || std::any_of(content.begin(), content.end(), is_digit);
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
    const bool equations = text_.substr(0, begin).find('=') != std::string_view::npos && next != std::string_view::npos && text_[next] == '=';
    if (equations && !tokens_.empty() && tokens_.back().type != T::comma) push(T::comma);
    space_ = true;
    return;
  }
  if (is_invisible(name)) {
    if ((name == "left" || name == "right") && peek() == '.') ++at_;
    space_ = true;
    return;
  }
  if (name == "boxed" || name == "fbox" || name == "mathbin" || name == "mathrel" || name == "ensuremath" || name == "phantom" ||
      name == "hphantom" || name == "vphantom" || name == "hspace" || name == "vspace" || name == "color" || name == "textcolor" || name == "label" || name == "tag") {
    const std::string_view content = argument();
    if (name == "boxed" || name == "fbox" || name == "mathbin" || name == "mathrel" || name == "ensuremath") inline_tokens(content);
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
  if (word == "U" && (before == T::rparen || before == T::rbracket || before == T::rset) && !rest.empty() && (rest[0] == '(' || rest[0] == '[' || rest[0] == '\\' || rest[0] == '{'))
    return push(T::cup);
  if ((word == "x" || word == "X") && before == T::number && rest.starts_with("10^")) return push(T::times);
  if (before == T::number && !space_ && (word == "th" || word == "st" || word == "nd" || word == "rd")) return;
  if (before == T::degree && (word == "C" || word == "F")) return;
  if (word.size() == 1) return push(T::name, word);
  if (const auto spelling = word_spelling(word)) {
    if (spelling->type == T::function && (spelling->text == "min" || spelling->text == "max")) return push(T::text, word);
    return push(spelling->type, spelling->text);
  }
  const bool glued_to_number = !tokens_.empty() && tokens_.back().type == T::number && !space_;
  if (is_unit_word(word) && !(glued_to_number && word.size() <= 3)) return push(T::text, word);
  if (const int value = number_word(word); value >= 0 && word.size() >= 3 && tokens_.empty()) return push(T::number, std::to_string(value));
  split_word(word);
}

/// An unknown word: a function with a glued argument ("sinx"), a product of single letters ("ab"), or text.
void Lexer::split_word(std::string_view word) {
  static constexpr std::string_view kPrefixes[] = {"arcsin", "arccos", "arctan", "sqrt", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln"};
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

}  // namespace

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
