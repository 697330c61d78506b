// Values of a --reward option. Thread rule: pure function.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hone {

/// As rewards.functions: each value is a rule's name, or an entry as JSON. Throws invalid_argument for broken JSON.
nlohmann::json reward_functions_of(const std::vector<std::string>& options);

}  // namespace hone
