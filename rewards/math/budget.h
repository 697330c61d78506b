// What one comparison may spend. Every loop that a text can lengthen calls spend(); there are no signals and no clocks,
// so the verdict is the same on every machine and under every load.
// Thread rule: one owner.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hone::math {

/// Limits that hold whatever the text is. They bound a pair to a few milliseconds and a few megabytes.
inline constexpr std::size_t kMaxAnswerBytes = 16384;  // of one extracted answer
inline constexpr int kMaxDepth = 150;                  // of an expression's tree
inline constexpr int kMaxParserDepth = 700;            // of the parser's recursion, five to seven calls a bracket
inline constexpr std::size_t kMaxItems = 64;           // answers in a list, alternatives of +-
inline constexpr std::size_t kMaxBits = 1 << 15;       // of an exact integer: larger values are never computed
inline constexpr int64_t kSteps = 60000;               // about 0.1 microseconds each

/// Thrown by spend(), caught by verify(): the text asks for more than a comparison may cost.
struct BudgetExceeded {
  const char* what;
};

class Budget {
 public:
  explicit Budget(int64_t steps = kSteps) : steps_(steps) {}
  void spend(int64_t steps, const char* what = "steps") {
    steps_ -= steps;
    if (steps_ < 0) throw BudgetExceeded{what};
  }

 private:
  int64_t steps_;
};

}  // namespace hone::math
