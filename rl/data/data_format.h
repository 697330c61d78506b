// Published problem sets as they are downloaded: what a row's fields mean, by the name that data.format takes.
//
// A format adds the fields prompt, reference, id and task to each row, so that data.prompt_template may use them ("Q: {prompt}\nA:")
// beside the row's own fields. docs/data.md, "Formats", lists them with their sources.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

struct DataFormat {
  std::string_view name;
  std::string_view summary;
  std::string_view rewards;  // the fitting rule, as rewards.functions takes it; "" where the rows do not say
  /// Adds the four fields. Throws invalid_argument naming the field that is absent or ill-typed; `where` starts the message.
  void (*adapt)(nlohmann::json& row, const std::string& where);
  /// The published solution as a model would write it after the prompt: what supervised training learns, and what must score 1.
  std::string (*solution)(const nlohmann::json& row, const std::string& where);
};

/// "fields" (rows that name their fields by data.prompt_field and so on) first, then the published sets by name.
std::span<const DataFormat> data_formats();
std::vector<std::string> data_format_names();

/// One of the published sets.
bool is_published_format(std::string_view name);

/// Throws invalid_argument with the known names.
const DataFormat& data_format(std::string_view name);

}  // namespace hone
