// One line a case for the tests of rewards/math.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rewards/math/verify.h"

namespace hone::math {

inline bool accepts(std::string_view gold, std::string_view pred, Mode mode = Mode::answer, const Policy& policy = {}) {
  return verify(gold, pred, mode, policy).verdict == Verdict::correct;
}

inline std::string why(std::string_view gold, std::string_view pred, Mode mode = Mode::answer,
                       const Policy& policy = {}) {
  const Judgement j = verify(gold, pred, mode, policy);
  return std::string(to_string(j.verdict)) + " by " + j.rule + ": '" + std::string(gold) + "' read as " +
         j.gold_parsed + ", '" + std::string(pred) + "' read as " + j.pred_parsed;
}

#define EXPECT_EQUAL(gold, pred) EXPECT_TRUE(hone::math::accepts(gold, pred)) << hone::math::why(gold, pred)
#define EXPECT_UNEQUAL(gold, pred) EXPECT_FALSE(hone::math::accepts(gold, pred)) << hone::math::why(gold, pred)

}  // namespace hone::math
