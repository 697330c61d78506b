// Tokens and their ids: the model's vocabulary and the added tokens in one table.
// Thread rule: immutable once filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/text/json_node.h"

namespace hone {

/// Hash of std::string that also takes std::string_view, for look-ups without a copy.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

class Vocabulary {
 public:
  /// Ids are below this (four times the largest vocabulary in use): a table by id stays small whatever a file says.
  static constexpr int64_t kIdLimit = int64_t{1} << 22;

  Vocabulary() = default;
  Vocabulary(const Vocabulary&) = delete;  // the table by id points into the table by token
  Vocabulary& operator=(const Vocabulary&) = delete;

  /// Reads "model.vocab", an object from token to id. Throws invalid_argument for an id that is no integer, out of
  /// range or used twice.
  void read_model(const JsonNode& vocab);

  /// Adds a token that may already be in the model's vocabulary, where it must have the same id. Throws
  /// invalid_argument, with the path of `node`, when the id or the token contradicts what is there.
  void add_token(const std::string& token, int32_t id, bool special, const JsonNode& node);

  std::optional<int32_t> find(std::string_view token) const;
  std::optional<int32_t> find_in_model(std::string_view token) const;  // added tokens left out
  const std::string* token(int32_t id) const;                          // nullptr if unknown
  bool is_special(int32_t id) const;
  int64_t size() const { return static_cast<int64_t>(by_id_.size()); }  // largest id + 1
  bool contains(int32_t id) const { return token(id) != nullptr; }

 private:
  struct Entry {
    int32_t id = 0;
    bool in_model = false;
    bool added = false;
    bool special = false;
  };
  using Table = std::unordered_map<std::string, Entry, StringHash, std::equal_to<>>;

  void insert(const std::string& token, const Entry& entry, const JsonNode& node);

  Table by_token_;
  std::vector<const Table::value_type*> by_id_;
};

}  // namespace hone
