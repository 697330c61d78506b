// JSON reading with errors a person can act on. The full nlohmann header costs 5 s a file to compile: include this one in
// .cc files only; headers use <nlohmann/json_fwd.hpp>.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace hone {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// Parses text (with // comments when asked). Errors: "<source>:<line>:<column>: <reason>" as invalid_argument.
Json parse_json(std::string_view text, const std::string& source, bool allow_comments = false);
Json read_json_file(const std::filesystem::path& path, bool allow_comments = false);

/// Name of a JSON value's type for messages: "a string", "an integer", "an object"...
std::string json_type_name(const Json& value);

/// One line, invalid UTF-8 replaced by U+FFFD (never throws on text).
std::string dump_line(const Json& value);
std::string dump_line(const OrderedJson& value);

}  // namespace hone
