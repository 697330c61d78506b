// The fields of a JSONL row as text. Errors name the row and the field. Thread rule: pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hone {

/// A row's field as text: strings as they are, numbers and booleans as JSON writes them. Throws invalid_argument when it is absent or
/// something else; `where` starts the message.
std::string field_text(const nlohmann::json& row, const std::string& field, const std::string& where);

/// The same, "" where the field is absent.
std::string optional_text(const nlohmann::json& row, const std::string& field, const std::string& where);

/// Replaces each {name} by the row's field ("{{" and "}}" are braces). Throws invalid_argument naming a field that is absent.
std::string render_template(const std::string& text, const nlohmann::json& row, const std::string& where);

}  // namespace hone
