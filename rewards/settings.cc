#include "rewards/settings.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/suggest.h"
#include "rewards/text.h"

namespace hone {
namespace {

const Json& empty_object() {
  static const Json empty = Json::object();
  return empty;
}

}  // namespace

Settings::Settings(const nlohmann::json& object, std::string source)
    : object_(object.is_null() ? empty_object() : object), source_(std::move(source)) {
  if (!object_.is_object())
    throw Error(ErrorCode::invalid_argument, source_ + ": expected an object, found " + json_type_name(object_));
}

bool Settings::boolean(const std::string& key, std::optional<bool> fallback) {
  const Json* value = find(key, !fallback);
  if (!value) return *fallback;
  if (!value->is_boolean()) wrong_type(key, *value, "true or false");
  return value->get<bool>();
}

int64_t Settings::integer(const std::string& key, int64_t min, int64_t max, std::optional<int64_t> fallback) {
  const Json* value = find(key, !fallback);
  if (!value) return *fallback;
  const std::string range = "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  if (!value->is_number_integer()) wrong_type(key, *value, range);
  const bool too_large = value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
  if (too_large || value->get<int64_t>() < min || value->get<int64_t>() > max)
    fail(key, value->dump() + " is out of range; give " + range);
  return value->get<int64_t>();
}

double Settings::number(const std::string& key, std::optional<double> fallback) {
  const Json* value = find(key, !fallback);
  if (!value) return *fallback;
  if (!value->is_number()) wrong_type(key, *value, "a number");
  const double number = value->get<double>();
  if (!std::isfinite(number)) fail(key, "the number is not finite; give a finite number");
  return number;
}

std::chrono::milliseconds Settings::seconds(const std::string& key, double max, double fallback) {
  const double value = number(key, fallback);
  if (value <= 0 || value > max)
    fail(key, Json(value).dump() + " is out of range; give seconds, more than 0 and at most " + Json(max).dump());
  return std::chrono::milliseconds(std::max<int64_t>(1, std::llround(value * 1000)));
}

std::string Settings::text(const std::string& key, std::optional<std::string> fallback) {
  const Json* value = find(key, !fallback);
  if (!value) return *std::move(fallback);
  if (!value->is_string()) wrong_type(key, *value, "a string");
  return value->get<std::string>();
}

std::vector<std::string> Settings::texts(const std::string& key, const std::vector<std::string>& fallback) {
  const Json* value = find(key, fallback.empty());
  if (!value) return fallback;
  const std::string expected = "an array of at least one string";
  if (!value->is_array()) wrong_type(key, *value, expected);
  if (value->empty()) fail(key, "empty; give " + expected);
  std::vector<std::string> out;
  for (const Json& text : *value) {
    if (!text.is_string()) wrong_type(key, text, expected);
    out.push_back(text.get<std::string>());
  }
  return out;
}

const nlohmann::json& Settings::value(const std::string& key) {
  static const Json kNull;
  const Json* value = find(key, false);
  return value ? *value : kNull;
}

bool Settings::has(const std::string& key) const { return object_.contains(key); }

std::string Settings::choice(const std::string& key, std::span<const std::string_view> allowed,
                             const std::string& fallback) {
  const std::string value = text(key, fallback);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  std::string names;
  for (std::string_view name : allowed) names += (names.empty() ? "" : ", ") + std::string(name);
  fail(key, "unknown value '" + excerpt(value) + "'; give one of: " + names);
}

Settings Settings::object(const std::string& key) {
  const Json* value = find(key, false);
  return Settings(value ? *value : empty_object(), source_ + "/" + key);
}

void Settings::reject_unknown(std::span<const std::string> elsewhere) const {
  std::vector<std::string> named = known_;
  named.insert(named.end(), elsewhere.begin(), elsewhere.end());
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    fail(excerpt(key), "unknown key" + (named.empty() ? "; this entry has no settings" : suggestion(key, named)));
  }
}

void Settings::fail(const std::string& key, const std::string& what) const {
  throw Error(ErrorCode::invalid_argument, source_ + "/" + key + ": " + what);
}

const nlohmann::json* Settings::find(const std::string& key, bool required) {
  known_.push_back(key);
  const auto it = object_.find(key);
  if (it != object_.end()) return &*it;
  if (!required) return nullptr;
  const std::vector<std::string> wanted{key};
  for (const auto& [present, value] : object_.items())
    if (const std::string hint = suggestion(present, wanted); hint.starts_with("; did you mean"))
      fail(excerpt(present), "unknown key" + hint);
  fail(key, "missing; this setting is required");
}

void Settings::wrong_type(const std::string& key, const nlohmann::json& value, const std::string& expected) const {
  fail(key, "expected " + expected + ", found " + json_type_name(value));
}

}  // namespace hone
