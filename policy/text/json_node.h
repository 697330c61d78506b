// One value of a JSON document together with its path, so that every error says where the value stands and what it
// is: "tokenizer.json: pre_tokenizer.pretokenizers[1].behavior: expected a string, found an integer". A node refers
// to the document: the document must outlive it.
// Thread rule: immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/base/error.h"

namespace hone {

class JsonNode {
 public:
  /// The path of a document's root is "<file>: ".
  JsonNode(const nlohmann::json& value, std::string path) : value_(&value), path_(std::move(path)) {}

  const nlohmann::json& json() const { return *value_; }
  const std::string& path() const { return path_; }

  /// Member of an object; a missing or null one is nullopt.
  std::optional<JsonNode> find(const char* key) const;
  /// Member of an object that must be present and not null.
  JsonNode at(const char* key) const;
  std::vector<JsonNode> items() const;  // the elements of an array

  std::string text() const;
  bool flag() const;
  int64_t integer(int64_t min, int64_t max) const;

  std::string text_or(const char* key, std::string_view fallback) const;
  bool flag_or(const char* key, bool fallback) const;

  /// Throws Error{code, "<path>: <message>"}.
  [[noreturn]] void fail(ErrorCode code, std::string_view message) const;
  [[noreturn]] void fail_type(std::string_view expected) const;
  [[noreturn]] void fail_unsupported(std::string_view what, std::string_view supported) const;

  void require_object() const;

 private:
  const nlohmann::json* value_;
  std::string path_;
};

/// Text in quotes for a message, cut at 60 bytes.
std::string in_quotes(std::string_view text);

}  // namespace hone
