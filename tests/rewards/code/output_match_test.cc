#include "rewards/code/output_match.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

bool same(std::string_view expected, std::string_view actual, OutputMatch match, double tolerance = 1e-6) {
  return output_difference(expected, actual, match, tolerance).empty();
}

TEST(OutputMatch, TokensIgnoreWhiteSpaceOnly) {
  EXPECT_TRUE(same("1 2\n3\n", "1\t2 3", OutputMatch::tokens));
  EXPECT_TRUE(same("", " \n", OutputMatch::tokens));
  EXPECT_FALSE(same("1 2 3", "1 2", OutputMatch::tokens));
  EXPECT_FALSE(same("1 2", "1 2 3", OutputMatch::tokens));
  EXPECT_FALSE(same("12", "1 2", OutputMatch::tokens));
  EXPECT_FALSE(same("Yes", "yes", OutputMatch::tokens));
  EXPECT_FALSE(same("1.0", "1", OutputMatch::tokens));
  EXPECT_FALSE(same("a", "", OutputMatch::tokens));
}

TEST(OutputMatch, LinesIgnoreWhiteSpaceAtTheirEnds) {
  EXPECT_TRUE(same("a b\nc\n", "a b \r\nc\n\n\n", OutputMatch::lines));
  EXPECT_FALSE(same("a b", "a  b", OutputMatch::lines));
  EXPECT_FALSE(same("a\n\nb", "a\nb", OutputMatch::lines));
  EXPECT_FALSE(same("a", " a", OutputMatch::lines));
}

TEST(OutputMatch, ExactMeansBytes) {
  EXPECT_TRUE(same("a\n", "a\n", OutputMatch::exact));
  EXPECT_FALSE(same("a\n", "a", OutputMatch::exact));
  EXPECT_FALSE(same(std::string_view("a\0b", 3), "a", OutputMatch::exact));
}

TEST(OutputMatch, FloatsHaveATolerance) {
  EXPECT_TRUE(same("3.1415926", "3.14159265", OutputMatch::floats));
  EXPECT_TRUE(same("1000000000", "1000000000.5", OutputMatch::floats)) << "relative to the expected value";
  EXPECT_TRUE(same("0", "0.0000001", OutputMatch::floats));
  EXPECT_TRUE(same("1e3", "+1000", OutputMatch::floats));
  EXPECT_FALSE(same("3.14", "3.15", OutputMatch::floats));
  EXPECT_FALSE(same("3.14", "nan", OutputMatch::floats));
  EXPECT_FALSE(same("3.14", "inf", OutputMatch::floats));
  EXPECT_FALSE(same("5", "5x", OutputMatch::floats));
  EXPECT_FALSE(same("yes 1.0", "no 1.0", OutputMatch::floats));
}

TEST(OutputMatch, SaysWhere) {
  EXPECT_EQ(output_difference("1 2 3", "1 5 3", OutputMatch::tokens, 0.0), "token 2: expected '2', got '5'");
  EXPECT_EQ(output_difference("1 2", "1", OutputMatch::tokens, 0.0), "token 2: expected '2', got the end");
  EXPECT_EQ(output_difference("a\nb", "a\nc", OutputMatch::lines, 0.0), "line 2: expected 'b', got 'c'");
  EXPECT_EQ(output_difference("abc", "abd", OutputMatch::exact, 0.0), "byte 3: expected 'c', got 'd'");
}

}  // namespace
}  // namespace hone
