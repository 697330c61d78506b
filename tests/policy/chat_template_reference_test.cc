// Rendered conversations against transformers (tests/reference/chat_templates/SOURCE.md): equal byte for byte.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

#include "policy/chat_template.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> token(const OrderedJson& tokens, const char* name) {
  if (!tokens.contains(name) || tokens[name].is_null()) return std::nullopt;
  return tokens[name].get<std::string>();
}

/// The text, or "error: " and the end of the message.
std::string outcome(const ChatTemplate& chat, const OrderedJson& row) {
  OrderedJson variables = row.contains("kwargs") ? row["kwargs"] : OrderedJson::object();
  if (row.contains("tools") && !row["tools"].is_null()) variables["tools"] = row["tools"];
  ChatOptions options;
  options.add_generation_prompt = row["add_generation_prompt"].get<bool>();
  if (row.contains("now")) options.date = row["now"].get<std::string>();
  if (options.date.size() > 10) options.date[10] = ' ';
  try {
    return chat.render(row["messages"], variables, options);
  } catch (const Error& e) {
    return std::string("error: ") + e.what();
  }
}

TEST(ChatTemplateReference, EveryConversationOfEveryTemplate) {
  const char* dir = std::getenv("HONE_REFERENCE_DIR");
  const fs::path root = fs::path(dir != nullptr ? dir : HONE_SOURCE_DIR "/tests/reference") / "chat_templates";
  if (!fs::is_directory(root)) GTEST_SKIP() << "no " << root;
  int templates = 0, cases = 0;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (!fs::exists(entry.path() / "chat_template.jinja")) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const OrderedJson tokens = OrderedJson::parse(read_file(entry.path() / "tokens.json"));
    const ChatTemplate chat(read_file(entry.path() / "chat_template.jinja"), "chat_template.jinja", token(tokens, "bos_token"), token(tokens, "eos_token"));
    ++templates;
    std::ifstream lines(entry.path() / "cases.jsonl");
    for (std::string line; std::getline(lines, line);) {
      const OrderedJson row = OrderedJson::parse(line);
      const std::string actual = outcome(chat, row);
      if (row.contains("error")) {
        EXPECT_TRUE(actual.starts_with("error: ") && actual.ends_with(row["error"].get<std::string>())) << row["name"] << ": " << actual;
      } else {
        EXPECT_EQ(actual, row["rendered"].get<std::string>()) << row["name"];
      }
      ++cases;
    }
  }
  std::cout << templates << " templates, " << cases << " conversations\n";
  EXPECT_GT(cases, 0);
}

}  // namespace
}  // namespace hone
