// Values of a chat template, as Jinja has them: undefined, none, booleans, numbers, strings (UTF-8), lists, dicts with string keys in
// insertion order, and callables. Copies are cheap (shared, immutable but for a namespace's fields).
// Thread rule: plain data.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone::chat {

/// What went wrong in a template, without a place; the interpreter adds the line.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Value;
struct Arguments;
using List = std::vector<Value>;
using Function = std::function<Value(const Arguments&)>;

struct Dict {
  std::vector<std::pair<std::string, Value>> items;
  bool is_namespace = false;  // made by name_space()

  const Value* find(std::string_view key) const;
  void set(const std::string& key, Value value);
};

class Value {
 public:
  enum class Kind : uint8_t { undefined, none, boolean, integer, real, string, list, dict, callable };

  Value() = default;  // undefined
  static Value undefined(std::string name);  // with the name that an error mentions
  static Value none();
  static Value boolean(bool v);
  static Value integer(int64_t v);
  static Value real(double v);
  static Value string(std::string v);
  /// Lists and dicts take no namespaces and no callables, and nest at most 100 deep: so there are no cycles, and what walks or frees a
  /// value is bounded. Throws Failure.
  static Value list(List v);
  static Value dict(Dict v);
  /// A dict whose fields come before methods and can be set; `fields` may hold callables.
  static Value name_space(Dict fields);
  static Value callable(Function v);
  /// Throws invalid_argument when nested deeper than 100.
  static Value from_json(const nlohmann::ordered_json& json, int depth = 0);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_number() const { return kind_ == Kind::boolean || kind_ == Kind::integer || kind_ == Kind::real; }

  int64_t as_integer() const { return integer_; }  // boolean, integer
  double as_real() const { return kind_ == Kind::real ? real_ : static_cast<double>(integer_); }
  const std::string& as_string() const { return *text_; }  // string
  std::string undefined_name() const { return text_ ? *text_ : std::string(); }
  const List& as_list() const { return *list_; }
  const Dict& as_dict() const { return *dict_; }
  /// Sets a field of a namespace; the rules of dict() hold for `value`.
  void set_field(const std::string& name, Value value);
  const Function& as_function() const { return *function_; }

  bool truthy() const;
  /// What {{ value }} prints: Python's str().
  std::string text() const;
  std::string_view type_name() const;  // "a string", "a list"...
  friend bool operator==(const Value& a, const Value& b);

 private:
  Kind kind_ = Kind::undefined;
  int64_t integer_ = 0;
  double real_ = 0.0;
  std::shared_ptr<const std::string> text_;
  std::shared_ptr<const List> list_;
  std::shared_ptr<Dict> dict_;
  std::shared_ptr<const Function> function_;
  int depth_ = 0;  // of lists and dicts in each other
};

struct Arguments {
  List positional;
  Dict named;

  /// Argument by place or name, or `otherwise`.
  Value get(std::size_t place, std::string_view name, const Value& otherwise = Value::none()) const;
};

/// Python's json.dumps(value, ensure_ascii=False, indent=indent): `indent` < 0 is one line with ", " and ": ".
std::string to_json_text(const Value& value, int64_t indent);

/// The text's code points, one string each (indexing, slicing and iterating over strings).
std::vector<std::string> characters(std::string_view text);

enum class Side : uint8_t { both, left, right };
/// Python's str.strip, lstrip, rstrip: `chars` empty = Unicode white space.
std::string strip(const std::string& text, Side side, std::string_view chars = "");

}  // namespace hone::chat
