#include "policy/text/vocabulary_builder.h"

#include <gtest/gtest.h>

#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

std::unique_ptr<Tokenizer> built(const VocabularyRecipe& recipe, const std::vector<std::string>& texts) {
  VocabularyBuilder builder(recipe);
  for (const std::string& text : texts) builder.add(text);
  return Tokenizer::from_json(builder.tokenizer_json(), "built");
}

std::vector<std::string> pieces(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<std::string> out;
  for (const int32_t id : tokenizer.encode(text)) out.push_back(tokenizer.decode(std::vector<int32_t>{id}, false));
  return out;
}

TEST(VocabularyBuilder, FrequentWordsAreTokensAndOtherTextIsBytes) {
  VocabularyRecipe recipe;
  recipe.special_tokens = {"<eos>"};
  recipe.plain_tokens = {"<think>"};
  recipe.words = 2;
  const auto t = built(recipe, {"the cat saw the cat", "a cat and the dog <think>the"});
  EXPECT_EQ(t->vocab_size(), 2 + 256 + 2);
  EXPECT_EQ(pieces(*t, "the cat sat<think>é<eos>"), (std::vector<std::string>{"t", "h", "e", " cat", " ", "s", "a", "t", "<think>", "\xef\xbf\xbd", "\xef\xbf\xbd", "<eos>"}));
  EXPECT_EQ(t->token_to_id("<eos>"), 0);
  EXPECT_EQ(t->token_to_id("<think>"), 1);
  EXPECT_TRUE(t->is_special(0));
  EXPECT_FALSE(t->is_special(1));
  const std::string any = "the cat\n\xc3\xa9\xf0\x9f\x98\x80 1,000 \t x";
  EXPECT_EQ(t->decode(t->encode(any), false), any);
}

TEST(VocabularyBuilder, DigitsOneByOneAndOnlyTheBytesSeen) {
  VocabularyRecipe recipe;
  recipe.words = 100;
  recipe.split_digits = true;
  recipe.all_bytes = false;
  const auto t = built(recipe, {"add 17 to 4", "add 205"});
  EXPECT_EQ(pieces(*t, "add 57"), (std::vector<std::string>{"add", " ", "5", "7"}));
  EXPECT_LT(t->vocab_size(), 20);
  EXPECT_EQ(t->decode(t->encode("add 9"), false), "add ");  // 9 was never seen
}

TEST(VocabularyBuilder, TheFileDependsOnTheTextsAlone) {
  VocabularyRecipe recipe;
  recipe.words = 3;
  VocabularyBuilder a(recipe), b(recipe);
  a.add("b a c"), a.add(" c a b");
  b.add(" c a b"), b.add("b a c");
  EXPECT_EQ(a.tokenizer_json(), b.tokenizer_json());
}

TEST(VocabularyBuilder, RepeatedTokensAreRefused) {
  VocabularyRecipe recipe;
  recipe.special_tokens = {"<a>"};
  recipe.plain_tokens = {"<a>"};
  EXPECT_THROW(VocabularyBuilder{recipe}, Error);
  recipe.plain_tokens = {""};
  EXPECT_THROW(VocabularyBuilder{recipe}, Error);
}

}  // namespace
}  // namespace hone
