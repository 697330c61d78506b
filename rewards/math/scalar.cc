#include "rewards/math/scalar.h"

#include <optional>
#include <vector>

#include "rewards/math/numeric.h"
#include "rewards/math/residue.h"

namespace hone::math {
namespace {

struct Decimal {
  mpq_class value;
  mpq_class unit;  // of the last digit
  int digits = 0;  // significant ones
};

int significant_digits(const mpq_class& value, int decimals) {
  mpz_class scaled;
  mpz_ui_pow_ui(scaled.get_mpz_t(), 10, static_cast<unsigned long>(decimals));
  const mpz_class digits = abs(mpz_class(mpq_class(value * scaled).get_num()));
  return digits == 0 ? 0 : static_cast<int>(digits.get_str().size());
}

std::optional<Decimal> decimal(const Node& node, const Reading& reading, Budget& budget) {
  if (node.kind == Kind::number && node.decimals > 0 && node.decimals <= 100) {
    mpz_class power;
    mpz_ui_pow_ui(power.get_mpz_t(), 10, static_cast<unsigned long>(node.decimals));
    return Decimal{*node.value, mpq_class(1, power), significant_digits(*node.value, node.decimals)};
  }
  if (node.kind == Kind::negate) {
    std::optional<Decimal> inner = decimal(*node.args[0], reading, budget);
    if (inner) inner->value = -inner->value;
    return inner;
  }
  if (node.kind == Kind::product && node.args.size() == 2) {
    std::optional<Decimal> inner = decimal(*node.args[0], reading, budget);
    const Node& factor = *node.args[1];
    const bool ten = factor.kind == Kind::power && is_integer(*factor.args[0]) && *factor.args[0]->value == 10;
    if (!inner || !(factor.is(Constant::percent) || factor.is(Constant::degree) || ten)) return std::nullopt;
    const std::optional<mpq_class> scale = exact_value(factor, reading, budget);
    if (!scale) return std::nullopt;
    inner->value *= *scale;
    inner->unit *= abs(*scale);
    return inner;
  }
  return std::nullopt;
}

bool near(const mpq_class& a, const mpq_class& b, const mpq_class& distance) { return abs(a - b) <= distance; }

/// A value that is a decimal literal or a whole number is already as exact as it means to be.
bool is_written_out(const Node& node, const Reading& reading, Budget& budget) {
  if (node.kind == Kind::negate) return is_written_out(*node.args[0], reading, budget);
  return node.kind == Kind::number || decimal(node, reading, budget).has_value();
}

/// 12.45 as 249/20: a decimal that somebody worked out to its end.
bool ends_as_decimal(const mpq_class& value) {
  mpz_class rest = value.get_den();
  if (rest > 1000000) return false;
  for (const unsigned long prime : {2UL, 5UL})
    mpz_remove(rest.get_mpz_t(), rest.get_mpz_t(), mpz_class(prime).get_mpz_t());
  return rest == 1;
}

bool rounding_allows(const Node& gold, const Node& pred, const Reading& reading, Budget& budget) {
  const std::optional<Decimal> g = decimal(gold, reading, budget);
  const std::optional<Decimal> p = decimal(pred, reading, budget);
  if (!g && !p) return false;
  const auto value_of = [&](const Node& node) {
    const std::optional<mpq_class> exact = exact_value(node, reading, budget);
    return exact ? exact : real_value(node, reading, budget);
  };
  if (g && g->digits >= 3 && g->value.get_den() != 1) {
    const bool finer = p && p->unit < g->unit && g->digits >= 6;
    if (finer || (!p && !is_written_out(pred, reading, budget))) {
      const std::optional<mpq_class> value = value_of(pred);
      if (value && (finer || !ends_as_decimal(*value)) && near(*value, g->value, g->unit / 2)) return true;
    }
  }
  if (p && p->digits >= 6 && !g && !is_written_out(gold, reading, budget)) {
    const std::optional<mpq_class> value = value_of(gold);
    if (!value || value->get_den() == 1) return false;
    const mpq_class slack = p->digits >= 14 ? mpq_class(4) : p->digits >= 10 ? mpq_class(1) : mpq_class(1, 2);
    return near(*value, p->value, p->unit * slack);
  }
  return false;
}

Match compare_reading(const Node& gold, const Node& pred, const Policy& policy, const Reading& reading,
                      Budget& budget) {
  const std::optional<mpq_class> g = exact_value(gold, reading, budget);
  const std::optional<mpq_class> p = exact_value(pred, reading, budget);
  if (g && p) {
    if (*g == *p) return {true, "exact"};
    if (policy.rounding == Rounding::reference && rounding_allows(gold, pred, reading, budget))
      return {true, "rounded"};
    return {false, "exact"};
  }
  switch (compare_residues(gold, pred, reading, budget)) {
    case Identity::identical: return {true, "identity"};
    case Identity::different:
      if (policy.rounding == Rounding::reference && rounding_allows(gold, pred, reading, budget))
        return {true, "rounded"};
      return {false, "identity"};
    case Identity::undecided: break;
  }
  switch (compare_numerically(gold, pred, reading, budget)) {
    case Agreement::equal: return {true, "numeric"};
    case Agreement::different:
      if (policy.rounding == Rounding::reference && rounding_allows(gold, pred, reading, budget))
        return {true, "rounded"};
      return {false, "numeric"};
    case Agreement::undecided: break;
  }
  return {false, "undecided"};
}

}  // namespace

Match equal_scalars(const Node& gold, const Node& pred, const Policy& policy, Budget& budget) {
  const bool percent = contains(gold, Constant::percent) || contains(pred, Constant::percent);
  const bool degree = contains(gold, Constant::degree) || contains(pred, Constant::degree);
  std::vector<Reading> readings{{true, policy.degrees == Degrees::value}};
  if (degree && policy.degrees == Degrees::either &&
      contains(gold, Constant::degree) != contains(pred, Constant::degree))
    readings.push_back({true, true});
  if (percent && policy.percent == Percent::either) readings.push_back({false, false});
  Match result;
  for (const Reading& reading : readings) {
    const Match match = compare_reading(gold, pred, policy, reading, budget);
    if (match) return match;
    if (result.rule.empty()) result = match;
  }
  return result;
}

bool proportional(const Node& a, const Node& b, bool positive, Budget& budget) {
  const Reading reading;
  if (variables(a).empty() || variables(b).empty()) return false;
  if (!proportional_residues(a, b, reading, budget)) return false;
  return !positive || sign_of_quotient(a, b, reading, budget) > 0;
}

bool rounds_to(const Node& exact, const Node& rounded, Budget& budget) {
  const Reading reading;
  const std::optional<Decimal> d = decimal(rounded, reading, budget);
  if (!d) return false;
  std::optional<mpq_class> value = exact_value(exact, reading, budget);
  if (!value) value = real_value(exact, reading, budget);
  return value && near(*value, d->value, d->unit);
}

}  // namespace hone::math
