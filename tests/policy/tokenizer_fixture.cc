#include "tests/policy/tokenizer_fixture.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "policy/text/byte_level.h"
#include "proto/base/json.h"

namespace hone::test {

Json byte_level_file(const std::vector<std::string>& merges) {
  Json vocab = Json::object();
  for (int byte = 0; byte < 256; ++byte) vocab[std::string(byte_symbol(static_cast<uint8_t>(byte)))] = byte;
  for (const std::string& merge : merges) {
    std::string token = merge;
    token.erase(token.find(' '), 1);
    if (!vocab.contains(token)) {
      const int id = static_cast<int>(vocab.size());
      vocab[token] = id;
    }
  }
  const Json byte_level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", Json::array()},
          {"normalizer", nullptr},
          {"pre_tokenizer", byte_level},
          {"post_processor", nullptr},
          {"decoder", byte_level},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}}}};
}

Json added_token(int id, const std::string& content) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", false}};
}

Json split_step(const std::string& regex, const std::string& behavior, bool invert) {
  return {{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", behavior}, {"invert", invert}};
}

std::unique_ptr<Tokenizer> load(const Json& file) { return Tokenizer::from_json(file.dump(), "tokenizer.json"); }

std::vector<std::string> pieces(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> out;
  for (const int32_t id : tokenizer.encode(text)) out.push_back(tokenizer.decode(std::vector<int32_t>{id}, false));
  return out;
}

std::string load_error(const Json& file, ErrorCode code) {
  try {
    load(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "";
}

}  // namespace hone::test
