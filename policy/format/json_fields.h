// Typed access to the fields of a JSON object, with errors "<source>: <field> <value>: <limit>".
// A field that is null counts as absent. Include in .cc files only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/base/json.h"

namespace hone {

class JsonFields {
 public:
  /// Throws invalid_argument unless `object` is an object. Both arguments must outlive this.
  JsonFields(const Json& object, const std::string& source);

  bool has(const std::string& name) const { return find(name) != nullptr; }
  const Json* find(const std::string& name) const;  // nullptr when absent or null
  const std::string& source() const { return source_; }

  /// Integer in [min, max]. Without a fallback the field is required.
  int64_t integer(const std::string& name, int64_t min, int64_t max) const;
  int64_t integer_or(const std::string& name, int64_t fallback, int64_t min, int64_t max) const;
  /// Finite number in [min, max].
  double number(const std::string& name, double min, double max) const;
  double number_or(const std::string& name, double fallback, double min, double max) const;
  bool boolean_or(const std::string& name, bool fallback) const;
  std::string text_or(const std::string& name, const std::string& fallback) const;
  /// An integer or a list of integers, each in [0, limit); empty when absent.
  std::vector<int32_t> token_ids(const std::string& name, int64_t limit) const;

  [[noreturn]] void fail(const std::string& name, const std::string& reason) const;

 private:
  const Json& require(const std::string& name) const;
  int64_t checked_integer(const Json& value, const std::string& name, int64_t min, int64_t max) const;

  const Json& object_;
  const std::string& source_;
};

}  // namespace hone
