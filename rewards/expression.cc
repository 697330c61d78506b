#include "rewards/expression.h"

#include "rewards/number_text.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr std::string_view kTimesSign = "\xC3\x97";

/// Reads left to right; the first error stops it and is kept in reason_.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  ExpressionValue run() {
    const mpq_class value = expression();
    skip_spaces();
    if (reason_.empty() && at_ < text_.size()) unexpected();
    if (!reason_.empty()) return {std::nullopt, reason_};
    return {value, ""};
  }

 private:
  mpq_class expression() {
    if (++depth_ > kMaxExpressionDepth)
      return stop("more than " + std::to_string(kMaxExpressionDepth) + " open parentheses");
    const bool negative = take("-");
    if (!negative) take("+");
    mpq_class sum = term();
    if (negative) sum = -sum;
    while (reason_.empty()) {
      if (take("+"))
        sum += term();
      else if (take("-"))
        sum -= term();
      else
        break;
    }
    --depth_;
    return sum;
  }

  mpq_class term() {
    mpq_class product = factor();
    while (reason_.empty()) {
      if (take("*") || take("x") || take(kTimesSign)) {
        product *= factor();
      } else if (take("/")) {
        const mpq_class divisor = factor();
        if (!reason_.empty()) break;
        if (divisor == 0) return stop("division by zero");
        product /= divisor;
      } else {
        break;
      }
    }
    return product;
  }

  mpq_class factor() {
    if (take("(")) {
      mpq_class inside = expression();
      if (reason_.empty() && !take(")")) unexpected();
      return inside;
    }
    const std::size_t end = decimal_end(text_, at_);
    if (end == at_) return unexpected();
    const std::optional<mpq_class> value = decimal_value(text_.substr(at_, end - at_));
    if (!value) return stop("a number has more than " + std::to_string(kMaxNumberDigits) + " digits");
    at_ = end;
    return *value;
  }

  bool take(std::string_view symbol) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    skip_spaces();
    return true;
  }

  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  mpq_class unexpected() {
    if (at_ >= text_.size()) return stop("the expression is not complete");
    return stop("unexpected '" + excerpt(text_.substr(at_, 8)) + "' at " + std::to_string(at_));
  }

  mpq_class stop(const std::string& reason) {
    if (reason_.empty()) reason_ = reason;
    return 0;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string reason_;
};

}  // namespace

ExpressionValue evaluate_expression(std::string_view text) {
  text = trim(text);
  if (text.size() > kMaxExpressionBytes)
    return {std::nullopt, "longer than " + std::to_string(kMaxExpressionBytes) + " bytes"};
  return Parser(text).run();
}

}  // namespace hone
