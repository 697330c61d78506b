// Strict reading of one rule's settings. A rule's factory asks for every key it knows; what remains is an unknown
// key.
//
//   Settings settings(json, "/rewards/functions/0");
//   const bool strip = settings.boolean("strip", true);
//   settings.reject_unknown();   // "/rewards/functions/0/stirp: unknown key; did you mean strip?"
//
// All errors are invalid_argument and name the JSON path, the value and what is allowed.
// Thread rule: one owner; the JSON value must outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

class Settings {
 public:
  /// Throws unless `object` is a JSON object (null counts as an empty one). `source` is the JSON path of the object.
  Settings(const nlohmann::json& object, std::string source);

  /// Without a fallback the key is required.
  bool boolean(const std::string& key, std::optional<bool> fallback = std::nullopt);
  int64_t integer(const std::string& key, int64_t min, int64_t max, std::optional<int64_t> fallback = std::nullopt);
  /// Finite number.
  double number(const std::string& key, std::optional<double> fallback = std::nullopt);
  /// Seconds, more than 0 and at most `max`.
  std::chrono::milliseconds seconds(const std::string& key, double max, double fallback);
  std::string text(const std::string& key, std::optional<std::string> fallback = std::nullopt);
  /// Array of strings, at least one.
  std::vector<std::string> texts(const std::string& key, const std::vector<std::string>& fallback = {});
  /// Any JSON value, or null where the key is absent.
  const nlohmann::json& value(const std::string& key);
  bool has(const std::string& key) const;
  /// One of `allowed`.
  std::string choice(const std::string& key, std::span<const std::string_view> allowed, const std::string& fallback);

  /// The settings of an object inside this one (an empty one if the key is absent): ask it for its keys, then let it reject
  /// the rest. It refers to this object's JSON.
  Settings object(const std::string& key);

  /// Throws for the first key that nothing has asked for, naming the nearest key that something has, or one of
  /// `elsewhere` (keys of the same config entry that were taken out before).
  void reject_unknown(std::span<const std::string> elsewhere = {}) const;
  /// JSON path of the object.
  const std::string& source() const { return source_; }
  /// Throws "<source>/<key>: <what>".
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

 private:
  const nlohmann::json* find(const std::string& key, bool required);
  [[noreturn]] void wrong_type(const std::string& key, const nlohmann::json& value, const std::string& expected) const;

  const nlohmann::json& object_;
  std::string source_;
  std::vector<std::string> known_;
};

}  // namespace hone
