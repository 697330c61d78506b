#include "rl/lenient_reward.h"

#include "proto/base/json.h"

namespace hone {
namespace {

std::optional<Json> lenient_form(const Json& entry) {
  if (!entry.is_object() || !entry.contains("name") || !entry["name"].is_string()) return std::nullopt;
  const std::string name = entry["name"];
  if (name == "integer_answer") return Json{{"name", "numeric"}, {"extraction", "lenient"}};
  if (name == "exact_match") return Json{{"name", "math"}, {"extraction", "lenient"}};
  if (name != "math" && name != "numeric" && name != "multiple_choice") return std::nullopt;
  Json out = entry;
  for (const char* key : {"weight", "label", "only_if", "only_if_not"}) out.erase(key);
  out["extraction"] = "lenient";
  return out;
}

}  // namespace

std::optional<Json> lenient_function(const Json& functions) {
  if (!functions.is_array()) return std::nullopt;
  for (const Json& entry : functions)
    if (const auto form = lenient_form(entry)) return form;
  return std::nullopt;
}

LenientReward make_lenient_reward(const std::string& choice, const std::string& functions_text) {
  if (choice == "none") return {};
  Json entry;
  if (choice == "auto") {
    const auto form = functions_text.empty() ? std::nullopt : lenient_function(parse_json(functions_text, "/rewards/functions"));
    if (!form) return {};
    entry = *form;
  } else {
    entry = choice.starts_with('{') ? parse_json(choice, "--lenient") : Json{{"name", choice}};
  }
  LenientReward out{make_local_rewarder(Json::array({entry}), "--lenient"), ""};
  out.name = out.rewarder->functions().front().first;
  return out;
}

}  // namespace hone
