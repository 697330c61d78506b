#include "rewards/math/rational.h"

#include <algorithm>

namespace hone::math {
namespace {

using Value = std::optional<mpq_class>;

constexpr unsigned long kMaxFactorial = 3000;

/// Big numbers cost more than a step.
void charge(const mpq_class& value, Budget& budget) {
  budget.spend(1 + static_cast<int64_t>(bits(value) / 512), "size of a number");
}

Value bounded(mpq_class value, Budget& budget) {
  charge(value, budget);
  if (bits(value) > kMaxBits) return std::nullopt;
  return value;
}

std::optional<unsigned long> small_integer(const mpq_class& value, unsigned long limit) {
  if (value.get_den() != 1 || value < 0 || value > limit) return std::nullopt;
  return value.get_num().get_ui();
}

Value factorial(const mpq_class& n, Budget& budget) {
  const auto small = small_integer(n, kMaxFactorial);
  if (!small) return std::nullopt;
  budget.spend(1 + static_cast<int64_t>(*small / 4), "factorial");
  mpz_class result;
  mpz_fac_ui(result.get_mpz_t(), *small);
  return bounded(mpq_class(result), budget);
}

Value binomial(const mpq_class& n, const mpq_class& k, Budget& budget) {
  if (n.get_den() != 1 || k.get_den() != 1 || n < 0) return std::nullopt;
  if (k < 0 || k > n) return mpq_class(0);
  const mpz_class lower = std::min(k.get_num(), mpz_class(n.get_num() - k.get_num()));
  if (lower > kMaxFactorial || mpz_sizeinbase(n.get_num_mpz_t(), 2) * lower.get_ui() > 2 * kMaxBits)
    return std::nullopt;
  budget.spend(1 + static_cast<int64_t>(lower.get_ui()), "binomial");
  mpz_class result;
  mpz_bin_ui(result.get_mpz_t(), n.get_num_mpz_t(), lower.get_ui());
  return bounded(mpq_class(result), budget);
}

/// The real root, where it is rational.
Value root(const mpq_class& value, unsigned long index, Budget& budget) {
  if (index == 0 || index > 64 || (value < 0 && index % 2 == 0)) return std::nullopt;
  charge(value, budget);
  mpz_class above, below;
  if (mpz_root(above.get_mpz_t(), value.get_num_mpz_t(), index) == 0) return std::nullopt;
  if (mpz_root(below.get_mpz_t(), value.get_den_mpz_t(), index) == 0) return std::nullopt;
  return mpq_class(above, below);
}

mpz_class floor_of(const mpq_class& value) {
  mpz_class result;
  mpz_fdiv_q(result.get_mpz_t(), value.get_num_mpz_t(), value.get_den_mpz_t());
  return result;
}

/// log_base(value) where it is an integer fraction with a small denominator.
Value logarithm(const mpq_class& value, const mpq_class& base, Budget& budget) {
  if (value <= 0 || base <= 0 || base == 1) return std::nullopt;
  if (value == 1) return mpq_class(0);
  const bool invert = (value < 1) != (base < 1);
  const mpq_class target = invert ? mpq_class(1 / value) : value;
  mpq_class power = base;
  for (long k = 1; k <= 256; ++k) {
    charge(power, budget);
    if (power == target) return mpq_class(invert ? -k : k);
    if (bits(power) > bits(target) + 64) break;
    power *= base;
  }
  return std::nullopt;
}

Value call_value(const Node& node, const Reading& reading, Budget& budget) {
  const std::string& name = node.name;
  static constexpr std::string_view kKnown[] = {"sqrt", "root", "factorial", "binomial", "abs", "floor", "ceil",
                                                "log",  "gcd",  "lcm",       "min",      "max", "ln"};
  if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) return std::nullopt;
  std::vector<mpq_class> args;
  for (const Node* arg : node.args) {
    const Value value = exact_value(*arg, reading, budget);
    if (!value) return std::nullopt;
    args.push_back(*value);
  }
  const mpq_class& x = args[0];
  if (name == "sqrt") return root(x, 2, budget);
  if (name == "root") {
    const auto index = small_integer(args[1], 64);
    return index ? root(x, *index, budget) : std::nullopt;
  }
  if (name == "factorial") return factorial(x, budget);
  if (name == "binomial") return args.size() == 2 ? binomial(x, args[1], budget) : std::nullopt;
  if (name == "abs") return mpq_class(abs(x));
  if (name == "floor") return mpq_class(floor_of(x));
  if (name == "ceil") return mpq_class(-floor_of(-x));
  if (name == "log") return args.size() == 2 ? logarithm(x, args[1], budget) : std::nullopt;
  if (name == "ln") return x == 1 ? Value(mpq_class(0)) : std::nullopt;
  mpq_class result = x;
  for (const mpq_class& arg : args) {
    if (name == "min") result = std::min(result, arg);
    if (name == "max") result = std::max(result, arg);
    if (name != "gcd" && name != "lcm") continue;
    if (arg.get_den() != 1 || result.get_den() != 1) return std::nullopt;
    result = name == "gcd" ? mpq_class(gcd(result.get_num(), arg.get_num()))
                           : mpq_class(lcm(result.get_num(), arg.get_num()));
  }
  return bounded(result, budget);
}

Value power_value(const Node& node, const Reading& reading, Budget& budget) {
  const Value exponent = exact_value(*node.args[1], reading, budget);
  const Value base = exact_value(*node.args[0], reading, budget);
  if (!base || !exponent) return std::nullopt;
  if (exponent->get_den() == 1) return exact_power(*base, exponent->get_num(), budget);
  if (exponent->get_den() > 64 || *base < 0) return std::nullopt;
  const Value rooted = root(*base, exponent->get_den().get_ui(), budget);
  return rooted ? exact_power(*rooted, exponent->get_num(), budget) : std::nullopt;
}

}  // namespace

std::size_t bits(const mpq_class& value) {
  return mpz_sizeinbase(value.get_num_mpz_t(), 2) + mpz_sizeinbase(value.get_den_mpz_t(), 2);
}

Value exact_power(const mpq_class& base, const mpz_class& exponent, Budget& budget) {
  if (base == 0 && exponent <= 0) return std::nullopt;
  if (base == 1 || base == 0) return base;
  if (base == -1) return mpq_class(mpz_odd_p(exponent.get_mpz_t()) ? -1 : 1);
  const mpz_class size = abs(exponent);
  if (size > kMaxBits || size.get_ui() * (bits(base) - 1) > kMaxBits) return std::nullopt;
  mpz_class above, below;
  mpz_pow_ui(above.get_mpz_t(), base.get_num_mpz_t(), size.get_ui());
  mpz_pow_ui(below.get_mpz_t(), base.get_den_mpz_t(), size.get_ui());
  mpq_class result = exponent > 0 ? mpq_class(above, below) : mpq_class(below, above);
  result.canonicalize();
  return bounded(result, budget);
}

Value exact_value(const Node& node, const Reading& reading, Budget& budget) {
  budget.spend(1);
  switch (node.kind) {
    case Kind::number: return *node.value;
    case Kind::constant:
      if (node.is(Constant::percent)) return reading.percent_is_hundredth ? mpq_class(1, 100) : mpq_class(1);
      if (node.is(Constant::degree) && !reading.degree_is_radians) return mpq_class(1);
      return std::nullopt;
    case Kind::sum: {
      mpq_class total = 0;
      for (const Node* arg : node.args) {
        const Value value = exact_value(*arg, reading, budget);
        if (!value) return std::nullopt;
        total += *value;
        charge(total, budget);
      }
      return bounded(total, budget);
    }
    case Kind::product: {
      mpq_class total = 1;
      for (const Node* arg : node.args) {
        const Value value = exact_value(*arg, reading, budget);
        if (!value) return std::nullopt;
        total *= *value;
        charge(total, budget);
        if (bits(total) > kMaxBits) return std::nullopt;
      }
      return total;
    }
    case Kind::quotient: {
      const Value above = exact_value(*node.args[0], reading, budget);
      if (!above) return std::nullopt;
      const Value below = exact_value(*node.args[1], reading, budget);
      if (!below || *below == 0) return std::nullopt;
      return bounded(*above / *below, budget);
    }
    case Kind::ratio: {
      if (node.args.size() != 2) return std::nullopt;
      const Value above = exact_value(*node.args[0], reading, budget);
      const Value below = exact_value(*node.args[1], reading, budget);
      if (!above || !below || *below == 0) return std::nullopt;
      return bounded(*above / *below, budget);
    }
    case Kind::power: return power_value(node, reading, budget);
    case Kind::negate: {
      const Value value = exact_value(*node.args[0], reading, budget);
      return value ? Value(-*value) : std::nullopt;
    }
    case Kind::call: return call_value(node, reading, budget);
    default: return std::nullopt;
  }
}

}  // namespace hone::math
