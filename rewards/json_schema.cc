#include "rewards/json_schema.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/suggest.h"
#include "rewards/pattern.h"
#include "rewards/text.h"

namespace hone {
namespace {

using Check = std::function<std::string(const Json& document, const std::string& path)>;

constexpr std::array<std::string_view, 7> kTypes{"null", "boolean", "object", "array", "string", "number", "integer"};
constexpr std::array<std::string_view, 7> kAnnotations{"title",   "description", "default", "examples",
                                                       "$schema", "$id",         "$comment"};

bool is_of_type(const Json& document, const std::string& type) {
  if (type == "null") return document.is_null();
  if (type == "boolean") return document.is_boolean();
  if (type == "object") return document.is_object();
  if (type == "array") return document.is_array();
  if (type == "string") return document.is_string();
  if (type == "number") return document.is_number();
  return document.is_number_integer() ||
         (document.is_number_float() && std::trunc(document.get<double>()) == document.get<double>());
}

int64_t characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::invalid_argument, where + ": " + what);
}

}  // namespace

struct JsonSchema::Node {
  std::vector<Check> checks;

  std::string refusal(const Json& document, const std::string& path) const {
    for (const Check& check : checks)
      if (std::string reason = check(document, path); !reason.empty()) return reason;
    return "";
  }
};

namespace {

using Node = JsonSchema::Node;
using NodePtr = std::shared_ptr<const Node>;

std::string at(const std::string& path, const std::string& what) {
  return (path.empty() ? "document" : path) + " " + what;
}

/// Builds one node; each keyword adds a check that looks at documents of its own type only, as JSON Schema has it.
class Builder {
 public:
  Builder(const Json& schema, std::string where, int depth)
      : schema_(schema), where_(std::move(where)), depth_(depth) {}

  NodePtr build() {
    if (depth_ > kMaxSchemaDepth)
      fail(where_, "more than " + std::to_string(kMaxSchemaDepth) + " schemas within each other");
    if (schema_.is_boolean()) {
      if (!schema_.get<bool>()) add([](const Json&, const std::string& path) { return at(path, "is not allowed"); });
      return node_;
    }
    if (!schema_.is_object())
      fail(where_, "expected a schema (an object, true or false), found " + json_type_name(schema_));
    static const std::map<std::string, void (Builder::*)(const Json&, const std::string&)> kKeywords{
        {"type", &Builder::type},
        {"enum", &Builder::enumeration},
        {"const", &Builder::constant},
        {"properties", &Builder::properties},
        {"required", &Builder::required},
        {"additionalProperties", &Builder::nothing},
        {"items", &Builder::items},
        {"uniqueItems", &Builder::unique_items},
        {"minItems", &Builder::size},
        {"maxItems", &Builder::size},
        {"minLength", &Builder::size},
        {"maxLength", &Builder::size},
        {"minProperties", &Builder::size},
        {"maxProperties", &Builder::size},
        {"pattern", &Builder::pattern},
        {"minimum", &Builder::bound},
        {"maximum", &Builder::bound},
        {"exclusiveMinimum", &Builder::bound},
        {"exclusiveMaximum", &Builder::bound},
        {"multipleOf", &Builder::multiple_of},
        {"allOf", &Builder::combination},
        {"anyOf", &Builder::combination},
        {"oneOf", &Builder::combination},
        {"not", &Builder::negation}};
    if (schema_.contains("additionalProperties") && !schema_.contains("properties"))
      properties(Json::object(), "properties");
    for (const auto& [key, value] : schema_.items()) {
      if (std::find(kAnnotations.begin(), kAnnotations.end(), key) != kAnnotations.end()) continue;
      const auto keyword = kKeywords.find(key);
      if (keyword == kKeywords.end()) {
        std::vector<std::string> known;
        for (const auto& entry : kKeywords) known.push_back(entry.first);
        fail(where_ + "/" + excerpt(key), "unknown schema keyword" + suggestion(key, known));
      }
      (this->*keyword->second)(value, key);
    }
    return node_;
  }

 private:
  void add(Check check) { node_->checks.push_back(std::move(check)); }
  std::string path_of(const std::string& key) const { return where_ + "/" + excerpt(key); }
  NodePtr child(const Json& schema, const std::string& key) const {
    return Builder(schema, path_of(key), depth_ + 1).build();
  }
  [[noreturn]] void expected(const Json& value, const std::string& key, const std::string& what) const {
    fail(path_of(key), "expected " + what + ", found " + json_type_name(value));
  }
  void nothing(const Json&, const std::string&) {}

  void type(const Json& value, const std::string& key) {
    std::vector<std::string> types;
    for (const Json& name : value.is_array() ? value : Json::array({value})) {
      if (!name.is_string() || std::find(kTypes.begin(), kTypes.end(), name.get<std::string>()) == kTypes.end())
        fail(path_of(key),
             "unknown type; give one or an array of null, boolean, object, array, string, number, integer");
      types.push_back(name.get<std::string>());
    }
    add([types](const Json& document, const std::string& path) {
      for (const std::string& name : types)
        if (is_of_type(document, name)) return std::string();
      return at(path, "is " + json_type_name(document) + ", not of type " + types.at(0));
    });
  }

  void enumeration(const Json& value, const std::string& key) {
    if (!value.is_array() || value.empty()) expected(value, key, "a non-empty array of values");
    add([value](const Json& document, const std::string& path) {
      return std::find(value.begin(), value.end(), document) != value.end() ? ""
                                                                            : at(path, "is none of the values allowed");
    });
  }

  void constant(const Json& value, const std::string&) {
    add([value](const Json& document, const std::string& path) {
      return document == value ? "" : at(path, "is not the value wanted");
    });
  }

  void properties(const Json& value, const std::string& key) {
    if (!value.is_object()) expected(value, key, "an object of schemas");
    std::map<std::string, NodePtr> nodes;
    for (const auto& [name, schema] : value.items()) nodes[name] = child(schema, key + "/" + name);
    const auto others = schema_.find("additionalProperties");
    const NodePtr other = others == schema_.end() ? nullptr : child(*others, "additionalProperties");
    add([nodes, other](const Json& document, const std::string& path) {
      if (!document.is_object()) return std::string();
      for (const auto& [name, member] : document.items()) {
        const auto named = nodes.find(name);
        const NodePtr& node = named == nodes.end() ? other : named->second;
        if (!node) continue;
        if (std::string reason = node->refusal(member, path + "/" + excerpt(name)); !reason.empty()) return reason;
      }
      return std::string();
    });
  }

  void required(const Json& value, const std::string& key) {
    if (!value.is_array()) expected(value, key, "an array of names");
    for (const Json& name : value)
      if (!name.is_string()) expected(name, key, "an array of names");
    add([names = value.get<std::vector<std::string>>()](const Json& document, const std::string& path) {
      if (!document.is_object()) return std::string();
      for (const std::string& name : names)
        if (!document.contains(name)) return at(path, "lacks " + excerpt(name));
      return std::string();
    });
  }

  void items(const Json& value, const std::string& key) {
    add([node = child(value, key)](const Json& document, const std::string& path) {
      if (!document.is_array()) return std::string();
      for (std::size_t i = 0; i < document.size(); ++i)
        if (std::string reason = node->refusal(document[i], path + "/" + std::to_string(i)); !reason.empty())
          return reason;
      return std::string();
    });
  }

  void unique_items(const Json& value, const std::string& key) {
    if (!value.is_boolean()) expected(value, key, "true or false");
    if (!value.get<bool>()) return;
    add([](const Json& document, const std::string& path) {
      if (!document.is_array()) return std::string();
      const std::set<Json> distinct(document.begin(), document.end());
      return distinct.size() == document.size() ? "" : at(path, "has equal items");
    });
  }

  /// minItems, maxItems, minLength, maxLength, minProperties, maxProperties.
  void size(const Json& value, const std::string& key) {
    if (!value.is_number_integer() || value < 0) expected(value, key, "an integer of 0 or more");
    const auto limit = value.get<int64_t>();
    const bool least = key.starts_with("min");
    const std::string of = key.substr(3);
    add([limit, least, of](const Json& document, const std::string& path) {
      int64_t size = 0;
      if (of == "Length" && document.is_string())
        size = characters(document.get_ref<const std::string&>());
      else if ((of == "Items" && document.is_array()) || (of == "Properties" && document.is_object()))
        size = static_cast<int64_t>(document.size());
      else
        return std::string();
      if (least ? size >= limit : size <= limit) return std::string();
      return at(path,
                "has size " + std::to_string(size) + ", at " + (least ? "least " : "most ") + std::to_string(limit));
    });
  }

  void pattern(const Json& value, const std::string& key) {
    if (!value.is_string()) expected(value, key, "a string");
    std::shared_ptr<const Pattern> compiled;
    try {
      compiled = std::make_shared<const Pattern>(value.get<std::string>(), Pattern::Part::search);
    } catch (const Error& e) {
      fail(path_of(key), e.what());
    }
    add([compiled](const Json& document, const std::string& path) {
      if (!document.is_string()) return std::string();
      std::string why;
      const Pattern::Match match = compiled->match(document.get_ref<const std::string&>(), why);
      if (match == Pattern::Match::failed) throw Error(ErrorCode::resource_exhausted, why);
      return match == Pattern::Match::yes ? "" : at(path, "does not match the pattern");
    });
  }

  /// minimum, maximum, exclusiveMinimum, exclusiveMaximum. Json compares integers and decimals by value.
  void bound(const Json& value, const std::string& key) {
    if (!value.is_number()) expected(value, key, "a number");
    add([value, key](const Json& document, const std::string& path) {
      if (!document.is_number()) return std::string();
      const bool holds = key == "minimum"            ? document >= value
                         : key == "maximum"          ? document <= value
                         : key == "exclusiveMinimum" ? document > value
                                                     : document < value;
      return holds ? "" : at(path, "is beyond " + key + " " + value.dump());
    });
  }

  void multiple_of(const Json& value, const std::string& key) {
    if (!value.is_number_integer() || value <= 0) expected(value, key, "an integer above 0");
    add([step = value.get<int64_t>()](const Json& document, const std::string& path) {
      if (!document.is_number()) return std::string();
      const bool holds = document.is_number_unsigned() ? document.get<uint64_t>() % static_cast<uint64_t>(step) == 0
                         : document.is_number_integer()
                             ? document.get<int64_t>() % step == 0
                             : std::fmod(document.get<double>(), static_cast<double>(step)) == 0.0;
      return holds ? "" : at(path, "is not a multiple of " + std::to_string(step));
    });
  }

  void combination(const Json& value, const std::string& key) {
    if (!value.is_array() || value.empty()) expected(value, key, "a non-empty array of schemas");
    std::vector<NodePtr> nodes;
    for (std::size_t i = 0; i < value.size(); ++i) nodes.push_back(child(value[i], key + "/" + std::to_string(i)));
    add([nodes, key](const Json& document, const std::string& path) {
      std::size_t accepted = 0;
      for (const NodePtr& node : nodes) accepted += node->refusal(document, path).empty() ? 1 : 0;
      const bool holds = key == "allOf" ? accepted == nodes.size() : key == "anyOf" ? accepted > 0 : accepted == 1;
      return holds ? ""
                   : at(path,
                        "fits " + std::to_string(accepted) + " of the " + std::to_string(nodes.size()) + " in " + key);
    });
  }

  void negation(const Json& value, const std::string& key) {
    add([node = child(value, key)](const Json& document, const std::string& path) {
      return node->refusal(document, path).empty() ? at(path, "fits the schema in not") : "";
    });
  }

  const Json& schema_;
  std::string where_;
  int depth_;
  std::shared_ptr<Node> node_ = std::make_shared<Node>();
};

}  // namespace

JsonSchema::JsonSchema(const nlohmann::json& schema, const std::string& source)
    : root_(std::make_unique<Node>(*Builder(schema, source, 0).build())) {}
JsonSchema::~JsonSchema() = default;
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;

std::string JsonSchema::refusal(const nlohmann::json& document) const { return root_->refusal(document, ""); }

}  // namespace hone
