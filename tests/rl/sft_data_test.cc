#include "rl/sft_data.h"

#include <gtest/gtest.h>

#include "policy/model_config.h"
#include "policy/text/vocabulary_builder.h"
#include "policy/tokenizer.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

/// A byte tokenizer with <eos> = 0 and <bos> = 1; a byte b is the id 2 + b.
class SftDataTest : public ::testing::Test {
 protected:
  SftDataTest() {
    VocabularyRecipe recipe;
    recipe.special_tokens = {"<eos>", "<bos>"};
    tokenizer_ = Tokenizer::from_json(VocabularyBuilder(recipe).tokenizer_json(), "t");
    model_.eos_token_ids = {0};
    model_.max_position_embeddings = 64;
  }

  std::vector<SftExample> read(const std::string& rows, int64_t limit = 0) {
    stats_ = {};
    const SftReader reader{data_, sft_, model_, *tokenizer_, folder_.path()};
    return reader.read(folder_.write("rows.jsonl", rows), limit, stats_);
  }
  /// Tokens as text, targets in [brackets].
  std::string shown(const SftExample& e) {
    std::string out;
    for (std::size_t i = 0; i < e.ids.size(); ++i) {
      if (e.is_target[i] != 0 && (i == 0 || e.is_target[i - 1] == 0)) out += '[';
      if (e.is_target[i] == 0 && i > 0 && e.is_target[i - 1] != 0) out += ']';
      out += tokenizer_->decode(std::vector<int32_t>{e.ids[i]}, false);
    }
    return out + (!e.is_target.empty() && e.is_target.back() != 0 ? "]" : "");
  }

  TemporaryFolder folder_;
  std::unique_ptr<Tokenizer> tokenizer_;
  ModelConfig model_;
  SftDataSection data_;
  SftSection sft_;
  SftDataStats stats_;
};

TEST_F(SftDataTest, TextsAreLearnedWhole) {
  const auto examples = read("{\"text\":\"abc\"}\n{\"text\":\"<bos>x<eos>\"}\n");
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(shown(examples[0]), "a[bc<eos>]");
  EXPECT_EQ(shown(examples[1]), "<bos>[x<eos>]");  // not a second end
  EXPECT_EQ(stats_.tokens, 7);
  EXPECT_EQ(stats_.targets, 5);
  data_.append_eos = false;
  EXPECT_EQ(shown(read("{\"text\":\"abc\"}").at(0)), "a[bc]");
}

TEST_F(SftDataTest, CompletionsAreLearnedAndPromptsOnlyWhenAsked) {
  EXPECT_EQ(shown(read("{\"prompt\":\"1+1=\",\"completion\":\"2\"}").at(0)), "1+1=[2<eos>]");
  sft_.completion_only_loss = false;
  EXPECT_EQ(shown(read("{\"prompt\":\"1+1=\",\"completion\":\"2\"}").at(0)), "1[+1=2<eos>]");
}

TEST_F(SftDataTest, TemplatesBuildPromptAndCompletionFromAnyFields) {
  data_.prompt_template = "Q: {q}\nA:";
  data_.completion_template = " {a}";
  EXPECT_EQ(shown(read("{\"q\":\"two\",\"a\":2}").at(0)), "Q: two\nA:[ 2<eos>]");
  EXPECT_HONE_ERROR(read("{\"q\":\"two\"}"), ErrorCode::invalid_argument, "rows.jsonl:1: field 'a' is missing");
}

TEST_F(SftDataTest, PublishedSetsTeachTheirSolutions) {
  data_.format = "gsm8k";
  EXPECT_EQ(shown(read(R"({"question":"2*3?","answer":"<<2*3=6>>6\n#### 6"})").at(0)), "2*3?[6\n#### 6<eos>]");
  data_.prompt_template = "Q{prompt}";
  EXPECT_EQ(shown(read(R"({"question":"2*3?","answer":"#### 6"})").at(0)), "Q2*3?[#### 6<eos>]");
}

TEST_F(SftDataTest, LongRowsAreCutSplitDroppedOrRefusedAndCounted) {
  sft_.max_length = 4;
  const std::string rows = "{\"text\":\"abcdefg\"}\n{\"text\":\"xy\"}\n";
  EXPECT_EQ(shown(read(rows).at(0)), "a[bcd]");
  EXPECT_EQ(stats_.truncated, 1);
  sft_.overlong = "split";
  const auto pieces = read(rows);
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_EQ(shown(pieces[0]), "a[bcd]");
  EXPECT_EQ(shown(pieces[1]), "e[fg<eos>]");
  EXPECT_EQ(stats_.split, 1);
  sft_.overlong = "drop";
  EXPECT_EQ(read(rows).size(), 1u);
  EXPECT_EQ(stats_.dropped, 1);
  sft_.overlong = "error";
  EXPECT_HONE_ERROR(read(rows), ErrorCode::invalid_argument, "rows.jsonl:1: 8 tokens; at most 4 fit");
  sft_.overlong = "truncate";
  EXPECT_HONE_ERROR(read("{\"prompt\":\"12345\",\"completion\":\"6\"}"), ErrorCode::invalid_argument, "none of the 1 rows is left");
  sft_.max_length = 1000;  // the model's context of 64 still binds
  EXPECT_EQ(read("{\"text\":\"" + std::string(200, 'a') + "\"}").at(0).ids.size(), 64u);
}

TEST_F(SftDataTest, MessagesAreRenderedByTheFoldersTemplateAndTheAssistantIsLearned) {
  folder_.write("chat_template.jinja", "{% for m in messages %}<{{ m.role }}>{{ m.content }}<eos>\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
  const std::string row = R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"B"},{"role":"user","content":"c"},{"role":"assistant","content":"D"}]})";
  EXPECT_EQ(shown(read(row).at(0)), "<user>a<eos>\n<assistant>[B<eos>]\n<user>c<eos>\n<assistant>[D<eos>]\n");
  EXPECT_EQ(stats_.prompt_differs, 0);
  sft_.completion_only_loss = false;
  EXPECT_EQ(shown(read(row).at(0)), "<[user>a<eos>\n<assistant>B<eos>\n<user>c<eos>\n<assistant>D<eos>\n]");
}

TEST_F(SftDataTest, ATemplatesOwnMarksOfWhatTheAssistantSaysDecide) {
  folder_.write("chat_template.jinja",
                "{% for m in messages %}{% if m.role == 'assistant' %}A:{% generation %}{{ m.content }}<eos>{% endgeneration %}{% else %}U:{{ m.content }}{% endif %}{% endfor %}");
  EXPECT_EQ(shown(read(R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"r"},{"role":"user","content":"s"},{"role":"assistant","content":"t"}]})").at(0)),
            "U:qA:[r<eos>]U:sA:[t<eos>]");
}

TEST_F(SftDataTest, ATemplateThatChangesEarlierTurnsIsRefusedForSeveralTurns) {
  folder_.write("chat_template.jinja",
                "{% for m in messages %}{% if m.role == 'user' %}U{{ m.content }}{% elif loop.last %}A<t>{{ m.content }}{% else %}A{{ m.content }}{% endif %}{% endfor %}"
                "{% if add_generation_prompt %}A<think>{% endif %}");
  EXPECT_EQ(shown(read(R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"r"}]})").at(0)), "UqA<t[>r]");
  EXPECT_EQ(stats_.prompt_differs, 1);
  EXPECT_HONE_ERROR(read(R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"r"},{"role":"user","content":"s"},{"role":"assistant","content":"t"}]})"),
                    ErrorCode::invalid_argument, "rows.jsonl:1: the chat template writes turn 2 differently once later turns follow");
}

TEST_F(SftDataTest, BrokenRowsNameFileLineAndField) {
  EXPECT_HONE_ERROR(read(""), ErrorCode::invalid_argument, "no examples in the file");
  EXPECT_HONE_ERROR(read("{\"question\":\"a\"}"), ErrorCode::invalid_argument, "rows.jsonl:1: holds none of the fields 'messages', 'completion', 'text'");
  EXPECT_HONE_ERROR(read("{\"text\":\"a\"}\n{\"prompt\":\"a\"}"), ErrorCode::invalid_argument, "rows.jsonl:2: field 'text' is missing");
  EXPECT_HONE_ERROR(read("{\"text\":[1]}"), ErrorCode::invalid_argument, "field 'text' is an array");
  EXPECT_HONE_ERROR(read("{\"prompt\":\"\",\"completion\":\"a\"}"), ErrorCode::invalid_argument, "the prompt has no tokens");
  EXPECT_HONE_ERROR(read("{\"messages\":[]}"), ErrorCode::failed_precondition, "messages need a chat template");
  folder_.write("chat_template.jinja", "{{ messages[0].content }}");
  EXPECT_HONE_ERROR(read("{\"messages\":[]}"), ErrorCode::invalid_argument, "messages must be a list that is not empty");
  EXPECT_HONE_ERROR(read("{\"messages\":[{\"content\":1}]}"), ErrorCode::invalid_argument, "must be an object with a role");
  model_.eos_token_ids.clear();
  EXPECT_HONE_ERROR(read("{\"text\":\"a\"}"), ErrorCode::failed_precondition, "append_eos");
}

TEST_F(SftDataTest, LimitTakesTheFirstRows) { EXPECT_EQ(read("{\"text\":\"ab\"}\n{\"text\":\"cd\"}\n{\"text\":\"ef\"}\n", 2).size(), 2u); }

}  // namespace
}  // namespace hone
