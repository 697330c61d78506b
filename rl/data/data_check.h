// `hone data check`: what a file of rows holds and what is wrong with it, in one pass. Thread rule: one thread.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "rl/data/row_screen.h"

namespace hone {

struct DataReport {
  std::string text;  // for a person, with an end of line
  std::string json;  // one object
  int64_t flaws = 0;
};

/// `token_count`: tokens of a prompt; empty = not counted. `examples`: shown of each flaw.
DataReport check_data(RowFiles& files, const ScreenOptions& options, std::size_t examples,
                      const std::function<int64_t(std::string_view)>& token_count);

}  // namespace hone
