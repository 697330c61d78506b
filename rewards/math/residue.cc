#include "rewards/math/residue.h"

#include <array>
#include <cstddef>
#include <optional>

namespace hone::math {
namespace {

using u64 = uint64_t;
using Residue = std::optional<u64>;

struct Field {
  u64 prime;
  u64 i;                       // i * i = -1
  std::array<u64, 11> square;  // roots of kSmallPrimes
  std::array<u64, 3> cube;     // cube roots of the first three
};

constexpr std::array<unsigned long, 11> kSmallPrimes{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31};

constexpr Field kFields[] = {
    {2305843009209465961ULL,
     695208929741687251ULL,
     {9545765291706043ULL, 2187060385065257448ULL, 416889555530037637ULL, 1267338752183730116ULL,
      1065162341680787989ULL, 46264782317391879ULL, 1517685692538013137ULL, 1053350730781866761ULL,
      480971658639792136ULL, 1629869540526903180ULL, 2063110687484791097ULL},
     {345288977620745571ULL, 1498468668015046194ULL, 523398259822390109ULL}},
    {2305843009201966081ULL,
     238590729664008222ULL,
     {1501869779261795290ULL, 854086119541222872ULL, 1416881627291144849ULL, 211358699565802622ULL,
      145002209140077935ULL, 1527435109241131926ULL, 1893518868067288973ULL, 135247034169731745ULL,
      373725145337852174ULL, 593430574167827606ULL, 650492410205693212ULL},
     {1500510219216767985ULL, 637730425785753402ULL, 140989305088681386ULL}}};

u64 mix(u64 a, u64 b) {  // splitmix64's finaliser over both
  u64 z = a + 0x9E3779B97F4A7C15ULL * (b + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

u64 hash(std::string_view text) {
  u64 h = 0xCBF29CE484222325ULL;
  for (unsigned char c : text) h = (h ^ c) * 0x100000001B3ULL;
  return h;
}

class Evaluator {
 public:
  Evaluator(const Field& field, u64 point, const Reading& reading, Budget& budget)
      : field_(field), p_(field.prime), point_(point), reading_(reading), budget_(budget) {}

  Residue value(const Node& node);
  bool used_stand_in() const { return stand_in_; }

 private:
  u64 add(u64 a, u64 b) const { return a >= p_ - b ? a - (p_ - b) : a + b; }
  u64 times(u64 a, u64 b) const { return static_cast<u64>(static_cast<unsigned __int128>(a) * b % p_); }
  u64 power(u64 base, u64 exponent) const {
    u64 result = 1;
    for (; exponent != 0; exponent >>= 1) {
      if (exponent & 1) result = times(result, base);
      base = times(base, base);
    }
    return result;
  }
  Residue inverse(u64 a) const { return a == 0 ? Residue() : power(a, p_ - 2); }
  Residue integer_power(u64 base, const mpz_class& exponent) const {
    const u64 reduced = mpz_fdiv_ui(exponent.get_mpz_t(), p_ - 1);
    if (base == 0) return exponent > 0 ? Residue(0) : Residue();
    return power(base, reduced);
  }
  Residue rational(const mpq_class& value) const {
    const Residue below = inverse(mpz_fdiv_ui(value.get_den_mpz_t(), p_));
    return below ? Residue(times(mpz_fdiv_ui(value.get_num_mpz_t(), p_), *below)) : Residue();
  }
  u64 random(std::string_view name, u64 salt) const { return mix(mix(hash(name), salt), p_) % p_; }
  u64 stand_in(std::string_view name, std::initializer_list<u64> args) {
    stand_in_ = true;
    u64 h = hash(name);
    for (u64 arg : args) h = mix(h, arg);
    return mix(h, p_) % p_;
  }

  Residue raised(const Node& base, const Node& exponent);
  Residue fractional(const Node& base, const mpq_class& exponent);
  std::optional<u64> root_of_rational(const mpq_class& value, unsigned long index) const;
  Residue call(const Node& node);

  const Field& field_;
  const u64 p_;
  const u64 point_;
  const Reading& reading_;
  Budget& budget_;
  int trigonometric_ = 0;
  bool stand_in_ = false;
};

Residue Evaluator::value(const Node& node) {
  budget_.spend(2);
  switch (node.kind) {
    case Kind::number: return rational(*node.value);
    case Kind::name: return random(node.name, point_ + 1);
    case Kind::constant:
      if (node.is(Constant::i)) return field_.i;
      if (node.is(Constant::pi) || node.is(Constant::e)) return random(node.is(Constant::pi) ? "pi" : "e", 0);
      if (node.is(Constant::percent)) return rational(reading_.percent_is_hundredth ? mpq_class(1, 100) : mpq_class(1));
      if (node.is(Constant::degree)) {
        if (trigonometric_ == 0 && !reading_.degree_is_radians) return u64{1};
        return times(random("pi", 0), *rational(mpq_class(1, 180)));
      }
      return std::nullopt;
    case Kind::sum: {
      u64 total = 0;
      for (const Node* arg : node.args) {
        const Residue x = value(*arg);
        if (!x) return std::nullopt;
        total = add(total, *x);
      }
      return total;
    }
    case Kind::product: {
      u64 total = 1;
      for (const Node* arg : node.args) {
        const Residue x = value(*arg);
        if (!x) return std::nullopt;
        total = times(total, *x);
      }
      return total;
    }
    case Kind::ratio:
    case Kind::quotient: {
      if (node.args.size() != 2) return std::nullopt;
      const Residue above = value(*node.args[0]);
      const Residue below = value(*node.args[1]);
      if (!above || !below) return std::nullopt;
      const Residue inverted = inverse(*below);
      return inverted ? Residue(times(*above, *inverted)) : Residue();
    }
    case Kind::negate: {
      const Residue x = value(*node.args[0]);
      return x ? Residue(*x == 0 ? 0 : p_ - *x) : Residue();
    }
    case Kind::power: return raised(*node.args[0], *node.args[1]);
    case Kind::call: return call(node);
    default: return std::nullopt;
  }
}

Residue Evaluator::raised(const Node& base, const Node& exponent) {
  if (const auto exact = exact_value(exponent, reading_, budget_)) {
    if (exact->get_den() != 1) return fractional(base, *exact);
    const Residue x = value(base);
    budget_.spend(8);
    return x ? integer_power(*x, exact->get_num()) : Residue();
  }
  const Residue x = value(base);
  const Residue y = value(exponent);
  if (!x || !y) return std::nullopt;
  return stand_in("power", {*x, *y});
}

Residue Evaluator::fractional(const Node& base, const mpq_class& exponent) {
  if (exponent.get_den() > 1000) return std::nullopt;
  const unsigned long index = exponent.get_den().get_ui();
  budget_.spend(16);
  if (const auto exact = exact_value(base, reading_, budget_)) {
    if (const auto root = root_of_rational(*exact, index)) return integer_power(*root, exponent.get_num());
  }
  const Residue x = value(base);
  if (!x) return std::nullopt;
  return integer_power(stand_in("root", {*x, index}), exponent.get_num());
}

/// The root of a rational number whose primes are small, as a product of the fields' roots of primes.
std::optional<u64> Evaluator::root_of_rational(const mpq_class& value, unsigned long index) const {
  if (value == 0) return u64{0};
  if (index != 2 && (index != 3 || value < 0)) return std::nullopt;
  u64 result = value < 0 ? field_.i : 1;
  const mpz_class* parts[] = {&value.get_num(), &value.get_den()};
  for (const bool below : {false, true}) {
    mpz_class rest = abs(*parts[below ? 1 : 0]);
    const std::size_t known = index == 2 ? field_.square.size() : field_.cube.size();
    for (std::size_t k = 0; k < known; ++k) {
      const mpz_class prime = kSmallPrimes[k];
      const unsigned long count = mpz_remove(rest.get_mpz_t(), rest.get_mpz_t(), prime.get_mpz_t());
      u64 factor = power(index == 2 ? field_.square[k] : field_.cube[k], count);
      if (below) factor = *inverse(factor);
      result = times(result, factor);
    }
    mpz_class exact;
    if (mpz_root(exact.get_mpz_t(), rest.get_mpz_t(), index) == 0) return std::nullopt;
    const Residue factor =
        below ? inverse(mpz_fdiv_ui(exact.get_mpz_t(), p_)) : Residue(mpz_fdiv_ui(exact.get_mpz_t(), p_));
    if (!factor) return std::nullopt;
    result = times(result, *factor);
  }
  return result;
}

Residue Evaluator::call(const Node& node) {
  static constexpr std::string_view kTrigonometric[] = {"sin", "cos", "tan", "cot", "sec", "csc"};
  if (node.name == "sqrt") return fractional(*node.args[0], mpq_class(1, 2));
  if (node.name == "root") {
    const auto index = exact_value(*node.args[1], reading_, budget_);
    if (index && *index > 0 && index->get_den() == 1) return fractional(*node.args[0], mpq_class(1 / *index));
  }
  if (const auto exact = exact_value(node, reading_, budget_)) return rational(*exact);
  bool trigonometric = false;
  for (std::string_view name : kTrigonometric) trigonometric = trigonometric || node.name == name;
  trigonometric_ += trigonometric ? 1 : 0;
  u64 key = hash(node.name);
  bool defined = true;
  for (const Node* arg : node.args) {
    const Residue x = value(*arg);
    defined = defined && x.has_value();
    key = mix(key, x.value_or(0));
  }
  trigonometric_ -= trigonometric ? 1 : 0;
  if (!defined) return std::nullopt;
  return stand_in("call", {key});
}

}  // namespace

Identity compare_residues(const Node& a, const Node& b, const Reading& reading, Budget& budget) {
  bool same = true;
  bool stand_in = false;
  for (const Field& field : kFields) {
    Evaluator evaluator(field, 0, reading, budget);
    const Residue x = evaluator.value(a);
    const Residue y = evaluator.value(b);
    if (!x || !y) return Identity::undecided;
    same = same && *x == *y;
    stand_in = stand_in || evaluator.used_stand_in();
  }
  if (same) return Identity::identical;
  return stand_in ? Identity::undecided : Identity::different;
}

bool proportional_residues(const Node& a, const Node& b, const Reading& reading, Budget& budget) {
  for (const Field& field : kFields) {
    Residue constant;
    const auto inverse = [&](u64 x) {
      u64 result = 1;
      for (u64 e = field.prime - 2; e != 0; e >>= 1) {
        if (e & 1) result = static_cast<u64>(static_cast<unsigned __int128>(result) * x % field.prime);
        x = static_cast<u64>(static_cast<unsigned __int128>(x) * x % field.prime);
      }
      return result;
    };
    for (const u64 point : {0, 1, 2}) {
      Evaluator evaluator(field, point, reading, budget);
      const Residue x = evaluator.value(a);
      const Residue y = evaluator.value(b);
      if (!x || !y || *x == 0 || *y == 0) return false;
      const u64 ratio = static_cast<u64>(static_cast<unsigned __int128>(*x) * inverse(*y) % field.prime);
      if (constant && *constant != ratio) return false;
      constant = ratio;
    }
  }
  return true;
}

}  // namespace hone::math
