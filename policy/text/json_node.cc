#include "policy/text/json_node.h"

#include "policy/text/utf8.h"
#include "proto/base/json.h"

namespace hone {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return '"' + utf8_lossy(text) + '"';
  return '"' + utf8_lossy(text.substr(0, kLongest)) + "...\"";
}

void JsonNode::fail(ErrorCode code, std::string_view message) const {
  throw Error(code, (path_.ends_with(": ") ? path_ : path_ + ": ") + std::string(message));
}

void JsonNode::fail_type(std::string_view expected) const {
  fail(ErrorCode::invalid_argument, "expected " + std::string(expected) + ", found " + json_type_name(*value_));
}

void JsonNode::fail_unsupported(std::string_view what, std::string_view supported) const {
  fail(ErrorCode::unimplemented, std::string(what) + " is not supported (supported: " + std::string(supported) + ")");
}

void JsonNode::require_object() const {
  if (!value_->is_object()) fail_type("an object");
}

std::optional<JsonNode> JsonNode::find(const char* key) const {
  require_object();
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return JsonNode(*found, path_.ends_with(": ") ? path_ + key : path_ + "." + key);
}

JsonNode JsonNode::at(const char* key) const {
  std::optional<JsonNode> node = find(key);
  if (!node) fail(ErrorCode::invalid_argument, "the field " + in_quotes(key) + " is missing");
  return *std::move(node);
}

std::vector<JsonNode> JsonNode::items() const {
  if (!value_->is_array()) fail_type("an array");
  std::vector<JsonNode> nodes;
  nodes.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    nodes.emplace_back((*value_)[i], path_ + "[" + std::to_string(i) + "]");
  }
  return nodes;
}

std::string JsonNode::text() const {
  if (!value_->is_string()) fail_type("a string");
  return value_->get<std::string>();
}

bool JsonNode::flag() const {
  if (!value_->is_boolean()) fail_type("a boolean");
  return value_->get<bool>();
}

int64_t JsonNode::integer(int64_t min, int64_t max) const {
  if (!value_->is_number_integer()) fail_type("an integer");
  const bool too_large = value_->is_number_unsigned() && value_->get<uint64_t>() > static_cast<uint64_t>(max);
  if (too_large || value_->get<int64_t>() < min || value_->get<int64_t>() > max) {
    fail(ErrorCode::invalid_argument,
         value_->dump() + " is not in the range " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value_->get<int64_t>();
}

std::string JsonNode::text_or(const char* key, std::string_view fallback) const {
  const std::optional<JsonNode> node = find(key);
  return node ? node->text() : std::string(fallback);
}

bool JsonNode::flag_or(const char* key, bool fallback) const {
  const std::optional<JsonNode> node = find(key);
  return node ? node->flag() : fallback;
}

}  // namespace hone
