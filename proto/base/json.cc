#include "proto/base/json.h"

#include <algorithm>

#include "proto/base/error.h"
#include "proto/base/file.h"

namespace hone {

Json parse_json(std::string_view text, const std::string& source, bool allow_comments) {
  try {
    return Json::parse(text.begin(), text.end(), nullptr, true, allow_comments);
  } catch (const Json::parse_error& e) {
    const std::size_t at = std::min<std::size_t>(e.byte > 0 ? e.byte - 1 : 0, text.size());
    const std::string_view before = text.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::size_t column = at - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    std::string what = e.what();
    if (const auto p = what.find("syntax error"); p != std::string::npos) what = what.substr(p);
    throw Error(ErrorCode::invalid_argument,
                source + ":" + std::to_string(line) + ":" + std::to_string(column) + ": not valid JSON: " + what);
  }
}

Json read_json_file(const std::filesystem::path& path, bool allow_comments) {
  return parse_json(read_file(path), path.string(), allow_comments);
}

std::string json_type_name(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::boolean: return "a boolean";
    case Json::value_t::string: return "a string";
    case Json::value_t::array: return "an array";
    case Json::value_t::object: return "an object";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return "an integer";
    case Json::value_t::number_float: return "a number";
    default: return "binary data";
  }
}

std::string dump_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }
std::string dump_line(const OrderedJson& value) {
  return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace hone
