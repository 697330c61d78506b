#include "rl/data/row_fields.h"

#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {

std::string field_text(const Json& row, const std::string& field, const std::string& where) {
  const auto it = row.find(field);
  if (it == row.end()) throw Error(ErrorCode::invalid_argument, where + ": field '" + field + "' is missing");
  if (it->is_string()) return it->get<std::string>();
  if (it->is_number() || it->is_boolean()) return it->dump();
  throw Error(ErrorCode::invalid_argument,
              where + ": field '" + field + "' is " + json_type_name(*it) + ", a string or number is needed");
}

std::string optional_text(const Json& row, const std::string& field, const std::string& where) {
  return row.contains(field) ? field_text(row, field, where) : "";
}

std::string render_template(const std::string& text, const Json& row, const std::string& where) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      out += c;
      ++i;
    } else if (c == '{') {
      const std::size_t close = text.find('}', i);
      if (close == std::string::npos)
        throw Error(ErrorCode::invalid_argument, "template: '{' without '}' (write {{ for a brace)");
      out += field_text(row, text.substr(i + 1, close - i - 1), where);
      i = close;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace hone
