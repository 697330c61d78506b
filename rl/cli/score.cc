#include <functional>
#include <iostream>
#include <memory>
#include <sstream>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rewards/reward_function.h"
#include "rewards/rewarder.h"
#include "rl/cli/cli.h"
#include "rl/cli/score_math.h"

namespace hone {
namespace {

struct ScoreArguments {
  std::string reward, file, settings = "{}";
  bool list = false;
};

std::string text_field(const Json& row, const std::string& name, const std::string& where, bool required) {
  const auto it = row.find(name);
  if (it == row.end() && !required) return "";
  if (it == row.end() || !it->is_string()) throw Error(ErrorCode::invalid_argument, where + ": field '" + name + "' must be a string");
  return it->get<std::string>();
}

int list_rewards() {
  for (const RewardFunctionInfo& info : reward_functions()) {
    std::cout << info.name << ": " << info.summary << "\n";
    std::istringstream settings(info.settings);
    for (std::string line; std::getline(settings, line);) std::cout << "    " << line << "\n";
  }
  return 0;
}

OrderedJson component_json(const RewardComponent& c) {
  return {{"score", c.score}, {"outcome", to_string(c.outcome)}, {"detail", c.detail}};
}

/// Scores a one-completion group: fields of the line that is printed.
using Scorer = std::function<OrderedJson(Group&)>;

/// One function by its name; or a list of them as JSON, weighted and gated as in a run.
Scorer make_scorer(const ScoreArguments& a) {
  if (!a.reward.starts_with("[")) {
    std::shared_ptr<RewardFunction> function = make_reward_function(a.reward, parse_json(a.settings, "--settings"), "--settings");
    return [function](Group& group) { return component_json(function->score(group).at(0)); };
  }
  std::shared_ptr<Rewarder> rewarder = make_local_rewarder(parse_json(a.reward, "reward"), "");
  return [rewarder](Group& group) {
    rewarder->score(group);
    const Reward& reward = group.completions.at(0).reward;
    OrderedJson out{{"score", reward.score}, {"outcome", to_string(reward.outcome)}};
    for (const RewardComponent& c : reward.components) out["rewards"][c.name] = component_json(c);
    return out;
  };
}

int score(const ScoreArguments& a) {
  if (a.list) return list_rewards();
  if (a.reward.empty() || a.file.empty())
    throw Error(ErrorCode::invalid_argument, "score: needs a reward function and a JSONL file (or --list)");
  if (a.reward == "math") return score_math(a.file, a.settings);
  const Scorer scorer = make_scorer(a);
  for_each_jsonl(a.file, [&](const Json& row, std::size_t line) {
    const std::string where = a.file + ":" + std::to_string(line);
    Group group;
    group.problem.prompt = text_field(row, "prompt", where, false);
    group.problem.reference = text_field(row, "reference", where, a.reward.find("code") == std::string::npos);
    group.problem.metadata_json = dump_line(row);
    Completion completion;
    completion.text = text_field(row, "completion", where, true);
    const std::string finish = text_field(row, "finish_reason", where, false);
    completion.finish_reason = finish.empty() ? FinishReason::stop_token : finish_reason_from_string(finish);
    if (const auto tokens = row.find("tokens"); tokens != row.end() && tokens->is_number_integer()) {
      const auto count = tokens->get<int64_t>();
      if (count < 0 || count > (1 << 24)) throw Error(ErrorCode::invalid_argument, where + ": tokens must be in [0, 2^24]");
      completion.token_ids.resize(static_cast<std::size_t>(count));
    }
    group.completions.push_back(std::move(completion));
    OrderedJson out;
    if (row.contains("id")) out["id"] = row["id"];
    out.update(scorer(group));
    std::cout << dump_line(out) << "\n";
  });
  return 0;
}

}  // namespace

void add_score_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<ScoreArguments>();
  CLI::App* c = app.add_subcommand("score", "score completions by a reward function");
  c->add_option("reward", a->reward, "reward function (--list names them), or several as in rewards.functions: '[{\"name\": ...}, ...]'");
  c->add_option("file", a->file,
                "JSONL file of {\"prompt\", \"completion\", \"reference\"}; optional \"finish_reason\", \"tokens\" ('-' = standard input). "
                "For math also {\"gold\", \"pred\"}, optional \"id\", \"mode\"");
  c->add_option("--settings", a->settings, "the function's settings as a JSON object")->capture_default_str();
  c->add_flag("--list", a->list, "list the reward functions and their settings");
  c->callback([a, &action] { action = [a] { return score(*a); }; });
}

}  // namespace hone
