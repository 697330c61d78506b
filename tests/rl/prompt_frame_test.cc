#include "rl/prompt_frame.h"

#include <gtest/gtest.h>

#include "proto/base/json.h"
#include "tests/proto/temporary_folder.h"

namespace hone {
namespace {

std::vector<TokenizedProblem> prompts(std::initializer_list<const char*> texts) {
  std::vector<TokenizedProblem> out;
  for (const char* text : texts) {
    out.emplace_back();
    out.back().problem.prompt = text;
  }
  return out;
}

TEST(PromptFrame, IsWhatAllPromptsShare) {
  const auto frame =
      prompt_frame(prompts({"Question: 1 + 2\nAnswer:", "Question: 7 - 5\nAnswer:", "Question: 10\nAnswer:"}));
  EXPECT_EQ(frame.prefix, "Question: ");
  EXPECT_EQ(frame.suffix, "\nAnswer:");
  EXPECT_EQ(prompt_frame({}).prefix, "");
  EXPECT_EQ(prompt_frame(prompts({"ab", "ab"})).suffix, "ab");
}

TEST(PromptFrame, TheSameTemplateFits) {
  EXPECT_EQ(template_difference(prompts({"Q: 1\nA:", "Q: 2\nA:"}), prompts({"Q: 33\nA:"})), "");
  EXPECT_EQ(template_difference(prompts({"1 2 3", "4 5 6"}), prompts({"7 8", "9"})), "");  // no frame at all
  EXPECT_EQ(template_difference(prompts({"only one prompt here"}), prompts({"another", "more"})), "");
  EXPECT_EQ(template_difference(prompts({"Question: 1", "Question: 2"}), {}), "");
}

TEST(PromptFrame, AnotherTemplateIsNamedWhicheverSideHasIt) {
  const auto framed = prompts({"Question: 1\nAnswer:", "Question: 2\nAnswer:"}),
             bare = prompts({"1 + 1", "2 + 2", "3"});
  const std::string a = template_difference(framed, bare);
  EXPECT_NE(a.find("training prompts begin with \"Question: \" and end with \"\\nAnswer:\""), std::string::npos) << a;
  EXPECT_NE(a.find("3 of 3 evaluation prompts do not"), std::string::npos) << a;
  EXPECT_NE(template_difference(bare, framed).find("evaluation prompts begin"), std::string::npos);
}

TEST(PromptFrame, AModelOfARunIsComparedWithTheRunsTemplate) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.data.prompt_template = "Q: {question}";
  folder.write("config.json", to_json(config).dump());
  config.model.path = (folder.path() / "best").string();
  EXPECT_EQ(template_difference_to_run(config), "");  // no metrics: not a run folder
  folder.write("metrics.jsonl", "{}");
  EXPECT_EQ(template_difference_to_run(config), "");
  config.data.prompt_template = "{question}";
  EXPECT_NE(template_difference_to_run(config).find("data.prompt_template \"Q: {question}\""), std::string::npos);
  config.model.path += "/";
  EXPECT_NE(template_difference_to_run(config), "");
  config.data.prompt_template = "Q: {question}";
  config.data.add_special_tokens = true;
  EXPECT_NE(template_difference_to_run(config).find("add_special_tokens false"), std::string::npos);
  folder.write("config.json", "{\"data\": 3}");
  EXPECT_EQ(template_difference_to_run(config), "");
}

}  // namespace
}  // namespace hone
