// A run in one page of text: the curve of reward and held-out accuracy, before and after with interval and paired test, by task,
// cost, and some problems before and after. `hone report RUN`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hone {

struct RunReport {
  std::string text;
  std::string json;  // the same numbers, one object
};

/// Reads metrics.jsonl and eval-*.jsonl of a run folder. Throws not_found / invalid_argument naming the file.
RunReport make_report(const std::filesystem::path& run, int examples);

/// One column a value, `height` rows, y axis labelled with the range. Values that are NaN leave a gap.
std::string text_chart(const std::string& title, const std::vector<double>& x, const std::vector<double>& y, int width, int height);

}  // namespace hone
