#include <algorithm>
#include <cmath>
#include <limits>

#include "policy/chat/builtins.h"

namespace hone::chat {
namespace {

using Kind = Value::Kind;

std::string description(const Value& v) {
  if (v.is(Kind::undefined) && !v.undefined_name().empty()) return "'" + v.undefined_name() + "', which is undefined,";
  return std::string(v.type_name());
}

[[noreturn]] void wrong(const std::string& op, const Value& a, const Value& b) {
  throw Failure("'" + op + "' cannot take " + description(a) + " and " + description(b));
}

Value number(double v, bool real) {
  if (real) return Value::real(v);
  if (!(std::fabs(v) < 9e15)) throw Failure("an integer is too large");
  return Value::integer(static_cast<int64_t>(v));
}

/// Integers keep below 9e15 here, so that doubles hold them exactly.
Value arithmetic(const std::string& op, const Value& a, const Value& b) {
  const double x = a.as_real(), y = b.as_real();
  const bool real = a.is(Kind::real) || b.is(Kind::real);
  if (op == "+") return number(x + y, real);
  if (op == "-") return number(x - y, real);
  if (op == "*") return number(x * y, real);
  if (y == 0.0) throw Failure("division by zero");
  if (op == "/") return Value::real(x / y);
  if (op == "//") return number(std::floor(x / y), real);
  const double rest = std::fmod(x, y);
  return number(rest != 0.0 && (rest < 0.0) != (y < 0.0) ? rest + y : rest, real);
}

Value repeated(const std::string& text, int64_t times) {
  times = std::max<int64_t>(0, times);
  if (!text.empty() && static_cast<std::size_t>(times) > kMaxTextBytes / text.size()) throw Failure("a repeated string is too long");
  std::string out;
  for (int64_t i = 0; i < times; ++i) out += text;
  return Value::string(std::move(out));
}

bool less(const std::string& op, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.as_real() < b.as_real();
  if (a.is(Kind::string) && b.is(Kind::string)) return a.as_string() < b.as_string();
  if (a.is(Kind::list) && b.is(Kind::list)) {
    for (std::size_t i = 0; i < std::min(a.as_list().size(), b.as_list().size()); ++i)
      if (!(a.as_list()[i] == b.as_list()[i])) return less(op, a.as_list()[i], b.as_list()[i]);
    return a.as_list().size() < b.as_list().size();
  }
  wrong(op, a, b);
}

bool contains(const Value& container, const Value& value) {
  if (container.is(Kind::string)) {
    if (!value.is(Kind::string)) wrong("in", value, container);
    return container.as_string().find(value.as_string()) != std::string::npos;
  }
  if (container.is(Kind::list)) return std::find(container.as_list().begin(), container.as_list().end(), value) != container.as_list().end();
  if (container.is(Kind::dict)) return value.is(Kind::string) && container.as_dict().find(value.as_string()) != nullptr;
  if (container.is(Kind::undefined)) return false;
  wrong("in", value, container);
}

std::string bounded(std::string a, const std::string& b) {
  if (a.size() + b.size() > kMaxTextBytes) throw Failure("a string is longer than " + std::to_string(kMaxTextBytes) + " bytes");
  return a += b;
}

/// One bound of a slice as Python clamps it.
int64_t bound(const Value& v, int64_t length, int64_t step, int64_t otherwise) {
  if (v.is(Kind::none)) return otherwise;
  if (!v.is_number() || v.is(Kind::real)) throw Failure("a slice needs integers, found " + std::string(v.type_name()));
  int64_t at = v.as_integer();
  if (at < 0) at += length;
  return std::clamp<int64_t>(at, step < 0 ? -1 : 0, step < 0 ? length - 1 : length);
}

}  // namespace

Value binary(const std::string& op, const Value& a, const Value& b) {
  if (op == "==") return Value::boolean(a == b);
  if (op == "!=") return Value::boolean(!(a == b));
  if (op == "in") return Value::boolean(contains(b, a));
  if (op == "not in") return Value::boolean(!contains(b, a));
  if (op == "<") return Value::boolean(less(op, a, b));
  if (op == ">") return Value::boolean(less(op, b, a));
  if (op == "<=") return Value::boolean(!less(op, b, a));
  if (op == ">=") return Value::boolean(!less(op, a, b));
  if (op == "~") return Value::string(bounded(a.text(), b.text()));
  if (a.is_number() && b.is_number()) return arithmetic(op, a, b);
  if (op == "+" && a.is(Kind::string) && b.is(Kind::string)) return Value::string(bounded(a.as_string(), b.as_string()));
  if (op == "+" && a.is(Kind::list) && b.is(Kind::list)) {
    List out = a.as_list();
    if (static_cast<int64_t>(out.size() + b.as_list().size()) > kMaxListItems) throw Failure("a list is too long");
    out.insert(out.end(), b.as_list().begin(), b.as_list().end());
    return Value::list(std::move(out));
  }
  if (op == "*" && a.is(Kind::string) && b.is(Kind::integer)) return repeated(a.as_string(), b.as_integer());
  if (op == "*" && a.is(Kind::integer) && b.is(Kind::string)) return repeated(b.as_string(), a.as_integer());
  wrong(op, a, b);
}

List items_of(const Value& value) {
  List out;
  switch (value.kind()) {
    case Kind::undefined: return out;
    case Kind::list: return value.as_list();
    case Kind::dict:
      for (const auto& [key, entry] : value.as_dict().items) out.push_back(Value::string(key));
      return out;
    case Kind::string:
      for (std::string& c : characters(value.as_string())) out.push_back(Value::string(std::move(c)));
      return out;
    default: throw Failure("cannot go through " + std::string(value.type_name()) + " item by item");
  }
}

Value item(const Value& value, const Value& index) {
  if (value.is(Kind::undefined)) throw Failure("an item of an undefined value was asked for");
  if (value.is(Kind::dict) && index.is(Kind::string)) {
    if (const Value* found = value.as_dict().find(index.as_string())) return *found;
    return attribute(value, index.as_string());
  }
  if ((value.is(Kind::list) || value.is(Kind::string)) && (index.is(Kind::integer) || index.is(Kind::boolean))) {
    const List all = items_of(value);
    int64_t at = index.as_integer();
    if (at < 0) at += static_cast<int64_t>(all.size());
    if (at < 0 || at >= static_cast<int64_t>(all.size())) return Value::undefined("item " + std::to_string(index.as_integer()));
    return all[static_cast<std::size_t>(at)];
  }
  if (index.is(Kind::string)) return attribute(value, index.as_string());
  return Value::undefined("item " + index.text());
}

Value slice(const Value& value, const Value& start, const Value& stop, const Value& step) {
  if (!value.is(Kind::list) && !value.is(Kind::string)) throw Failure("cannot slice " + std::string(value.type_name()));
  const List all = items_of(value);
  const auto length = static_cast<int64_t>(all.size());
  if (!step.is(Kind::none) && !step.is(Kind::integer)) throw Failure("a slice needs integers");
  const int64_t by = step.is(Kind::none) ? 1 : step.as_integer();
  if (by == 0) throw Failure("the step of a slice is 0");
  const int64_t begin = bound(start, length, by, by < 0 ? length - 1 : 0), end = bound(stop, length, by, by < 0 ? -1 : length);
  List out;
  for (int64_t i = begin; by > 0 ? i < end : i > end; i += by) {
    out.push_back(all[static_cast<std::size_t>(i)]);
    if (by > length || by < -length) break;  // the next index is outside, and might not be a number
  }
  if (value.is(Kind::list)) return Value::list(std::move(out));
  std::string text;
  for (const Value& c : out) text += c.as_string();
  return Value::string(std::move(text));
}

}  // namespace hone::chat
