// Problem sets with reference solutions, as groups for the code reward: completion 0 is the reference solution, completion
// 1 the solution of the next problem, which must score nothing.
#pragma once

#include <zlib.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/trace.h"

namespace hone {

struct Dataset {
  std::string language;                      // tag of the fenced block
  std::vector<std::string> ids;
  std::vector<Group> groups;
};

inline std::string read_text(const std::filesystem::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");  // reads plain files too
  if (!file) throw Error(ErrorCode::not_found, path.string() + ": cannot be opened");
  std::string text;
  char buffer[65536];
  for (int n = 0; (n = gzread(file, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  gzclose(file);
  return text;
}

inline std::vector<Json> read_rows(const std::filesystem::path& path) {
  std::vector<Json> rows;
  std::istringstream lines(read_text(path));
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) rows.push_back(parse_json(line, path.string()));
  return rows;
}

/// `solution(row)` is the whole program of a row.
template <class Solution>
Dataset make_dataset(const std::vector<Json>& rows, const std::string& language, Solution solution) {
  Dataset set;
  set.language = language;
  const auto completion = [&](const Json& row) {
    Completion c;
    c.text = "The function:\n\n````" + language + "\n" + solution(row) + "\n````\n";
    return c;
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Json row = rows[i];
    set.ids.push_back(row["task_id"].is_string() ? row["task_id"].get<std::string>() : row["task_id"].dump());
    row["language"] = language;
    Group group;
    group.problem.id = set.ids.back();
    group.problem.metadata_json = dump_line(row);
    group.completions = {completion(rows[i]), completion(rows[(i + 1) % rows.size()])};
    set.groups.push_back(std::move(group));
  }
  return set;
}

inline std::string text_of(const Json& row, const char* field) { return row.at(field).get<std::string>(); }

inline Dataset humaneval(const std::filesystem::path& file) {
  return make_dataset(read_rows(file), "python", [](const Json& row) { return text_of(row, "prompt") + text_of(row, "canonical_solution"); });
}

inline Dataset mbpp(const std::filesystem::path& file) {
  return make_dataset(read_rows(file), "python", [](const Json& row) { return text_of(row, "code"); });
}

inline Dataset humaneval_cpp(const std::filesystem::path& file) {
  return make_dataset(read_rows(file), "cpp", [](const Json& row) { return text_of(row, "declaration") + text_of(row, "canonical_solution"); });
}

inline Dataset mbcpp(const std::filesystem::path& file) {
  std::vector<Json> rows;
  for (Json& row : read_rows(file))
    if (row.at("canonical_solution").is_string()) rows.push_back(std::move(row));
  return make_dataset(rows, "cpp", [](const Json& row) { return text_of(row, "prompt") + text_of(row, "canonical_solution"); });
}

}  // namespace hone
