#include "rewards/math/complex_value.h"

#include <algorithm>
#include <limits>

namespace hone::math {
namespace {

using Value = std::optional<Complex>;

constexpr int64_t kMaxExponent = 1 << 20;   // of any value
constexpr int64_t kMaxAngleExponent = 128;  // of an argument that is reduced by pi
constexpr long kMaxGamma = 4000;
constexpr long kMaxIntegerPower = 4096;

uint64_t mix(uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

using Unary = int (*)(mpc_ptr, mpc_srcptr, mpc_rnd_t);
struct Elementary {
  std::string_view name;
  Unary function;
  bool periodic;
  bool reciprocal_result;
  bool reciprocal_argument;
};
constexpr Elementary kElementary[] = {
    {"sin", mpc_sin, true, false, false},        {"cos", mpc_cos, true, false, false},
    {"tan", mpc_tan, true, false, false},        {"cot", mpc_tan, true, true, false},
    {"sec", mpc_cos, true, true, false},         {"csc", mpc_sin, true, true, false},
    {"sinh", mpc_sinh, false, false, false},     {"cosh", mpc_cosh, false, false, false},
    {"tanh", mpc_tanh, false, false, false},     {"coth", mpc_tanh, false, true, false},
    {"arcsin", mpc_asin, false, false, false},   {"arccos", mpc_acos, false, false, false},
    {"arctan", mpc_atan, false, false, false},   {"arcsec", mpc_acos, false, false, true},
    {"arccsc", mpc_asin, false, false, true},    {"arccot", mpc_atan, false, false, true},
    {"arcsinh", mpc_asinh, false, false, false}, {"arccosh", mpc_acosh, false, false, false},
    {"arctanh", mpc_atanh, false, false, false}};

/// MPFR keeps constants for each thread; this frees them with the thread.
struct ConstantCache {
  bool used = false;
  ~ConstantCache() { mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE); }
};

class Evaluator {
 public:
  Evaluator(const Point& point, mpfr_prec_t precision, const Reading& reading, Budget& budget)
      : point_(point), precision_(precision), reading_(reading), budget_(budget) {}

  Value value(const Node& node);
  /// Some part had an imaginary part.
  bool nonreal() const { return nonreal_; }

 private:
  void charge(int64_t steps) { budget_.spend(steps * precision_ / 256, "numeric evaluation"); }
  Complex zero() const {
    Complex x(precision_);
    mpc_set_ui(x.get(), 0, MPC_RNDNN);
    return x;
  }
  Value checked(Complex x) {
    nonreal_ = nonreal_ || !is_real(x);
    if (!x.finite() || x.exponent() > kMaxExponent ||
        (x.exponent() < -kMaxExponent && x.exponent() != std::numeric_limits<int64_t>::min()))
      return std::nullopt;
    return Value(std::move(x));
  }
  Value rational(const mpq_class& q) {
    Complex x(precision_);
    mpc_set_q(x.get(), q.get_mpq_t(), MPC_RNDNN);
    return checked(std::move(x));
  }
  static bool is_real(const Complex& x) { return mpfr_zero_p(x.imaginary()) != 0; }
  static bool is_zero(const Complex& x) { return mpfr_zero_p(x.real()) != 0 && mpfr_zero_p(x.imaginary()) != 0; }

  Complex variable(std::string_view name) const;
  Value constant(const Node& node);
  Value power(const Complex& base, const Complex& exponent);
  Value root(const Complex& x, const Complex& index);
  Value call(const Node& node);
  Value elementary(const Elementary& row, const Node& argument);
  Value factorial(const Complex& x);
  Value binomial(const Complex& n, const Complex& k);
  Value rounded(const Complex& x, bool up);

  const Point& point_;
  mpfr_prec_t precision_;
  const Reading& reading_;
  Budget& budget_;
  int trigonometric_ = 0;
  bool nonreal_ = false;
};

Complex Evaluator::variable(std::string_view name) const {
  uint64_t h = mix(point_.index + 1);
  for (unsigned char c : name) h = mix(h ^ c);
  mpq_class value;
  if (point_.domain == Domain::integer) {
    value = static_cast<unsigned long>(1 + h % 12);
  } else {
    value = mpq_class(static_cast<unsigned long>(1 + h % 0x3FFFFFFF), 0x10000000UL);  // (0, 4)
    value.canonicalize();
    if (point_.domain == Domain::real && (point_.index == 1 || ((h >> 40) & 1) != 0)) value = -value;
  }
  Complex x(precision_);
  mpc_set_q(x.get(), value.get_mpq_t(), MPC_RNDNN);
  return x;
}

Value Evaluator::constant(const Node& node) {
  Complex x = zero();
  switch (node.constant()) {
    case Constant::pi: mpfr_const_pi(x.real(), MPFR_RNDN); return x;
    case Constant::e:
      mpfr_set_ui(x.real(), 1, MPFR_RNDN);
      mpfr_exp(x.real(), x.real(), MPFR_RNDN);
      return x;
    case Constant::i: mpfr_set_ui(x.imaginary(), 1, MPFR_RNDN); return x;
    case Constant::percent: return rational(reading_.percent_is_hundredth ? mpq_class(1, 100) : mpq_class(1));
    case Constant::degree:
      if (trigonometric_ == 0 && !reading_.degree_is_radians) return rational(1);
      mpfr_const_pi(x.real(), MPFR_RNDN);
      mpfr_div_ui(x.real(), x.real(), 180, MPFR_RNDN);
      return x;
    default: return std::nullopt;
  }
}

Value Evaluator::value(const Node& node) {
  charge(3);
  switch (node.kind) {
    case Kind::number: return rational(*node.value);
    case Kind::name: return variable(node.name);
    case Kind::constant: return constant(node);
    case Kind::sum:
    case Kind::product: {
      Value total;
      for (const Node* arg : node.args) {
        Value x = value(*arg);
        if (!x) return std::nullopt;
        if (!total) {
          total = std::move(x);
          continue;
        }
        charge(1);
        if (node.kind == Kind::sum)
          mpc_add(total->get(), total->get(), x->get(), MPC_RNDNN);
        else
          mpc_mul(total->get(), total->get(), x->get(), MPC_RNDNN);
      }
      return total ? checked(std::move(*total)) : std::nullopt;
    }
    case Kind::ratio:
    case Kind::quotient: {
      if (node.args.size() != 2) return std::nullopt;
      Value above = value(*node.args[0]);
      const Value below = value(*node.args[1]);
      if (!above || !below || is_zero(*below)) return std::nullopt;
      charge(2);
      mpc_div(above->get(), above->get(), below->get(), MPC_RNDNN);
      return checked(std::move(*above));
    }
    case Kind::negate: {
      Value x = value(*node.args[0]);
      if (x) mpc_neg(x->get(), x->get(), MPC_RNDNN);
      return x;
    }
    case Kind::power: {
      const Value base = value(*node.args[0]);
      const Value exponent = value(*node.args[1]);
      return base && exponent ? power(*base, *exponent) : std::nullopt;
    }
    case Kind::call: return call(node);
    default: return std::nullopt;
  }
}

Value Evaluator::power(const Complex& base, const Complex& exponent) {
  charge(60);
  Complex x(precision_);
  if (is_zero(base)) return is_real(exponent) && mpfr_sgn(exponent.real()) > 0 ? Value(zero()) : std::nullopt;
  if (is_real(exponent) && mpfr_integer_p(exponent.real()) != 0 &&
      mpfr_cmpabs_ui(exponent.real(), kMaxIntegerPower) <= 0) {
    const long n = mpfr_get_si(exponent.real(), MPFR_RNDN);
    if (std::abs(base.exponent()) * std::abs(n) > kMaxExponent) return std::nullopt;
    mpc_pow_si(x.get(), base.get(), n, MPC_RNDNN);
    return checked(std::move(x));
  }
  mpc_log(x.get(), base.get(), MPC_RNDNN);
  mpc_mul(x.get(), x.get(), exponent.get(), MPC_RNDNN);
  if (!x.finite() || x.exponent() > 19) return std::nullopt;
  mpc_exp(x.get(), x.get(), MPC_RNDNN);
  return checked(std::move(x));
}

/// Real roots of odd index stay real for negative numbers.
Value Evaluator::root(const Complex& x, const Complex& index) {
  if (!is_real(index) || mpfr_integer_p(index.real()) == 0 || mpfr_cmp_ui(index.real(), 64) > 0 ||
      mpfr_cmp_ui(index.real(), 2) < 0) {
    Complex inverse = zero();
    mpc_ui_div(inverse.get(), 1, index.get(), MPC_RNDNN);
    return inverse.finite() ? power(x, inverse) : std::nullopt;
  }
  const unsigned long n = mpfr_get_ui(index.real(), MPFR_RNDN);
  charge(20);
  Complex result = zero();
  if (n == 2) {
    mpc_sqrt(result.get(), x.get(), MPC_RNDNN);
    return checked(std::move(result));
  }
  if (is_real(x) && (mpfr_sgn(x.real()) >= 0 || n % 2 == 1)) {
    mpfr_rootn_ui(result.real(), x.real(), n, MPFR_RNDN);
    return checked(std::move(result));
  }
  mpc_ui_div(result.get(), 1, index.get(), MPC_RNDNN);
  return power(x, result);
}

Value Evaluator::elementary(const Elementary& row, const Node& argument) {
  trigonometric_ += row.periodic ? 1 : 0;
  Value x = value(argument);
  trigonometric_ -= row.periodic ? 1 : 0;
  if (!x || x->exponent() > (row.periodic ? kMaxAngleExponent : 19)) return std::nullopt;
  charge(90);
  if (row.reciprocal_argument) {
    if (is_zero(*x)) return std::nullopt;
    mpc_ui_div(x->get(), 1, x->get(), MPC_RNDNN);
  }
  Complex result(precision_);
  row.function(result.get(), x->get(), MPC_RNDNN);
  if (row.reciprocal_result) {
    if (is_zero(result)) return std::nullopt;
    mpc_ui_div(result.get(), 1, result.get(), MPC_RNDNN);
  }
  return checked(std::move(result));
}

Value Evaluator::factorial(const Complex& x) {
  if (!is_real(x) || mpfr_cmp_si(x.real(), kMaxGamma) > 0 || mpfr_sgn(x.real()) < 0) return std::nullopt;
  charge(150);
  Complex result = zero();
  mpfr_add_ui(result.real(), x.real(), 1, MPFR_RNDN);
  mpfr_gamma(result.real(), result.real(), MPFR_RNDN);
  return checked(std::move(result));
}

Value Evaluator::binomial(const Complex& n, const Complex& k) {
  if (!is_real(n) || !is_real(k) || mpfr_integer_p(n.real()) == 0 || mpfr_integer_p(k.real()) == 0) return std::nullopt;
  if (mpfr_cmp_ui(n.real(), kMaxGamma) > 0 || mpfr_sgn(n.real()) < 0) return std::nullopt;
  if (mpfr_sgn(k.real()) < 0 || mpfr_cmp(k.real(), n.real()) > 0) return zero();
  charge(100);
  mpz_class result;
  mpz_bin_uiui(result.get_mpz_t(), mpfr_get_ui(n.real(), MPFR_RNDN), mpfr_get_ui(k.real(), MPFR_RNDN));
  return rational(mpq_class(result));
}

Value Evaluator::rounded(const Complex& x, bool up) {
  if (!is_real(x)) return std::nullopt;
  Complex result = zero();
  if (up)
    mpfr_ceil(result.real(), x.real());
  else
    mpfr_floor(result.real(), x.real());
  return checked(std::move(result));
}

Value Evaluator::call(const Node& node) {
  for (const Elementary& row : kElementary)
    if (row.name == node.name && node.args.size() == 1) return elementary(row, *node.args[0]);
  std::vector<Complex> args;
  for (const Node* arg : node.args) {
    Value x = value(*arg);
    if (!x) return std::nullopt;
    args.push_back(std::move(*x));
  }
  const std::string& name = node.name;
  if (args.size() == 2) {
    if (name == "root") return root(args[0], args[1]);
    if (name == "binomial") return binomial(args[0], args[1]);
    if (name != "log" || is_zero(args[0]) || is_zero(args[1])) return std::nullopt;
    charge(120);
    mpc_log(args[0].get(), args[0].get(), MPC_RNDNN);
    mpc_log(args[1].get(), args[1].get(), MPC_RNDNN);
    if (is_zero(args[1])) return std::nullopt;
    mpc_div(args[0].get(), args[0].get(), args[1].get(), MPC_RNDNN);
    return checked(std::move(args[0]));
  }
  if (args.size() != 1) return std::nullopt;
  Complex& x = args[0];
  if (name == "ln") {
    if (is_zero(x)) return std::nullopt;
    charge(60);
    mpc_log(x.get(), x.get(), MPC_RNDNN);
    return checked(std::move(x));
  }
  if (name == "sqrt") {
    charge(20);
    mpc_sqrt(x.get(), x.get(), MPC_RNDNN);
    return checked(std::move(x));
  }
  if (name == "abs") {
    Complex result = zero();
    mpc_abs(result.real(), x.get(), MPFR_RNDN);
    return checked(std::move(result));
  }
  if (name == "factorial") return factorial(x);
  if (name == "floor" || name == "ceil") return rounded(x, name == "ceil");
  if (name == "Re" || name == "Im") {
    Complex result = zero();
    mpfr_set(result.real(), name == "Re" ? x.real() : x.imaginary(), MPFR_RNDN);
    return result;
  }
  return std::nullopt;
}

}  // namespace

int64_t Complex::exponent() const {
  int64_t exponent = std::numeric_limits<int64_t>::min();
  for (mpfr_srcptr part : {real(), imaginary()})
    if (mpfr_regular_p(part) != 0) exponent = std::max(exponent, static_cast<int64_t>(mpfr_get_exp(part)));
  return exponent;
}

Value evaluate(const Node& node, const Point& point, mpfr_prec_t precision, const Reading& reading, Budget& budget,
               bool* nonreal) {
  thread_local ConstantCache cache;
  cache.used = true;
  Evaluator evaluator(point, precision, reading, budget);
  Value value = evaluator.value(node);
  if (nonreal != nullptr) *nonreal = evaluator.nonreal();
  return value;
}

}  // namespace hone::math
