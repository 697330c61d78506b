#include "rl/cli/reward_option.h"

#include "proto/base/json.h"

namespace hone {

Json reward_functions_of(const std::vector<std::string>& options) {
  Json functions = Json::array();
  for (const std::string& option : options) functions.push_back(option.starts_with('{') ? parse_json(option, "--reward") : Json{{"name", option}});
  return functions;
}

}  // namespace hone
