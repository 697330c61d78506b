#include "policy/format/json_fields.h"

#include <cmath>
#include <limits>

#include "proto/base/error.h"

namespace hone {
namespace {

std::string short_dump(const Json& value) {
  const std::string text = dump_line(value);
  return text.size() <= 80 ? text : text.substr(0, 77) + "...";
}

}  // namespace

JsonFields::JsonFields(const Json& object, const std::string& source) : object_(object), source_(source) {
  if (!object.is_object())
    throw Error(ErrorCode::invalid_argument, source + ": expected a JSON object, found " + json_type_name(object));
}

const Json* JsonFields::find(const std::string& name) const {
  const auto it = object_.find(name);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

void JsonFields::fail(const std::string& name, const std::string& reason) const {
  const Json* value = find(name);
  const std::string shown = value == nullptr ? "" : " " + short_dump(*value);
  throw Error(ErrorCode::invalid_argument, source_ + ": " + name + shown + ": " + reason);
}

const Json& JsonFields::require(const std::string& name) const {
  const Json* value = find(name);
  if (value == nullptr) throw Error(ErrorCode::invalid_argument, source_ + ": field " + name + " is missing");
  return *value;
}

int64_t JsonFields::checked_integer(const Json& value, const std::string& name, int64_t min, int64_t max) const {
  if (!value.is_number_integer()) fail(name, "must be an integer, not " + json_type_name(value));
  const bool above =
      value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()};
  if (above || value.get<int64_t>() < min || value.get<int64_t>() > max)
    fail(name, "must lie in " + std::to_string(min) + ".." + std::to_string(max));
  return value.get<int64_t>();
}

int64_t JsonFields::integer(const std::string& name, int64_t min, int64_t max) const {
  return checked_integer(require(name), name, min, max);
}

int64_t JsonFields::integer_or(const std::string& name, int64_t fallback, int64_t min, int64_t max) const {
  return has(name) ? integer(name, min, max) : fallback;
}

double JsonFields::number(const std::string& name, double min, double max) const {
  const Json& value = require(name);
  if (!value.is_number()) fail(name, "must be a number, not " + json_type_name(value));
  const double number = value.get<double>();
  if (!std::isfinite(number) || number < min || number > max)
    fail(name, "must lie in " + Json(min).dump() + ".." + Json(max).dump());
  return number;
}

double JsonFields::number_or(const std::string& name, double fallback, double min, double max) const {
  return has(name) ? number(name, min, max) : fallback;
}

bool JsonFields::boolean_or(const std::string& name, bool fallback) const {
  const Json* value = find(name);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) fail(name, "must be true or false, not " + json_type_name(*value));
  return value->get<bool>();
}

std::string JsonFields::text_or(const std::string& name, const std::string& fallback) const {
  const Json* value = find(name);
  if (value == nullptr) return fallback;
  if (!value->is_string()) fail(name, "must be a string, not " + json_type_name(*value));
  return value->get<std::string>();
}

std::vector<int32_t> JsonFields::token_ids(const std::string& name, int64_t limit) const {
  const Json* value = find(name);
  std::vector<int32_t> ids;
  if (value == nullptr) return ids;
  if (!value->is_array()) {
    ids.push_back(static_cast<int32_t>(checked_integer(*value, name, 0, limit - 1)));
    return ids;
  }
  for (const Json& item : *value) ids.push_back(static_cast<int32_t>(checked_integer(item, name, 0, limit - 1)));
  return ids;
}

}  // namespace hone
