#include "rewards/math/verify.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rewards/math/equivalence.h"
#include "rewards/math/extraction.h"
#include "rewards/math/parser.h"
#include "rewards/math/prose.h"
#include "rewards/math/units.h"
#include "rewards/text.h"

namespace hone::math {
namespace {

constexpr std::size_t kMaxTail = 65536;  // of a long text only the end is read

constexpr std::array<std::pair<std::string_view, Mode>, 6> kModes{{{"answer", Mode::answer},
                                                                   {"response", Mode::response},
                                                                   {"text_expr", Mode::text_expr},
                                                                   {"text_latex", Mode::text_latex},
                                                                   {"text_latex_expr", Mode::text_latex_expr},
                                                                   {"mcq", Mode::mcq}}};

/// A letter or digit; an ellipsis is nothing.
bool has_content(std::string plain) {
  if (plain == "\\{\\}") return true;
  for (const std::string_view nothing : {"\\ldots", "\\cdots", "\\dots"})
    for (std::size_t at = plain.find(nothing); at != std::string::npos; at = plain.find(nothing, at))
      plain.erase(at, nothing.size());
  return std::any_of(plain.begin(), plain.end(),
                     [](char c) { return is_digit(c) || is_letter(c) || static_cast<unsigned char>(c) >= 0x80; });
}

struct Answer {
  std::string text;
  std::string plain;
  Parsed parsed;
};

class Comparison {
 public:
  Comparison(Mode mode, const Policy& policy) : mode_(mode), policy_(policy), tree_(budget_) {
    options_.decimal_comma = false;
  }

  Judgement run(std::string_view gold, std::string_view pred, bool describe) {
    Judgement result;
    try {
      if (!read_gold(gold)) {
        result.verdict = Verdict::gold_unusable;
        result.rule = "the reference holds no answer";
        return result;
      }
    } catch (const BudgetExceeded& limit) {
      result.verdict = Verdict::gold_unusable;
      result.rule = std::string("the reference exceeds the budget: ") + limit.what;
      return result;
    }
    if (describe) result.gold_parsed = description(gold_);
    try {
      if (!read_pred(pred)) {
        result.verdict = Verdict::no_answer;
        result.rule = "no answer found";
        return result;
      }
      if (describe) result.pred_parsed = description(pred_);
      const Match match = decide();
      result.verdict = match ? Verdict::correct : Verdict::wrong;
      result.rule = match.rule;
    } catch (const BudgetExceeded& limit) {
      result.verdict = Verdict::budget_exceeded;
      result.rule = std::string("budget: ") + limit.what;
    }
    return result;
  }

 private:
  bool read_gold(std::string_view text) {
    if (mode_ == Mode::answer || mode_ == Mode::response) {
      Extracted bare = bare_answer(text, policy_);
      if (mode_ == Mode::response && bare.form == "whole text" &&
          lower(bare.text).find("answer is") != std::string::npos)
        return from_text(text, gold_);
      return set_answer(std::move(bare.text), gold_);
    }
    return from_text(text, gold_);
  }

  bool read_pred(std::string_view text) {
    if (mode_ == Mode::answer) return set_answer(bare_answer(text, policy_).text, pred_);
    return from_text(text, pred_);
  }

  bool from_text(std::string_view text, Answer& answer) {
    const auto is_expression = [this](std::string_view candidate) {
      try {
        Budget budget(kSteps / 8);
        Tree tree(budget);
        const Parsed parsed = parse_answer(candidate, options_, tree);
        return parsed.root != nullptr && parsed.root->kind != Kind::text && !is_only_words(plain_form(candidate));
      } catch (const BudgetExceeded&) {
        return false;
      }
    };
    std::optional<Extracted> found = extract(text, mode_, policy_, is_expression);
    return found && set_answer(std::move(found->text), answer);
  }

  bool set_answer(std::string text, Answer& answer) {
    answer.text = std::move(text);
    if (answer.text.size() > kMaxAnswerBytes) throw BudgetExceeded{"length of the answer"};
    answer.plain = plain_form(answer.text);
    if (!has_content(answer.plain)) return false;
    answer.parsed = parse_answer(answer.text, options_, tree_);
    return true;
  }

  /// The words behind the answer; a percent or degree sign is a unit, too.
  static std::vector<std::string> units_of(const Answer& answer) {
    std::vector<std::string> units = answer.parsed.units;
    if (contains(*answer.parsed.root, Constant::percent)) units.push_back("percent");
    if (contains(*answer.parsed.root, Constant::degree)) units.push_back("degrees");
    return units;
  }

  Match decide() {
    if (gold_.plain == pred_.plain) return {true, "same text"};
    if (const std::string letters = choice_letters(trim(gold_.text)); !letters.empty()) {
      if (const std::string given = choice_letters(trim(pred_.text)); !given.empty())
        return {letters == given, "choices"};
    }
    const std::optional<int> time = time_of_day(gold_.plain);
    if (time) {
      const std::optional<int> other = time_of_day(pred_.plain);
      if (other) return {*time == *other, "time of day"};
    }
    if (is_only_words(gold_.plain) != is_only_words(pred_.plain) || is_only_words(gold_.plain)) {
      const bool both = is_only_words(gold_.plain) && is_only_words(pred_.plain);
      const bool lists =
          both && gold_.parsed.root != nullptr && pred_.parsed.root != nullptr && gold_.parsed.root->kind == Kind::list;
      if (!lists) return {false, "words"};
    }
    if (gold_.parsed.root == nullptr || pred_.parsed.root == nullptr) return {false, "not an expression"};
    if (policy_.units == Units::conflict && units_conflict(units_of(gold_), units_of(pred_))) return {false, "units"};
    return Equivalence(policy_, tree_).compare(*gold_.parsed.root, *pred_.parsed.root);
  }

  static std::string description(const Answer& answer) {
    if (answer.parsed.root != nullptr) return to_text(*answer.parsed.root);
    return "\"" + excerpt(answer.plain) + "\"";
  }

  Mode mode_;
  const Policy& policy_;
  LexerOptions options_;
  Budget budget_;
  Tree tree_;
  Answer gold_, pred_;
};

Judgement verify_choice(std::string_view gold, std::string_view pred) {
  Judgement result;
  const char wanted = choice_letter(gold);
  const char given = choice_letter(pred);
  if (wanted != 0) result.gold_parsed = std::string(1, wanted);
  if (given != 0) result.pred_parsed = std::string(1, given);
  result.rule = "choice";
  if (wanted == 0)
    result.verdict = Verdict::gold_unusable;
  else if (given == 0)
    result.verdict = Verdict::no_answer;
  else
    result.verdict = wanted == given ? Verdict::correct : Verdict::wrong;
  return result;
}

/// A reference like ["0.5", "one half"]: any of them.
std::vector<std::string> alternatives_of(std::string_view gold) {
  if (!gold.starts_with("[\"") || !gold.ends_with("\"]")) return {};
  const Json list = Json::parse(gold, nullptr, false);
  std::vector<std::string> out;
  if (!list.is_array() || list.size() > kMaxItems) return {};
  for (const Json& entry : list) {
    if (!entry.is_string()) return {};
    out.push_back(entry.get<std::string>());
  }
  return out;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::correct: return "correct";
    case Verdict::wrong: return "wrong";
    case Verdict::no_answer: return "no_answer";
    case Verdict::gold_unusable: return "gold_unusable";
    case Verdict::budget_exceeded: return "budget_exceeded";
  }
  return "wrong";
}

Judgement verify(std::string_view gold, std::string_view pred, Mode mode, const Policy& policy, bool describe) {
  gold = trim(gold);
  if (pred.size() > kMaxTail) pred = pred.substr(pred.size() - kMaxTail);
  if (gold.size() > kMaxTail) gold = gold.substr(gold.size() - kMaxTail);
  if (mode == Mode::mcq) return verify_choice(gold, pred);
  Judgement last;
  for (const std::string& alternative : alternatives_of(gold)) {
    last = Comparison(mode, policy).run(alternative, pred, describe);
    if (last.verdict == Verdict::correct) return last;
  }
  if (!last.rule.empty()) return last;
  return Comparison(mode, policy).run(gold, pred, describe);
}

Mode mode_from_string(std::string_view name) {
  for (const auto& [known, mode] : kModes)
    if (known == name) return mode;
  throw Error(ErrorCode::invalid_argument,
              "mode '" + excerpt(name) +
                  "' is unknown; known are answer, response, text_expr, text_latex, text_latex_expr, mcq");
}

}  // namespace hone::math
