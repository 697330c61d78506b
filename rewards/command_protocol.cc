#include "rewards/command_protocol.h"

#include <cmath>

#include "proto/base/json.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

std::string text_or(const Json& value, const std::string& otherwise) {
  return value.is_string() ? excerpt(value.get<std::string>(), 500) : otherwise;
}

std::optional<RewardComponent> component_of(const Json& value) {
  if (value.is_null()) return skipped("the command does not apply to this sample");
  const Json* score = &value;
  std::string detail;
  if (value.is_object()) {
    if (value.contains("error")) return failed(text_or(value["error"], "the command gave an error"));
    if (value.contains("skipped")) return skipped(text_or(value["skipped"], ""));
    if (!value.contains("score")) return std::nullopt;
    score = &value["score"];
    detail = text_or(value.value("detail", Json()), "");
  }
  if (score->is_boolean()) return scored(score->get<bool>() ? 1.0 : 0.0, detail);
  if (!score->is_number() || !std::isfinite(score->get<double>())) return std::nullopt;
  return scored(score->get<double>(), detail);
}

}  // namespace

std::string write_command_request(uint64_t id, const Problem& problem, std::span<const Completion> completions) {
  OrderedJson line;
  line["id"] = id;
  line["problem_id"] = problem.id;
  line["task"] = problem.task;
  line["prompt"] = problem.prompt;
  line["reference"] = problem.reference;
  OrderedJson metadata = OrderedJson::parse(problem.metadata_json, nullptr, false);
  line["metadata"] = metadata.is_object() ? std::move(metadata) : OrderedJson::object();
  OrderedJson& list = line["completions"] = OrderedJson::array();
  for (const Completion& c : completions)
    list.push_back({{"text", c.text}, {"finish_reason", to_string(c.finish_reason)}, {"tokens", c.token_ids.size()}});
  return dump_line(line);
}

std::optional<std::vector<RewardComponent>> read_command_reply(std::string_view line, uint64_t id, std::size_t count) {
  const Json reply = Json::parse(line, nullptr, false);
  if (!reply.is_object() || !reply.contains("id") || reply["id"] != Json(id)) return std::nullopt;
  if (reply.contains("error"))
    return std::vector<RewardComponent>(count, failed(text_or(reply["error"], "the command gave an error")));
  if (!reply.contains("scores") || !reply["scores"].is_array() || reply["scores"].size() != count) return std::nullopt;
  std::vector<RewardComponent> components;
  for (const Json& value : reply["scores"]) {
    std::optional<RewardComponent> component = component_of(value);
    if (!component) return std::nullopt;
    components.push_back(*std::move(component));
  }
  return components;
}

}  // namespace hone
