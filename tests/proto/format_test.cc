#include "proto/base/format.h"

#include <gtest/gtest.h>

#include <string>

namespace hone {
namespace {

TEST(Format, PrintsAsPrintfDoes) {
  EXPECT_EQ(format("%+.1f [%5.1f] %s %06ld", 1.25, 2.0, "x", 42L), "+1.2 [  2.0] x 000042");
  EXPECT_EQ(format("%s", ""), "");
}

TEST(Format, CutsNothingOff) {
  const std::string text(5000, 'a');
  EXPECT_EQ(format("<%s>", text.c_str()), "<" + text + ">");
  EXPECT_EQ(format("%.0f", 1e300).size(), 301u);
}

}  // namespace
}  // namespace hone
