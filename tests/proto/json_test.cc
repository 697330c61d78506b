#include "proto/base/json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "proto/base/file.h"
#include "proto/base/jsonl.h"
#include "tests/proto/error_of.h"
#include "tests/proto/temporary_folder.h"

namespace hone {
namespace {

using testing::error_of;

TEST(ParseJson, ErrorsHaveLineAndColumn) {
  std::string text;
  EXPECT_EQ(error_of([] { parse_json("{\n  \"a\": 1,\n  \"b\" 2\n}", "c.json"); }, &text), ErrorCode::invalid_argument);
  EXPECT_EQ(text.rfind("c.json:3:7: ", 0), 0u) << text;
  EXPECT_EQ(error_of([] { parse_json("", "c.json"); }, &text), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { parse_json("{\"a\": \"\xff\"}", "c.json"); }, &text), ErrorCode::invalid_argument);
}

TEST(ParseJson, CommentsOnlyWhenAllowed) {
  const std::string text = "{\"a\": 1 // one\n}";
  EXPECT_EQ(parse_json(text, "x", true)["a"], 1);
  EXPECT_EQ(error_of([&] { parse_json(text, "x"); }), ErrorCode::invalid_argument);
}

TEST(Json, TypeNamesAndLines) {
  EXPECT_EQ(json_type_name(Json(1)), "an integer");
  EXPECT_EQ(json_type_name(Json(1.5)), "a number");
  EXPECT_EQ(json_type_name(Json(nullptr)), "null");
  EXPECT_EQ(json_type_name(Json::array()), "an array");
  EXPECT_EQ(dump_line(Json{{"t", "a\nb"}}), "{\"t\":\"a\\nb\"}");
  EXPECT_EQ(dump_line(Json{{"t", "\xff"}}), "{\"t\":\"\xEF\xBF\xBD\"}");
}

TEST(Jsonl, SkipsBlankLinesAndNamesBrokenOnes) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "f", "{\"a\":1}\n\n  \r\n{\"a\":2}");
  std::vector<std::size_t> lines;
  for_each_jsonl(folder / "f", [&](const Json& row, std::size_t line) {
    lines.push_back(line);
    EXPECT_TRUE(row.contains("a"));
  });
  EXPECT_EQ(lines, (std::vector<std::size_t>{1, 4}));
  std::string text;
  const auto ignore = [](const Json&, std::size_t) {};
  write_file_atomic(folder / "f", "{}\n{oops}\n");
  EXPECT_EQ(error_of([&] { for_each_jsonl(folder / "f", ignore); }, &text), ErrorCode::invalid_argument);
  EXPECT_NE(text.find("f:2: "), std::string::npos) << text;
  write_file_atomic(folder / "f", "{}\n\n[1]\n");
  EXPECT_EQ(error_of([&] { for_each_jsonl(folder / "f", ignore); }, &text), ErrorCode::invalid_argument);
  EXPECT_NE(text.find("f:3: expected an object, found an array"), std::string::npos) << text;
  EXPECT_EQ(error_of([&] { for_each_jsonl(folder / "none", ignore); }), ErrorCode::not_found);
}

TEST(JsonlWriter, AppendsAndCutsPartialLines) {
  const TemporaryFolder folder;
  int64_t after_first = 0;
  {
    JsonlWriter writer(folder / "f");
    writer.write_line("{\"a\":1}");
    after_first = writer.size_bytes();
    writer.write_line("{\"a\":2}");
    writer.sync();
  }
  std::ofstream(folder / "f", std::ios::app) << "{\"a\":";
  { JsonlWriter(folder / "f").write_line("{\"a\":3}"); }
  EXPECT_EQ(read_file(folder / "f"), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
  { JsonlWriter(folder / "f", after_first).write_line("{\"a\":4}"); }
  EXPECT_EQ(read_file(folder / "f"), "{\"a\":1}\n{\"a\":4}\n");
  { JsonlWriter writer(folder / "f", after_first + 3); }  // inside a line: the line goes
  EXPECT_EQ(read_file(folder / "f"), "{\"a\":1}\n");
}

}  // namespace
}  // namespace hone
