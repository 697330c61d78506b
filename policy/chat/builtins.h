// Filters, tests, and the methods of strings and dicts: those that published chat templates use, with the results of Jinja2 and Python.
// Errors are plain text thrown as Failure; the interpreter adds the line. Thread rule: pure functions.
#pragma once

#include <string>

#include "policy/chat/value.h"

namespace hone::chat {

inline constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;  // of any one string
inline constexpr int64_t kMaxListItems = 1'000'000;

Value apply_filter(const std::string& name, const Value& value, const Arguments& arguments);
bool apply_test(const std::string& name, const Value& value, const Arguments& arguments);

/// value.name: a method of a string or dict as a callable, a dict's entry, else undefined. Throws Failure for an undefined value.
Value attribute(const Value& value, const std::string& name);
/// value[index].
Value item(const Value& value, const Value& index);
/// value[start:stop:step], Python's rules; none where a part is absent.
Value slice(const Value& value, const Value& start, const Value& stop, const Value& step);
/// Items of a list, keys of a dict, characters of a string. Throws Failure for other kinds (nothing for an undefined value).
List items_of(const Value& value);
Value binary(const std::string& op, const Value& a, const Value& b);

}  // namespace hone::chat
