#include "rewards/served_functions.h"

#include <algorithm>
#include <sstream>

namespace hone {

ServedFunctions served_functions(const std::vector<std::pair<std::string, double>>& functions,
                                 const std::vector<std::string>& settings) {
  ServedFunctions served;
  for (const auto& [name, weight] : functions) served.push_back({name, weight, std::nullopt});
  for (std::size_t i = 0; i < std::min(served.size(), settings.size()); ++i) served[i].settings = settings[i];
  return served;
}

void to_message(const ServedFunctions& functions, google::protobuf::RepeatedPtrField<v1::RewardFunction>& out) {
  for (const ServedFunction& function : functions) {
    v1::RewardFunction& added = *out.Add();
    added.set_name(function.name);
    added.set_weight(function.weight);
    if (function.settings) added.set_settings_json(*function.settings);
  }
}

ServedFunctions from_message(const google::protobuf::RepeatedPtrField<v1::RewardFunction>& message) {
  ServedFunctions functions;
  for (const v1::RewardFunction& function : message)
    functions.push_back({function.name(), function.weight(),
                         function.has_settings_json() ? std::optional(function.settings_json()) : std::nullopt});
  return functions;
}

bool same_functions(const ServedFunctions& a, const ServedFunctions& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const ServedFunction& x, const ServedFunction& y) {
    return x.name == y.name && x.weight == y.weight && (!x.settings || !y.settings || *x.settings == *y.settings);
  });
}

std::string to_text(const ServedFunctions& functions) {
  std::ostringstream text;
  text.precision(17);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    text << (i > 0 ? ", " : "") << functions[i].name << " (weight " << functions[i].weight;
    if (functions[i].settings) text << ", settings " << *functions[i].settings;
    text << ")";
  }
  return functions.empty() ? "none" : text.str();
}

}  // namespace hone
