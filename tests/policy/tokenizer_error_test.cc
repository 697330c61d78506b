// Broken and unsupported tokenizer files: each must throw an Error that names the place.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "tests/policy/tokenizer_fixture.h"

namespace hone {
namespace {

using test::added_token;
using test::byte_level_file;
using test::load_error;
using test::split_step;

constexpr ErrorCode kInvalid = ErrorCode::invalid_argument;
constexpr ErrorCode kUnimplemented = ErrorCode::unimplemented;

// Loads the byte-level file with the value at `pointer` replaced.
std::string error_with(const std::string& pointer, const Json& value, ErrorCode code) {
  Json file = byte_level_file({"a b"});
  file[Json::json_pointer(pointer)] = value;
  return load_error(file, code);
}

void expect_contains(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << "\"" << message << "\" lacks \"" << part << "\"";
}

TEST(TokenizerErrors, BrokenJson) {
  for (const std::string text : {"", "{", "[1,2", "{\"model\": \"\\ud800\"}", "\xFF"}) {
    try {
      Tokenizer::from_json(text, "tokenizer.json");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), kInvalid);
      expect_contains(error.what(), "tokenizer.json");
    }
  }
}

TEST(TokenizerErrors, WrongTypes) {
  expect_contains(load_error(Json::array(), kInvalid), "tokenizer.json: expected an object, found an array");
  expect_contains(load_error(Json::object(), kInvalid), "the field \"model\" is missing");
  expect_contains(error_with("/model", 3, kInvalid), "model: expected an object, found an integer");
  expect_contains(error_with("/model/vocab", Json::array(), kInvalid), "model.vocab: expected an object");
  expect_contains(error_with("/model/merges", "a b", kInvalid), "model.merges: expected an array, found a string");
  expect_contains(error_with("/model/ignore_merges", 1, kInvalid), "expected a boolean, found an integer");
  expect_contains(error_with("/added_tokens", "x", kInvalid), "added_tokens: expected an array");
  expect_contains(error_with("/pre_tokenizer/use_regex", "yes", kInvalid),
                  "pre_tokenizer.use_regex: expected a boolean");
  expect_contains(error_with("/decoder", "ByteLevel", kInvalid), "decoder: expected an object");
}

TEST(TokenizerErrors, BadIds) {
  expect_contains(error_with("/model/vocab/new", -1, kInvalid), "-1 is not in the range");
  expect_contains(error_with("/model/vocab/new", 4194304, kInvalid), "4194304 is not in the range");
  expect_contains(error_with("/model/vocab/new", UINT64_MAX, kInvalid), "18446744073709551615 is not in the range");
  expect_contains(error_with("/model/vocab/new", 1.5, kInvalid), "expected an integer, found a number");
  expect_contains(error_with("/model/vocab/new", "7", kInvalid), "model.vocab[\"new\"]: expected an integer");
  expect_contains(error_with("/model/vocab/new", 7, kInvalid), "id 7 is used by two tokens");
}

TEST(TokenizerErrors, BadAddedTokens) {
  const auto with = [](const Json& token) { return error_with("/added_tokens", Json::array({token}), kInvalid); };
  expect_contains(with(added_token(-5, "<x>")), "added_tokens[0].id: -5 is not in the range");
  expect_contains(with(added_token(5, "<x>")), "id 5 is used by two tokens");
  expect_contains(with(added_token(300, "ab")), "has id 300, but id 256 in model.vocab");
  expect_contains(with({{"id", 300}}), "the field \"content\" is missing");
  expect_contains(
      error_with("/added_tokens", Json::array({added_token(300, "<x>"), added_token(300, "<x>")}), kInvalid),
      "listed twice");
}

TEST(TokenizerErrors, BadMerges) {
  for (const Json& merge : {Json("ab"), Json("a b c"), Json(7), Json::array({"a"}), Json::array({"a", 1})}) {
    expect_contains(error_with("/model/merges", Json::array({merge}), kInvalid),
                    "model.merges[0]: expected two tokens");
  }
  expect_contains(error_with("/model/merges", {"zz b"}, kInvalid),
                  "model.merges[0]: the token \"zz\" is not in model.vocab");
  expect_contains(error_with("/model/merges", {"a b", "c d"}, kInvalid), "model.merges[1]: the token \"cd\"");
}

TEST(TokenizerErrors, UnsupportedParts) {
  expect_contains(error_with("/model/type", "Unigram", kUnimplemented), "model \"Unigram\" is not supported");
  expect_contains(error_with("/model/type", nullptr, kUnimplemented), "without a \"type\"");
  expect_contains(error_with("/model/byte_fallback", true, kUnimplemented), "byte_fallback");
  expect_contains(error_with("/model/dropout", 0.1, kUnimplemented), "model.dropout");
  expect_contains(error_with("/model/end_of_word_suffix", "</w>", kUnimplemented), "model.end_of_word_suffix");
  expect_contains(error_with("/decoder", {{"type", "Metaspace"}}, kUnimplemented), "decoder \"Metaspace\"");
  expect_contains(error_with("/decoder", nullptr, kUnimplemented), "decoder");
  expect_contains(error_with("/normalizer", {{"type", "Lowercase"}}, kUnimplemented), "normalizer \"Lowercase\"");
  expect_contains(error_with("/pre_tokenizer", {{"type", "Metaspace"}}, kUnimplemented), "pre-tokenizer \"Metaspace\"");
  expect_contains(error_with("/post_processor", {{"type", "BertProcessing"}}, kUnimplemented),
                  "post-processor \"BertProcessing\"");
  const Json twice = {{"type", "Sequence"},
                      {"pretokenizers", Json::array({{{"type", "ByteLevel"}}, {{"type", "Digits"}}})}};
  expect_contains(error_with("/pre_tokenizer", twice, kUnimplemented),
                  "pretokenizers[1]: a pre-tokenizer after ByteLevel");
}

TEST(TokenizerErrors, BadTemplates) {
  const Json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const Json bos = {{"SpecialToken", {{"id", "B"}, {"type_id", 0}}}};
  const auto file = [&](const Json& single, const Json& ids) {
    return Json{{"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", {{"B", {{"ids", ids}}}}}};
  };
  expect_contains(error_with("/post_processor", file({bos, text}, {999}), kInvalid),
                  "special_tokens.B.ids[0]: 999 is not in");
  expect_contains(error_with("/post_processor", file({text, text}, {1}), kUnimplemented), "exactly once");
  expect_contains(error_with("/post_processor", file(Json::array({bos}), {1}), kUnimplemented), "exactly once");
}

TEST(TokenizerErrors, BadRegularExpressions) {
  expect_contains(error_with("/pre_tokenizer", split_step("(a"), kInvalid),
                  "pattern.Regex: the regular expression \"(a\" does not");
  expect_contains(error_with("/pre_tokenizer", split_step("[a-z&&[^b]]"), kUnimplemented),
                  "uses && in a character class");
  expect_contains(error_with("/pre_tokenizer", split_step("a", "Sideways"), kInvalid), "unknown behavior \"Sideways\"");
}

TEST(TokenizerErrors, DeepNestingIsRefused) {
  Json normalizer = {{"type", "NFC"}};
  for (int i = 0; i < 1000; ++i) normalizer = {{"type", "Sequence"}, {"normalizers", Json::array({normalizer})}};
  expect_contains(error_with("/normalizer", normalizer, kInvalid), "nested more than 16 deep");
}

TEST(TokenizerErrors, ExponentialBacktrackingIsAnErrorAndNotAHang) {
  Json file = byte_level_file();
  file["pre_tokenizer"] = split_step("(?:a|a|aa)+[bc]");
  const auto tokenizer = test::load(file);
  EXPECT_THROW(tokenizer->encode(std::string(200, 'a')), Error);
}

}  // namespace
}  // namespace hone
