#include "policy/chat/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "policy/text/utf8.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone::chat {
namespace {

constexpr int kMaxDepth = 100;
constexpr int kMaxJsonDepth = 90;

/// Depth of a value that holds `child`.
int depth_over(const Value& child, int child_depth) {
  if (child.is(Value::Kind::callable)) throw Failure("a function cannot be put into a list or dict");
  if (child.is(Value::Kind::dict) && child.as_dict().is_namespace) throw Failure("a namespace cannot be put into a list or dict");
  if (child_depth + 1 > kMaxDepth) throw Failure("lists and dicts nest deeper than " + std::to_string(kMaxDepth));
  return child_depth + 1;
}

/// Python's repr of a float: the shortest text that reads back, with an exponent from 1e16 on and below 1e-4.
std::string real_text(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  const double size = std::fabs(v);
  const bool scientific = size != 0.0 && (size >= 1e16 || size < 1e-4);
  char out[400];
  const auto end = std::to_chars(out, out + sizeof out, v, scientific ? std::chars_format::scientific : std::chars_format::fixed);
  std::string text(out, end.ptr);
  if (!scientific && text.find('.') == std::string::npos) text += ".0";
  return text;
}

/// Quoted as Python's repr (for values inside printed lists and dicts) or as JSON.
std::string quoted(const std::string& text, bool json) {
  const char quote = json || (text.find('\'') != std::string::npos && text.find('"') == std::string::npos) ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    char escape[8];
    if (c == quote || c == '\\') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (json && c == '\b') out += "\\b";
    else if (json && c == '\f') out += "\\f";
    else if (byte < 0x20 || (!json && byte == 0x7f)) {
      std::snprintf(escape, sizeof escape, json ? "\\u%04x" : "\\x%02x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + quote;
}

/// Lists and dicts, printed as Python (`json` false) or as JSON.
void write(const Value& v, bool json, int64_t indent, int level, std::string& out) {
  const auto line = [&](int at) {
    if (indent >= 0) out += "\n" + std::string(static_cast<std::size_t>(indent) * static_cast<std::size_t>(at), ' ');
  };
  const std::string_view comma = indent >= 0 ? "," : ", ";
  switch (v.kind()) {
    case Value::Kind::string: out += quoted(v.as_string(), json); return;
    case Value::Kind::none: out += json ? "null" : "None"; return;
    case Value::Kind::boolean: out += json ? (v.as_integer() ? "true" : "false") : (v.as_integer() ? "True" : "False"); return;
    case Value::Kind::list:
    case Value::Kind::dict: break;
    case Value::Kind::undefined:
    case Value::Kind::callable:
      if (json) throw Error(ErrorCode::invalid_argument, "tojson: " + std::string(v.type_name()) + " cannot be written as JSON");
      [[fallthrough]];
    default: out += v.text(); return;
  }
  const bool is_list = v.is(Value::Kind::list);
  const std::size_t count = is_list ? v.as_list().size() : v.as_dict().items.size();
  out += is_list ? '[' : '{';
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += comma;
    line(level + 1);
    if (!is_list) out += quoted(v.as_dict().items[i].first, json) + ": ";
    write(is_list ? v.as_list()[i] : v.as_dict().items[i].second, json, indent, level + 1, out);
  }
  if (count > 0) line(level);
  out += is_list ? ']' : '}';
}

/// Python's str.isspace().
bool is_space(std::string_view c) {
  if (c.size() == 1) {
    const auto b = static_cast<unsigned char>(c[0]);
    return b == ' ' || (b >= 0x09 && b <= 0x0d) || (b >= 0x1c && b <= 0x1f);
  }
  static constexpr std::string_view kSpaces[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
                                                 "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f",
                                                 "\u3000"};
  return std::find(std::begin(kSpaces), std::end(kSpaces), c) != std::end(kSpaces);
}

}  // namespace

const Value* Dict::find(std::string_view key) const {
  for (const auto& [name, value] : items)
    if (name == key) return &value;
  return nullptr;
}

void Dict::set(const std::string& key, Value value) {
  for (auto& [name, old] : items) {
    if (name != key) continue;
    old = std::move(value);
    return;
  }
  items.emplace_back(key, std::move(value));
}

Value Value::undefined(std::string name) {
  Value v;
  v.text_ = std::make_shared<const std::string>(std::move(name));
  return v;
}
Value Value::none() {
  Value v;
  v.kind_ = Kind::none;
  return v;
}
Value Value::boolean(bool value) {
  Value v;
  v.kind_ = Kind::boolean;
  v.integer_ = value ? 1 : 0;
  return v;
}
Value Value::integer(int64_t value) {
  Value v;
  v.kind_ = Kind::integer;
  v.integer_ = value;
  return v;
}
Value Value::real(double value) {
  Value v;
  v.kind_ = Kind::real;
  v.real_ = value;
  return v;
}
Value Value::string(std::string value) {
  Value v;
  v.kind_ = Kind::string;
  v.text_ = std::make_shared<const std::string>(std::move(value));
  return v;
}
Value Value::list(List value) {
  Value v;
  v.kind_ = Kind::list;
  for (const Value& child : value) v.depth_ = std::max(v.depth_, depth_over(child, child.depth_));
  v.list_ = std::make_shared<const List>(std::move(value));
  return v;
}
Value Value::name_space(Dict fields) {
  Value v;
  v.kind_ = Kind::dict;
  fields.is_namespace = true;
  v.dict_ = std::make_shared<Dict>(std::move(fields));
  return v;
}
void Value::set_field(const std::string& name, Value value) {
  depth_over(value, value.depth_);
  dict_->set(name, std::move(value));
}
Value Value::dict(Dict value) {
  Value v;
  v.kind_ = Kind::dict;
  for (const auto& [key, child] : value.items) v.depth_ = std::max(v.depth_, depth_over(child, child.depth_));
  v.dict_ = std::make_shared<Dict>(std::move(value));
  return v;
}
Value Value::callable(Function value) {
  Value v;
  v.kind_ = Kind::callable;
  v.function_ = std::make_shared<const Function>(std::move(value));
  return v;
}

Value Value::from_json(const OrderedJson& json, int depth) {
  if (depth > kMaxJsonDepth) throw Error(ErrorCode::invalid_argument, "chat template: a value is nested deeper than " + std::to_string(kMaxJsonDepth));
  if (json.is_null()) return none();
  if (json.is_boolean()) return boolean(json.get<bool>());
  if (json.is_number_integer() && !(json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)))
    return integer(json.get<int64_t>());
  if (json.is_number()) return real(json.get<double>());
  if (json.is_string()) return string(json.get<std::string>());
  if (json.is_array()) {
    List out;
    for (const auto& item : json) out.push_back(from_json(item, depth + 1));
    return list(std::move(out));
  }
  Dict out;
  for (const auto& [key, item] : json.items()) out.items.emplace_back(key, from_json(item, depth + 1));
  return dict(std::move(out));
}

bool Value::truthy() const {
  switch (kind_) {
    case Kind::undefined:
    case Kind::none: return false;
    case Kind::boolean:
    case Kind::integer: return integer_ != 0;
    case Kind::real: return real_ != 0.0;
    case Kind::string: return !text_->empty();
    case Kind::list: return !list_->empty();
    case Kind::dict: return dict_->is_namespace || !dict_->items.empty();
    case Kind::callable: return true;
  }
  return false;
}

std::string Value::text() const {
  switch (kind_) {
    case Kind::undefined: return "";
    case Kind::integer: return std::to_string(integer_);
    case Kind::real: return real_text(real_);
    case Kind::string: return *text_;
    case Kind::callable: return "<function>";
    default: break;
  }
  std::string out;
  write(*this, false, -1, 0, out);
  return out;
}

std::string_view Value::type_name() const {
  switch (kind_) {
    case Kind::undefined: return "an undefined value";
    case Kind::none: return "none";
    case Kind::boolean: return "a boolean";
    case Kind::integer: return "an integer";
    case Kind::real: return "a number";
    case Kind::string: return "a string";
    case Kind::list: return "a list";
    case Kind::dict: return "a dict";
    case Kind::callable: return "a function";
  }
  return "";
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is(Value::Kind::real) || b.is(Value::Kind::real)) return a.as_real() == b.as_real();
    return a.integer_ == b.integer_;
  }
  if (a.kind_ != b.kind_) return false;
  switch (a.kind_) {
    case Value::Kind::string: return *a.text_ == *b.text_;
    case Value::Kind::list: return *a.list_ == *b.list_;
    case Value::Kind::dict: {
      if (a.dict_ == b.dict_) return true;
      if (a.dict_->items.size() != b.dict_->items.size()) return false;
      return std::all_of(a.dict_->items.begin(), a.dict_->items.end(), [&](const auto& item) {
        const Value* other = b.dict_->find(item.first);
        return other != nullptr && *other == item.second;
      });
    }
    case Value::Kind::callable: return a.function_ == b.function_;
    default: return true;
  }
}

Value Arguments::get(std::size_t place, std::string_view name, const Value& otherwise) const {
  if (place < positional.size()) return positional[place];
  const Value* found = named.find(name);
  return found != nullptr ? *found : otherwise;
}

std::string to_json_text(const Value& value, int64_t indent) {
  std::string out;
  write(value, true, indent, 0, out);
  return out;
}

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, utf8_step(text.substr(i)).length);
    out.emplace_back(text.substr(i, length));
    i += length;
  }
  return out;
}

std::string strip(const std::string& text, Side side, std::string_view chars) {
  const std::vector<std::string> all = characters(text), wanted = characters(chars);
  const auto drops = [&](const std::string& c) {
    return wanted.empty() ? is_space(c) : std::find(wanted.begin(), wanted.end(), c) != wanted.end();
  };
  std::size_t begin = 0, end = all.size();
  if (side != Side::right)
    while (begin < end && drops(all[begin])) ++begin;
  if (side != Side::left)
    while (end > begin && drops(all[end - 1])) --end;
  std::string out;
  for (std::size_t i = begin; i < end; ++i) out += all[i];
  return out;
}

}  // namespace hone::chat
