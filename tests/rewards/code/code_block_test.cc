#include "rewards/code/code_block.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

const std::vector<std::string> kPython{"python", "py", "python3"};

std::string last(std::string_view text) {
  const auto block = last_code_block(text, kPython);
  return block ? block->code : "<none>";
}

TEST(CodeBlock, TakesTheLastBlock) {
  EXPECT_EQ(last("First:\n```python\na\n```\nBetter:\n```python\nb\nc\n```\nDone."), "b\nc\n");
}

TEST(CodeBlock, PrefersTheLanguageOverLaterBlocksOfOthers) {
  EXPECT_EQ(last("```python\na\n```\nOutput:\n```text\n42\n```\n"), "a\n");
  EXPECT_EQ(last("```py\na\n```\nOutput:\n```\n42\n```\n"), "a\n");
  EXPECT_EQ(last("```Python3 title=x\na\n```"), "a\n");
}

TEST(CodeBlock, TakesAnUntaggedBlockWhereNoneHasTheTag) {
  EXPECT_EQ(last("```\na\n```\n```\nb\n```\n```bash\nls\n```"), "b\n");
  EXPECT_EQ(last("```bash\nls\n```"), "<none>");
}

TEST(CodeBlock, FencesFollowCommonMark) {
  EXPECT_EQ(last("````python\n```\nx\n```\n````"), "```\nx\n```\n");
  EXPECT_EQ(last("~~~python\na\n```\n~~~"), "a\n```\n");
  EXPECT_EQ(last("  ```python\n    a\n   b\n  ```"), "  a\n b\n");
  EXPECT_EQ(last("    ```python\na\n"), "<none>") << "four spaces: not a fence";
  EXPECT_EQ(last("``` not `a` fence\na\n"), "<none>");
  EXPECT_EQ(last("```python\r\na\r\n```\r\n"), "a\r\n");
}

TEST(CodeBlock, AnUnclosedBlockEndsWithTheText) {
  const auto block = last_code_block("```python\nprint(1)", kPython);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->code, "print(1)\n");
  EXPECT_FALSE(block->closed);
}

TEST(CodeBlock, WhatIsThoughtDoesNotCount) {
  EXPECT_EQ(last("<think>```python\na\n```</think>No idea."), "<none>");
  EXPECT_EQ(last("<think>x</think>\n```python\nb\n```"), "b\n");
  EXPECT_EQ(last("<think>\n```python\na\n```\n"), "a\n") << "no closing tag: all of it counts";
}

TEST(CodeBlock, HostileTexts) {
  EXPECT_EQ(last(""), "<none>");
  EXPECT_EQ(last("```"), "");
  EXPECT_EQ(last(std::string(1 << 20, '`')), "");
  EXPECT_EQ(last("```python\n\xff\xfe\n```"), "\xff\xfe\n");
  std::string many;
  for (int i = 0; i < 100000; ++i) many += "```python\nx\n```\n";
  EXPECT_EQ(last(many), "x\n");
}

}  // namespace
}  // namespace hone
