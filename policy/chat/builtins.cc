#include "policy/chat/builtins.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace hone::chat {
namespace {

using Kind = Value::Kind;

std::string cased(std::string text, bool upper) {
  for (char& c : text) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string capitalized(const std::string& text) {
  return text.empty() ? text : cased(text.substr(0, 1), true) + cased(text.substr(1), false);
}

std::string titled(const std::string& text) {
  std::string out = cased(text, false);
  bool inside = false;
  for (char& c : out) {
    const bool letter = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    if (letter && !inside) c = cased(std::string(1, c), true)[0];
    inside = letter;
  }
  return out;
}

std::string need_text(const Value& v, const std::string& what) {
  if (!v.is(Kind::string)) throw Failure(what + " needs a string, found " + std::string(v.type_name()));
  return v.as_string();
}

int64_t need_integer(const Value& v, const std::string& what) {
  if (!v.is(Kind::integer) && !v.is(Kind::boolean)) throw Failure(what + " needs an integer, found " + std::string(v.type_name()));
  return v.as_integer();
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to, int64_t most) {
  if (from.empty()) throw Failure("replace: the text to look for is empty");
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text.find(from); found != std::string::npos && most != 0; found = text.find(from, at), --most) {
    out.append(text, at, found - at).append(to);
    at = found + from.size();
    if (out.size() > kMaxTextBytes) throw Failure("replace: the result is too long");
  }
  return out.append(text, at, std::string::npos);
}

Value split(const std::string& text, const Value& separator, int64_t most, bool from_right) {
  List out;
  const auto add = [&](std::string part) { out.push_back(Value::string(std::move(part))); };
  if (separator.is(Kind::none)) {
    std::string rest = strip(text, Side::both), word;
    for (const std::string& c : characters(rest)) {
      if (strip(c, Side::both).empty()) {
        if (!word.empty()) add(std::move(word)), word.clear();
      } else {
        word += c;
      }
    }
    if (!word.empty()) add(std::move(word));
    if (most >= 0 && static_cast<int64_t>(out.size()) > most + 1) throw Failure("split: a limit needs a separator here");
    return Value::list(std::move(out));
  }
  const std::string by = need_text(separator, "split");
  if (by.empty()) throw Failure("split: the separator is empty");
  std::vector<std::size_t> cuts;
  for (std::size_t at = text.find(by); at != std::string::npos; at = text.find(by, at + by.size())) cuts.push_back(at);
  if (most >= 0 && cuts.size() > static_cast<std::size_t>(most)) {
    const auto extra = static_cast<std::ptrdiff_t>(cuts.size() - static_cast<std::size_t>(most));
    if (from_right) cuts.erase(cuts.begin(), cuts.begin() + extra);
    else cuts.erase(cuts.end() - extra, cuts.end());
  }
  std::size_t at = 0;
  for (const std::size_t cut : cuts) {
    add(text.substr(at, cut - at));
    at = cut + by.size();
  }
  add(text.substr(at));
  return Value::list(std::move(out));
}

std::string joined(const Value& list, const std::string& by) {
  std::string out;
  bool first = true;
  for (const Value& v : items_of(list)) {
    if (!first) out += by;
    first = false;
    out += v.text();
    if (out.size() > kMaxTextBytes) throw Failure("join: the result is too long");
  }
  return out;
}

/// startswith and endswith take one text or a list of them.
bool has_affix(const std::string& text, const Value& affix, bool start) {
  if (affix.is(Kind::list))
    return std::any_of(affix.as_list().begin(), affix.as_list().end(), [&](const Value& v) { return has_affix(text, v, start); });
  const std::string part = need_text(affix, start ? "startswith" : "endswith");
  return start ? text.starts_with(part) : text.ends_with(part);
}

using TextMethod = Value (*)(const std::string&, const Arguments&);

std::string strip_characters(const Arguments& a) { return a.get(0, "chars").is(Kind::none) ? "" : need_text(a.get(0, "chars"), "strip"); }

const std::map<std::string, TextMethod>& text_methods() {
  static const std::map<std::string, TextMethod> kMethods = {
      {"strip", [](const std::string& s, const Arguments& a) { return Value::string(strip(s, Side::both, strip_characters(a))); }},
      {"lstrip", [](const std::string& s, const Arguments& a) { return Value::string(strip(s, Side::left, strip_characters(a))); }},
      {"rstrip", [](const std::string& s, const Arguments& a) { return Value::string(strip(s, Side::right, strip_characters(a))); }},
      {"upper", [](const std::string& s, const Arguments&) { return Value::string(cased(s, true)); }},
      {"lower", [](const std::string& s, const Arguments&) { return Value::string(cased(s, false)); }},
      {"title", [](const std::string& s, const Arguments&) { return Value::string(titled(s)); }},
      {"capitalize", [](const std::string& s, const Arguments&) { return Value::string(capitalized(s)); }},
      {"startswith", [](const std::string& s, const Arguments& a) { return Value::boolean(has_affix(s, a.get(0, "prefix"), true)); }},
      {"endswith", [](const std::string& s, const Arguments& a) { return Value::boolean(has_affix(s, a.get(0, "suffix"), false)); }},
      {"split", [](const std::string& s, const Arguments& a) {
         return split(s, a.get(0, "sep"), need_integer(a.get(1, "maxsplit", Value::integer(-1)), "split"), false);
       }},
      {"rsplit", [](const std::string& s, const Arguments& a) {
         return split(s, a.get(0, "sep"), need_integer(a.get(1, "maxsplit", Value::integer(-1)), "rsplit"), true);
       }},
      {"splitlines", [](const std::string& s, const Arguments&) {
         Value lines = split(s, Value::string("\n"), -1, false);
         if (!s.empty() && s.back() != '\n') return lines;
         List all = lines.as_list();
         all.pop_back();
         return Value::list(std::move(all));
       }},
      {"replace", [](const std::string& s, const Arguments& a) {
         return Value::string(replaced(s, need_text(a.get(0, "old"), "replace"), need_text(a.get(1, "new"), "replace"),
                                       need_integer(a.get(2, "count", Value::integer(-1)), "replace")));
       }},
      {"find", [](const std::string& s, const Arguments& a) {
         const std::size_t at = s.find(need_text(a.get(0, "sub"), "find"));
         return Value::integer(at == std::string::npos ? -1 : static_cast<int64_t>(characters(s.substr(0, at)).size()));
       }},
      {"join", [](const std::string& s, const Arguments& a) { return Value::string(joined(a.get(0, "iterable"), s)); }},
      {"isdigit", [](const std::string& s, const Arguments&) {
         return Value::boolean(!s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; }));
       }},
  };
  return kMethods;
}

Value dict_items(const Dict& dict) {
  List out;
  for (const auto& [key, value] : dict.items) out.push_back(Value::list({Value::string(key), value}));
  return Value::list(std::move(out));
}

Value dict_method(const Value& value, const std::string& name) {
  if (name == "items") return Value::callable([value](const Arguments&) { return dict_items(value.as_dict()); });
  if (name == "keys") return Value::callable([value](const Arguments&) { return Value::list(items_of(value)); });
  if (name == "values") {
    return Value::callable([value](const Arguments&) {
      List out;
      for (const auto& [key, entry] : value.as_dict().items) out.push_back(entry);
      return Value::list(std::move(out));
    });
  }
  if (name == "get") {
    return Value::callable([value](const Arguments& a) {
      const Value key = a.get(0, "key");
      const Value* found = key.is(Kind::string) ? value.as_dict().find(key.as_string()) : nullptr;
      return found != nullptr ? *found : a.get(1, "default");
    });
  }
  return Value();
}

int64_t length_of(const Value& v) {
  if (v.is(Kind::string)) return static_cast<int64_t>(characters(v.as_string()).size());
  if (v.is(Kind::list)) return static_cast<int64_t>(v.as_list().size());
  if (v.is(Kind::dict)) return static_cast<int64_t>(v.as_dict().items.size());
  if (v.is(Kind::undefined)) return 0;
  throw Failure("length: " + std::string(v.type_name()) + " has none");
}

/// map(attribute="a.b") and the like: a dotted path.
Value path(Value value, const std::string& names) {
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find('.', begin), names.size());
    value = attribute(value, names.substr(begin, end - begin));
    begin = end + 1;
  }
  return value;
}

Arguments rest_of(const Arguments& a, std::size_t from) {
  Arguments out;
  for (std::size_t i = from; i < a.positional.size(); ++i) out.positional.push_back(a.positional[i]);
  return out;
}

Value mapped(const Value& value, const Arguments& a) {
  List out;
  const Value name = a.get(99, "attribute");
  for (const Value& v : items_of(value)) {
    if (!name.is(Kind::none)) {
      Value found = path(v, need_text(name, "map"));
      out.push_back(found.is(Kind::undefined) ? a.get(99, "default", found) : found);
    } else {
      out.push_back(apply_filter(need_text(a.get(0, "filter"), "map"), v, rest_of(a, 1)));
    }
  }
  return Value::list(std::move(out));
}

/// select, reject (by test) and selectattr, rejectattr (by test of an attribute).
Value selected(const std::string& name, const Value& value, const Arguments& a) {
  const bool by_attribute = name.ends_with("attr"), keep = name.starts_with("select");
  const std::size_t test = by_attribute ? 1 : 0;
  List out;
  for (const Value& v : items_of(value)) {
    const Value subject = by_attribute ? path(v, need_text(a.get(0, "attribute"), name)) : v;
    const bool passes = a.positional.size() > test ? apply_test(need_text(a.positional[test], name), subject, rest_of(a, test + 1)) : subject.truthy();
    if (passes == keep) out.push_back(v);
  }
  return Value::list(std::move(out));
}

Value sorted(const Value& value, const Arguments& a) {
  List out = items_of(value);
  const Value name = a.get(99, "attribute");
  const auto key = [&](const Value& v) { return name.is(Kind::none) ? v : path(v, need_text(name, "sort")); };
  std::stable_sort(out.begin(), out.end(), [&](const Value& x, const Value& y) { return binary("<", key(x), key(y)).truthy(); });
  if (a.get(0, "reverse", Value::boolean(false)).truthy()) std::reverse(out.begin(), out.end());
  return Value::list(std::move(out));
}

std::string indented(const std::string& text, const Arguments& a) {
  const Value width = a.get(0, "width", Value::integer(4));
  const int64_t count = width.is(Kind::integer) ? width.as_integer() : 4;
  if (count < 0 || count > 1000) throw Failure("indent: the width must be 0 to 1000");
  const std::string blanks(static_cast<std::size_t>(count), ' ');
  std::string out = a.get(1, "first", Value::boolean(false)).truthy() ? blanks : "";
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '\n' && i + 1 < text.size() && (text[i + 1] != '\n' || a.get(2, "blank", Value::boolean(false)).truthy())) out += blanks;
  }
  return out;
}

Value end_of(const Value& value, bool first) {
  const List all = items_of(value);
  if (all.empty()) return Value::undefined(first ? "the first of nothing" : "the last of nothing");
  return first ? all.front() : all.back();
}

}  // namespace

Value attribute(const Value& value, const std::string& name) {
  if (value.is(Kind::undefined)) throw Failure("'" + name + "' of an undefined value was asked for");
  if (value.is(Kind::string)) {
    const auto method = text_methods().find(name);
    if (method == text_methods().end()) return Value::undefined(name);
    return Value::callable([text = value.as_string(), call = method->second](const Arguments& a) { return call(text, a); });
  }
  if (!value.is(Kind::dict)) return Value::undefined(name);
  if (!value.as_dict().is_namespace) {
    Value method = dict_method(value, name);
    if (method.is(Kind::callable)) return method;
  }
  const Value* found = value.as_dict().find(name);
  return found != nullptr ? *found : Value::undefined(name);
}

Value apply_filter(const std::string& name, const Value& v, const Arguments& a) {
  if (name == "tojson") return Value::string(to_json_text(v, a.get(1, "indent").is(Kind::none) ? -1 : need_integer(a.get(1, "indent"), "tojson")));
  if (name == "trim") return Value::string(strip(v.text(), Side::both, strip_characters(a)));
  if (name == "length" || name == "count") return Value::integer(length_of(v));
  if (name == "list") return Value::list(items_of(v));
  if (name == "string" || name == "safe") return Value::string(v.text());
  if (name == "lower") return Value::string(cased(v.text(), false));
  if (name == "upper") return Value::string(cased(v.text(), true));
  if (name == "title") return Value::string(titled(v.text()));
  if (name == "capitalize") return Value::string(capitalized(v.text()));
  if (name == "join") return Value::string(joined(v, a.get(0, "d", Value::string("")).text()));
  if (name == "replace")
    return Value::string(replaced(v.text(), need_text(a.get(0, "old"), name), need_text(a.get(1, "new"), name), need_integer(a.get(2, "count", Value::integer(-1)), name)));
  if (name == "default" || name == "d") {
    const bool falsy_too = a.get(1, "boolean", Value::boolean(false)).truthy();
    return v.is(Kind::undefined) || (falsy_too && !v.truthy()) ? a.get(0, "default_value", Value::string("")) : v;
  }
  if (name == "first" || name == "last") return end_of(v, name == "first");
  if (name == "items" || name == "dictsort") {
    if (!v.is(Kind::dict)) throw Failure(name + ": needs a dict, found " + std::string(v.type_name()));
    return name == "items" ? dict_items(v.as_dict()) : sorted(dict_items(v.as_dict()), {});
  }
  if (name == "map") return mapped(v, a);
  if (name == "select" || name == "reject" || name == "selectattr" || name == "rejectattr") return selected(name, v, a);
  if (name == "sort") return sorted(v, a);
  if (name == "reverse") {
    List all = items_of(v);
    std::reverse(all.begin(), all.end());
    return v.is(Kind::string) ? Value::string(joined(Value::list(std::move(all)), "")) : Value::list(std::move(all));
  }
  if (name == "unique") {
    List out;
    for (const Value& item : items_of(v))
      if (std::find(out.begin(), out.end(), item) == out.end()) out.push_back(item);
    return Value::list(std::move(out));
  }
  if (name == "indent") return Value::string(indented(v.text(), a));
  if (name == "abs") return v.is(Kind::real) ? Value::real(std::fabs(v.as_real())) : Value::integer(std::abs(need_integer(v, "abs")));
  if (name == "int") {
    if (v.is(Kind::string)) return Value::integer(std::strtoll(v.as_string().substr(0, 18).c_str(), nullptr, 10));
    return v.is_number() && std::fabs(v.as_real()) < 9e15 ? Value::integer(static_cast<int64_t>(v.as_real())) : a.get(0, "default", Value::integer(0));
  }
  throw Failure("there is no filter '" + name + "' in a chat template");
}

bool apply_test(const std::string& name, const Value& v, const Arguments& a) {
  if (name == "defined") return !v.is(Kind::undefined);
  if (name == "undefined") return v.is(Kind::undefined);
  if (name == "none") return v.is(Kind::none);
  if (name == "string") return v.is(Kind::string);
  if (name == "boolean") return v.is(Kind::boolean);
  if (name == "true" || name == "false") return v.is(Kind::boolean) && v.truthy() == (name == "true");
  if (name == "integer") return v.is(Kind::integer);
  if (name == "float") return v.is(Kind::real);
  if (name == "number") return v.is_number();
  if (name == "mapping") return v.is(Kind::dict);
  if (name == "iterable" || name == "sequence") return v.is(Kind::list) || v.is(Kind::dict) || v.is(Kind::string) || (v.is(Kind::undefined));
  if (name == "callable") return v.is(Kind::callable);
  if (name == "odd" || name == "even") return (need_integer(v, name) % 2 == 0) == (name == "even");
  if (name == "divisibleby") {
    const int64_t by = need_integer(a.get(0, "num"), name);
    if (by == 0) throw Failure("divisibleby: 0");
    return need_integer(v, name) % by == 0;
  }
  static const std::map<std::string, std::string> kComparisons = {
      {"equalto", "=="}, {"eq", "=="}, {"==", "=="}, {"sameas", "=="}, {"ne", "!="}, {"!=", "!="}, {"in", "in"}, {"lt", "<"},
      {"lessthan", "<"}, {"<", "<"},   {"le", "<="}, {"<=", "<="},     {"gt", ">"},  {"greaterthan", ">"}, {">", ">"}, {"ge", ">="}, {">=", ">="}};
  const auto comparison = kComparisons.find(name);
  if (comparison == kComparisons.end()) throw Failure("there is no test '" + name + "' in a chat template");
  return binary(comparison->second, v, a.get(0, "other")).truthy();
}

}  // namespace hone::chat
