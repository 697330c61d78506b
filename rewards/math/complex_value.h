// One complex number of MPC, owned, and the evaluation of a tree to one.
// Thread rule: one owner.
#pragma once

#include <mpc.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "rewards/math/rational.h"
#include "rewards/math/tree.h"

namespace hone::math {

class Complex {
 public:
  explicit Complex(mpfr_prec_t precision) { mpc_init2(value_, precision); }
  Complex(Complex&& other) noexcept {
    value_[0] = other.value_[0];
    other.owned_ = false;
  }
  Complex& operator=(Complex&& other) noexcept {
    std::swap(value_[0], other.value_[0]);
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~Complex() {
    if (owned_) mpc_clear(value_);
  }
  mpc_ptr get() { return value_; }
  mpc_srcptr get() const { return value_; }
  mpfr_ptr real() { return mpc_realref(value_); }
  mpfr_ptr imaginary() { return mpc_imagref(value_); }
  mpfr_srcptr real() const { return mpc_realref(value_); }
  mpfr_srcptr imaginary() const { return mpc_imagref(value_); }
  bool finite() const { return mpfr_number_p(real()) != 0 && mpfr_number_p(imaginary()) != 0; }
  /// Binary exponent of the larger part; very small for zero.
  int64_t exponent() const;

 private:
  mpc_t value_;
  bool owned_ = true;
};

/// Where a point's variables lie. At the real point 1 all are negative.
enum class Domain : uint8_t { positive, real, integer };

struct Point {
  uint64_t index = 0;
  Domain domain = Domain::positive;
};

/// nullopt where a value is not finite, not defined, or too large to be computed cheaply. `nonreal` says whether any part
/// of the expression had an imaginary part.
std::optional<Complex> evaluate(const Node& node, const Point& point, mpfr_prec_t precision, const Reading& reading,
                                Budget& budget, bool* nonreal = nullptr);

}  // namespace hone::math
