#include "proto/base/trace.h"

#include <gtest/gtest.h>

#include "proto/base/log.h"
#include "tests/proto/error_of.h"

namespace hone {
namespace {

using testing::error_of;

TEST(Trace, NamesRoundTrip) {
  for (FinishReason r :
       {FinishReason::stop_token, FinishReason::stop_string, FinishReason::length, FinishReason::cancelled})
    EXPECT_EQ(finish_reason_from_string(to_string(r)), r);
  for (Outcome o : {Outcome::scored, Outcome::skipped, Outcome::error}) EXPECT_EQ(outcome_from_string(to_string(o)), o);
  EXPECT_EQ(error_of([] { finish_reason_from_string("stop"); }), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { outcome_from_string(""); }), ErrorCode::invalid_argument);
}

TEST(ErrorCode, ExitStatus) {
  EXPECT_EQ(exit_code(ErrorCode::invalid_argument), 2);
  EXPECT_EQ(exit_code(ErrorCode::data_loss), 2);
  EXPECT_EQ(exit_code(ErrorCode::unavailable), 1);
  EXPECT_EQ(exit_code(ErrorCode::internal), 1);
  EXPECT_EQ(exit_code(ErrorCode::cancelled), 75);
  EXPECT_EQ(to_string(ErrorCode::deadline_exceeded), "deadline_exceeded");
}

TEST(Check, SaysWhereAndWhat) {
  std::string text;
  EXPECT_EQ(error_of([] { HONE_CHECK(1 == 2, "arithmetic"); }, &text), ErrorCode::internal);
  EXPECT_NE(text.find("arithmetic (1 == 2)"), std::string::npos) << text;
}

TEST(Log, LevelsByName) {
  EXPECT_EQ(log_level_from_string("warning"), LogLevel::warning);
  EXPECT_EQ(error_of([] { log_level_from_string("loud"); }), ErrorCode::invalid_argument);
  EXPECT_EQ(join("step ", 3, ": ", 0.5), "step 3: 0.5");
}

}  // namespace
}  // namespace hone
