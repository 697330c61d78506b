#include "rl/dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "proto/base/json.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

TEST(Dataset, ReadsFieldsAndKeepsTheRestAsMetadata) {
  const TemporaryFolder folder;
  const std::string file = folder.write("d.jsonl", "{\"prompt\":\"1+1\",\"reference\":2,\"task\":\"sum\",\"hard\":true}\n\n"
                                                   "{\"prompt\":\"2+2\",\"reference\":\"4\",\"id\":\"x\"}\n");
  const auto problems = read_problems(file, {}, 0);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].reference, "2");
  EXPECT_EQ(problems[0].id, "1");
  EXPECT_EQ(problems[0].metadata_json, "{\"hard\":true}");
  EXPECT_EQ(problems[1].id, "x");
  EXPECT_EQ(read_problems(file, {}, 1).size(), 1u);
}

TEST(Dataset, TemplateBuildsThePrompt) {
  const TemporaryFolder folder;
  const std::string file = folder.write("d.jsonl", "{\"question\":\"How many?\",\"answer\":\"3\"}\n");
  DataSection fields;
  fields.prompt_template = "Q: {question}\nA: {{}}";
  fields.reference_field = "answer";
  EXPECT_EQ(read_problems(file, fields, 0)[0].prompt, "Q: How many?\nA: {}");
  fields.prompt_template = "{nothing}";
  EXPECT_HONE_ERROR(read_problems(file, fields, 0), ErrorCode::invalid_argument, "d.jsonl:1: field 'nothing' is missing");
  fields.prompt_template = "{question";
  EXPECT_HONE_ERROR(read_problems(file, fields, 0), ErrorCode::invalid_argument, "'{' without '}'");
}

TEST(Dataset, ErrorsNameFileAndLine) {
  const TemporaryFolder folder;
  const auto code = ErrorCode::invalid_argument;
  EXPECT_HONE_ERROR(read_problems(folder.write("a.jsonl", "{\"prompt\":\"p\",\"reference\":1}\n{\"prompt\":\n"), {}, 0), code, "a.jsonl:2: not valid JSON");
  EXPECT_HONE_ERROR(read_problems(folder.write("b.jsonl", "[1]\n"), {}, 0), code, "b.jsonl:1: expected an object, found an integer");
  EXPECT_HONE_ERROR(read_problems(folder.write("c.jsonl", "{\"prompt\":[]}\n"), {}, 0), code, "field 'prompt' is an array");
  EXPECT_HONE_ERROR(read_problems(folder.write("d.jsonl", "{\"prompt\":\"\",\"reference\":1}\n"), {}, 0), code, "d.jsonl:1: the prompt is empty");
  EXPECT_HONE_ERROR(read_problems(folder.write("e.jsonl", "\n"), {}, 0), code, "no problems in the file");
  EXPECT_HONE_ERROR(read_problems((folder.path() / "none.jsonl").string(), {}, 0), ErrorCode::not_found, "none.jsonl");
}

TEST(Dataset, AnEpochVisitsEachProblemOnceInAnOrderOfItsOwn) {
  constexpr std::size_t kCount = 10;
  std::vector<uint32_t> stream;
  for (int64_t step = 0; step < 5; ++step)
    for (uint32_t i : problems_of_step(kCount, 4, step, 7, true)) stream.push_back(i);
  ASSERT_EQ(stream.size(), 20u);
  const std::vector<uint32_t> first(stream.begin(), stream.begin() + 10), second(stream.begin() + 10, stream.end());
  EXPECT_EQ(std::set<uint32_t>(first.begin(), first.end()).size(), kCount);
  EXPECT_EQ(std::set<uint32_t>(second.begin(), second.end()).size(), kCount);
  EXPECT_NE(first, second);
  EXPECT_NE(first, std::vector<uint32_t>(problems_of_step(kCount, 10, 0, 8, true)));
  EXPECT_EQ(problems_of_step(3, 4, 1, 7, false), (std::vector<uint32_t>{1, 2, 0, 1}));
}

TEST(Dataset, ChatTemplateRendersPrompts) {
  const TemporaryFolder folder;
  folder.write("chat/chat_template.jinja", "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
  folder.write("plain/config.json", "{}");
  std::vector<Problem> problems(1);
  problems[0].prompt = "1+1";
  EXPECT_HONE_ERROR(render_chat_prompts(problems, folder / "plain", "", "", "--chat"), ErrorCode::failed_precondition, "--chat: ");
  render_chat_prompts(problems, folder / "chat", "", "", "--chat");
  EXPECT_EQ(problems[0].prompt, "<user>1+1<assistant>");
  render_chat_prompts(problems, folder / "chat", "Be brief.", "", "--chat");
  EXPECT_EQ(problems[0].prompt, "<system>Be brief.<user><user>1+1<assistant><assistant>");
}

}  // namespace
}  // namespace hone
