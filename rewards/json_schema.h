// A JSON document checked against a schema: the keywords of JSON Schema (draft 2020-12) that describe a plain answer. No $ref,
// no remote documents, nothing that could not end: checking costs time in proportion to document and schema.
//
// Keywords: type, enum, const; properties, required, additionalProperties, minProperties, maxProperties; items, minItems,
// maxItems, uniqueItems; minLength, maxLength, pattern (PCRE2, within limits); minimum, maximum, exclusiveMinimum,
// exclusiveMaximum, multipleOf; allOf, anyOf, oneOf, not. Without effect: title, description, default, examples, $schema, $id,
// $comment. Any other keyword is an error, so that no constraint is lost in silence.
//
// Own code since the library at hand (Valijson) matches patterns with std::regex, which a long text brings to overflow its
// stack. Thread rule: immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hone {

class JsonSchema {
 public:
  /// Throws invalid_argument with the JSON path in the schema.
  JsonSchema(const nlohmann::json& schema, const std::string& source);
  ~JsonSchema();
  JsonSchema(JsonSchema&&) noexcept;

  /// "" where the schema accepts the document, else the first reason with the document's JSON path. Throws Error where a
  /// pattern met its limits.
  std::string refusal(const nlohmann::json& document) const;

  struct Node;

 private:
  std::unique_ptr<Node> root_;
};

inline constexpr int kMaxSchemaDepth = 32;

}  // namespace hone
