// "command": a reward function in a program of any language, which Hone starts and talks to over its standard streams: one
// JSON object a line, a batch of completions in, their scores out.
//
//   in   {"id": 7, "problem_id": "12", "task": "", "prompt": "3+4=", "reference": "7", "metadata": {},
//         "completions": [{"text": "7", "finish_reason": "stop_token", "tokens": 2}]}
//   out  {"id": 7, "scores": [1.0]}
//
// A score is a number; null for a completion that the function does not apply to; or an object {"score": 0.5, "detail": "why"},
// {"skipped": "why"}, {"error": "why"}. {"id": 7, "error": "why"} is an error for the whole batch. All else is an error too, and
// the program is started anew: an answer that is out of step must not be taken for another request's.
#include <atomic>
#include <cmath>
#include <span>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/thread_pool.h"
#include "rewards/process/helper_pool.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr int64_t kMaxProcesses = 256;
constexpr double kMaxTimeoutS = 86'400;

std::string request_line(uint64_t id, const Problem& problem, std::span<const Completion> completions) {
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

/// The components that a reply gives, or nullopt for what is not a reply to request `id`.
std::optional<std::vector<RewardComponent>> read_reply(std::string_view line, uint64_t id, std::size_t count) {
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

class Command final : public RewardFunction {
 public:
  Command(const HelperOptions& options, int processes, bool one_at_a_time)
      : pool_(options, processes), one_at_a_time_(one_at_a_time) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    const std::span<const Completion> all(group.completions);
    if (!one_at_a_time_) return ask(group.problem, all);
    std::vector<RewardComponent> components;
    for (std::size_t i = 0; i < all.size(); ++i) components.push_back(ask(group.problem, all.subspan(i, 1)).at(0));
    return components;
  }

 private:
  std::vector<RewardComponent> ask(const Problem& problem, std::span<const Completion> completions) const {
    if (completions.empty()) return {};
    const uint64_t id = ++requests_;
    std::optional<std::vector<RewardComponent>> components;
    const HelperReply reply = pool_.request(request_line(id, problem, completions), [&](std::string_view line) {
      components = read_reply(line, id, completions.size());
      return components.has_value();
    });
    if (reply.status == HelperStatus::ok) return *std::move(components);
    return std::vector<RewardComponent>(completions.size(), failed(reply.text));
  }

  mutable HelperPool pool_;
  mutable std::atomic<uint64_t> requests_{0};
  bool one_at_a_time_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_command(Settings& settings) {
  HelperOptions options;
  options.argv = settings.texts("argv");
  options.name = "command " + options.argv[0];
  options.deadline = settings.seconds("timeout_s", kMaxTimeoutS, 30.0);
  options.start_allowance = settings.seconds("start_timeout_s", kMaxTimeoutS, 60.0);
  const auto processes = settings.integer("processes", 1, kMaxProcesses, available_threads());
  const bool one_at_a_time = settings.boolean("one_at_a_time", false);
  try {
    return std::make_unique<Command>(options, static_cast<int>(processes), one_at_a_time);
  } catch (const Error& e) {
    settings.fail("argv", e.what());
  }
}

}  // namespace hone
