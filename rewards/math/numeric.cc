#include "rewards/math/numeric.h"

#include <algorithm>
#include <limits>

#include "rewards/math/complex_value.h"

namespace hone::math {
namespace {

constexpr mpfr_prec_t kPrecision = 256;
constexpr mpfr_prec_t kHighPrecision = 640;
constexpr int64_t kCloseBits = 120;   // agreement that asks for the high precision
constexpr int64_t kShrinkBits = 250;  // how far the difference must fall from one precision to the other
constexpr int kPoints = 24;
constexpr int kWantedPoints = 5;
constexpr int kWantedIntegers = 9;

/// Where only integers make sense: factorials, signs like (-1)^n, and the rounding of fractions.
bool needs_integers(const Node& node) {
  bool found = false;
  for_each_node(node, [&](const Node& n) {
    if (n.kind == Kind::call && (n.name == "factorial" || n.name == "binomial")) found = found || !variables(n).empty();
    if (n.kind == Kind::call && (n.name == "floor" || n.name == "ceil"))
      for_each_node(
          n, [&](const Node& part) { found = found || (part.kind == Kind::quotient && !variables(part).empty()); });
    if (n.kind == Kind::power && !variables(*n.args[1]).empty()) {
      const Node* base = n.args[0];
      found = found || base->kind == Kind::negate || (base->kind == Kind::number && *base->value < 0);
    }
  });
  return found;
}

struct Difference {
  int64_t size;   // exponent of the difference
  int64_t scale;  // exponent of the larger side
  bool real;      // so is every part of both sides
};

std::optional<Difference> difference(const Node& a, const Node& b, const Point& point, mpfr_prec_t precision,
                                     const Reading& reading, Budget& budget) {
  bool left_nonreal = false, right_nonreal = false;
  std::optional<Complex> x = evaluate(a, point, precision, reading, budget, &left_nonreal);
  if (!x) return std::nullopt;
  const std::optional<Complex> y = evaluate(b, point, precision, reading, budget, &right_nonreal);
  if (!y) return std::nullopt;
  Difference result{};
  result.scale = std::max(x->exponent(), y->exponent());
  result.real = !left_nonreal && !right_nonreal;
  mpc_sub(x->get(), x->get(), y->get(), MPC_RNDNN);
  result.size = x->exponent();
  return result;
}

bool is_small(const Difference& d) {
  constexpr int64_t kZero = std::numeric_limits<int64_t>::min();
  return d.size == kZero || d.size < d.scale - kCloseBits || d.scale < -kCloseBits;
}

/// Equal or different at one point; undecided where a side is not defined there.
Agreement compare_at(const Node& a, const Node& b, const Point& point, bool skip_complex, const Reading& reading,
                     Budget& budget) {
  const std::optional<Difference> low = difference(a, b, point, kPrecision, reading, budget);
  if (!low || (skip_complex && !low->real)) return Agreement::undecided;
  if (!is_small(*low)) return Agreement::different;
  const std::optional<Difference> high = difference(a, b, point, kHighPrecision, reading, budget);
  if (!high) return Agreement::undecided;
  constexpr int64_t kZero = std::numeric_limits<int64_t>::min();
  if (high->size == kZero) return Agreement::equal;
  const bool vanished = low->size != kZero && high->size < low->size - kShrinkBits;
  return vanished || high->size < high->scale - kHighPrecision + 140 ? Agreement::equal : Agreement::different;
}

}  // namespace

Agreement compare_numerically(const Node& a, const Node& b, const Reading& reading, Budget& budget) {
  std::vector<std::string> names = variables(a);
  const std::vector<std::string> other = variables(b);
  if (names.empty() && other.empty()) return compare_at(a, b, {}, false, reading, budget);
  const bool integers = needs_integers(a) || needs_integers(b);
  const bool has_i = contains(a, Constant::i) || contains(b, Constant::i);
  const int wanted = integers ? kWantedIntegers : kWantedPoints;
  int agreed = 0;
  for (int k = 0; k < kPoints && agreed < wanted; ++k) {
    Point point;
    point.index = static_cast<uint64_t>(k);
    point.domain = integers ? Domain::integer : k % 2 == 0 ? Domain::positive : Domain::real;
    // Without i in the text, the expressions are real: points outside their domain say nothing.
    const bool skip_complex = !has_i && !integers && point.domain == Domain::real;
    const Agreement at = compare_at(a, b, point, skip_complex, reading, budget);
    if (at == Agreement::different) return Agreement::different;
    agreed += at == Agreement::equal ? 1 : 0;
  }
  return agreed >= kWantedPoints - 1 ? Agreement::equal : Agreement::undecided;
}

std::optional<mpq_class> real_value(const Node& node, const Reading& reading, Budget& budget) {
  if (!variables(node).empty()) return std::nullopt;
  const std::optional<Complex> x = evaluate(node, {}, kPrecision, reading, budget);
  if (!x || (mpfr_zero_p(x->imaginary()) == 0 && mpfr_get_exp(x->imaginary()) > x->exponent() - kCloseBits))
    return std::nullopt;
  if (x->exponent() > 4096 || (mpfr_zero_p(x->real()) == 0 && x->exponent() < -4096)) return std::nullopt;
  mpq_class value;
  mpfr_get_q(value.get_mpq_t(), x->real());
  return value;
}

int sign_of_quotient(const Node& a, const Node& b, const Reading& reading, Budget& budget) {
  for (uint64_t k = 0; k < 8; ++k) {
    const Point point{k, Domain::real};
    const std::optional<Complex> x = evaluate(a, point, kPrecision, reading, budget);
    const std::optional<Complex> y = evaluate(b, point, kPrecision, reading, budget);
    if (!x || !y || mpfr_zero_p(x->imaginary()) == 0 || mpfr_zero_p(y->imaginary()) == 0) continue;
    const int sign = mpfr_sgn(x->real()) * mpfr_sgn(y->real());
    if (sign != 0) return sign;
  }
  return 0;
}

}  // namespace hone::math
