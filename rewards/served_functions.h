// The functions of a reward server as the two sides compare them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hone/v1/reward.pb.h"
#include "rewards/rewarder.h"

namespace hone {

struct ServedFunction {
  std::string name;
  double weight = 0.0;
  std::optional<std::string> settings;  // JSON with sorted keys; absent: not known
};
using ServedFunctions = std::vector<ServedFunction>;

ServedFunctions served_functions(const std::vector<std::pair<std::string, double>>& functions,
                                 const std::vector<std::string>& settings);

void to_message(const ServedFunctions& functions, google::protobuf::RepeatedPtrField<v1::RewardFunction>& out);
ServedFunctions from_message(const google::protobuf::RepeatedPtrField<v1::RewardFunction>& message);

/// Equal names, weights and order, and settings where both sides know them.
bool same_functions(const ServedFunctions& a, const ServedFunctions& b);
/// "numeric (weight 1, settings {}), overlong (weight 0.5, settings {...})", or "none".
std::string to_text(const ServedFunctions& functions);

}  // namespace hone
