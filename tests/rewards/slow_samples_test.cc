#include "rewards/slow_samples.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/rewards/test_group.h"

namespace hone {
namespace {

TEST(LogExcerpt, EscapesWhatWouldBreakALine) {
  EXPECT_EQ(log_excerpt("", 10), R"("")");
  EXPECT_EQ(log_excerpt("a\n\t\"\\\r\x01\x7f", 100), R"("a\n\t\"\\\x0d\x01\x7f")");
  EXPECT_EQ(log_excerpt("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 100), "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
  EXPECT_EQ(log_excerpt("\xff\xc3(\xe2\x82", 100), R"("\xff\xc3(\xe2\x82")");
  EXPECT_EQ(log_excerpt("\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80", 100), R"("\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80")")
      << "overlong, surrogate, beyond U+10FFFF";
  EXPECT_EQ(log_excerpt(std::string(1, '\0'), 100), R"("\x00")");
}

TEST(LogExcerpt, LongTextsKeepBothEnds) {
  EXPECT_EQ(log_excerpt("0123456789", 10), R"("0123456789")");
  EXPECT_EQ(log_excerpt("0123456789", 5), R"("012" ... 5 bytes ... "89")");
  EXPECT_EQ(log_excerpt("0123456789", 0), R"("" ... 10 bytes ... "")");
  EXPECT_EQ(log_excerpt("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 4), "\"\" ... 9 bytes ... \"\"")
      << "cut between characters";
  EXPECT_LT(log_excerpt(std::string(10'000'000, '\xff'), 400).size(), 1700u);
}

TEST(SlowSampleLine, NamesTheSampleAndItsText) {
  Group group = group_of("12", {completion_of("first"), completion_of("second one"), completion_of("3")});
  group.group_id = "3/7";
  group.problem.id = "p\n1";
  EXPECT_EQ(slow_sample_line("math", 1.25, group, 0, 100),
            R"(function 'math' took 1.25 s for group "3/7", completion 0 of 3, problem "p\n1": reference "12", )"
            R"(text (5 bytes) "first")");
  EXPECT_EQ(slow_sample_line("math", 1.25, group, std::nullopt, 4),
            R"(function 'math' took 1.25 s for group "3/7" of 3 completions, of which the longest is shown, )"
            R"(problem "p\n1": reference "12", text (10 bytes) "se" ... 6 bytes ... "ne")");
  group.completions.clear();
  EXPECT_NE(slow_sample_line("math", 1.0, group, std::nullopt, 4).find("of 0 completions"), std::string::npos);
}

TEST(LogLimiter, LetsABurstThroughAndThenAFewAMinute) {
  LogLimiter limiter(3);
  const LogLimiter::Clock::time_point start{std::chrono::hours(1)};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.admit(start), 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limiter.admit(start), std::nullopt);
  EXPECT_EQ(limiter.admit(start + std::chrono::seconds(19)), std::nullopt);
  EXPECT_EQ(limiter.admit(start + std::chrono::seconds(21)), 6) << "one line each 20 s";
  EXPECT_EQ(limiter.admit(start + std::chrono::seconds(22)), std::nullopt);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.admit(start + std::chrono::hours(1)), i == 0 ? 1 : 0);
  EXPECT_EQ(limiter.admit(start + std::chrono::hours(1)), std::nullopt);
}

}  // namespace
}  // namespace hone
