#include "rl/compare/plan.h"

#include <algorithm>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/generation_config.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

std::string seed_name(int64_t seed) { return "seed-" + std::to_string(seed); }

void add_sets(std::vector<std::string>& arguments, const std::vector<std::string>& values) {
  for (const std::string& value : values) arguments.insert(arguments.end(), {"--set", value});
}

std::string text_value(const std::string& key, const std::string& value) { return key + "=" + Json(value).dump(); }

/// Prices of the comparison that a run's ledger and budget go by.
std::vector<std::string> cost_overrides(const CostSection& cost) {
  std::vector<std::string> out;
  if (!cost.hardware.empty()) out.push_back(text_value("cost.hardware", cost.hardware));
  if (cost.usd_per_hour) out.push_back("cost.usd_per_hour=" + Json(*cost.usd_per_hour).dump());
  if (!cost.prices.text.empty()) out.push_back("cost.prices=" + cost.prices.text);
  return out;
}

CompareStage run_stage(const CompareConfig& config, const std::string& command, const std::string& file, const Overrides& set, int64_t seed,
                const fs::path& folder) {
  CompareStage stage;
  stage.seed = seed;
  stage.folder = folder;
  stage.config = file;
  stage.arguments = {command, file};
  add_sets(stage.arguments, assignments(set));
  add_sets(stage.arguments, cost_overrides(config.cost));
  add_sets(stage.arguments, {text_value("run.output_dir", folder.string()), "run.seed=" + std::to_string(seed)});
  return stage;
}

CompareStage samples_stage(const CompareConfig& config, const ArmConfig& arm, int64_t seed) {
  const TrainConfig g = eval_config_of(config, arm, nullptr);
  if (!g.rewards.server.empty())
    throw Error(ErrorCode::unimplemented, "arm '" + arm.name + "': rejection_sft scores in its own process; eval.config names a reward server");
  if (!g.sampling.stop_token_ids.empty() || g.sampling.repetition_penalty != 1.0)
    throw Error(ErrorCode::unimplemented, "arm '" + arm.name + "': rejection_sft samples without sampling.stop_token_ids and repetition_penalty, which eval.config sets");
  CompareStage stage;
  stage.seed = seed;
  stage.samples = true;
  stage.folder = samples_folder(config, arm, seed);
  const RejectionConfig& r = arm.rejection;
  std::vector<std::string>& a = stage.arguments;
  a = {"generate", base_model(config, seed), "--file", r.file, "--n", std::to_string(r.num_generations), "--limit", std::to_string(r.limit),
       "--temperature", Json(r.temperature).dump(), "--max-new-tokens", std::to_string(g.sampling.max_completion_length), "--top-k",
       std::to_string(g.sampling.top_k), "--top-p", Json(g.sampling.top_p).dump(), "--min-p", Json(g.sampling.min_p).dump(), "--keep", "correct",
       "--per-prompt", std::to_string(r.per_prompt), "--seed", std::to_string(seed), "--threads", std::to_string(g.threads), "--prompt-field",
       g.data.prompt_field, "--reference-field", g.data.reference_field, "--output", (stage.folder / "samples.jsonl").string(), "--stats",
       (stage.folder / "cost.json").string()};
  for (const Json& function : parse_json(g.rewards.functions.text, "/rewards/functions")) a.insert(a.end(), {"--reward", function.dump()});
  for (const std::string& stop : g.sampling.stop) a.insert(a.end(), {"--stop", stop});
  if (!g.data.prompt_template.empty()) a.insert(a.end(), {"--prompt-template", g.data.prompt_template});
  if (g.data.add_special_tokens) a.push_back("--add-special-tokens");
  if (g.data.apply_chat_template) a.insert(a.end(), {"--chat", "--system-prompt", g.data.system_prompt, "--chat-date", g.data.chat_date});
  return stage;
}

CompareStage arm_stage(const CompareConfig& config, const ArmConfig& arm, int64_t seed) {
  CompareStage stage = run_stage(config, arm.kind == ArmKind::grpo ? "train" : "sft", arm.config, arm.set, seed, arm_folder(config, arm, seed));
  add_sets(stage.arguments, {text_value("model.path", base_model(config, seed))});
  if (arm.kind == ArmKind::rejection_sft)
    add_sets(stage.arguments, {text_value("data.train_file", (samples_folder(config, arm, seed) / "samples.jsonl").string()),
                               "data.format=\"prompt_completion\"", "data.prompt_field=\"prompt\"", "data.completion_field=\"completion\"",
                               "data.prompt_template=\"\"", "data.completion_template=\"\""});
  return stage;
}

/// Arms in the order of work: the one that sets the others' budget first.
std::vector<std::size_t> arm_order(const CompareConfig& config) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < config.arms.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return (config.arms[a].name == config.same_as) > (config.arms[b].name == config.same_as);
  });
  return order;
}

}  // namespace

fs::path arm_folder(const CompareConfig& config, const ArmConfig& arm, int64_t seed) {
  return fs::path(config.output_dir) / "arms" / arm.id / seed_name(seed);
}
fs::path samples_folder(const CompareConfig& config, const ArmConfig& arm, int64_t seed) {
  return fs::path(config.output_dir) / "arms" / arm.id / (seed_name(seed) + "-samples");
}
fs::path eval_folder(const CompareConfig& config, const ArmConfig& arm, int64_t seed) {
  return fs::path(config.output_dir) / "eval" / arm.id / seed_name(seed);
}

std::string base_model(const CompareConfig& config, int64_t seed) {
  return config.base_by_seed() ? (fs::path(config.output_dir) / "base" / seed_name(seed) / "final").string() : config.base_path;
}

std::string final_model(const CompareConfig& config, const ArmConfig& arm, int64_t seed) {
  return arm.kind == ArmKind::prompt ? base_model(config, seed) : (arm_folder(config, arm, seed) / "final").string();
}

std::vector<int64_t> seeds_of(const CompareConfig& config, const ArmConfig& arm) {
  const bool one = arm.kind == ArmKind::prompt && !config.base_by_seed();
  std::vector<int64_t> seeds;
  for (int64_t i = 0; i < (one ? 1 : config.seeds); ++i) seeds.push_back(config.first_seed + i);
  return seeds;
}

TrainConfig eval_config_of(const CompareConfig& config, const ArmConfig& arm, const EvalSetConfig* set) {
  std::vector<std::string> overrides{"eval.num_generations=" + std::to_string(config.num_generations), "eval.temperature=" + Json(config.temperature).dump()};
  for (const std::string& o : assignments(config.eval_set)) overrides.push_back(o);
  if (set != nullptr)
    for (const std::string& o : assignments(set->set)) overrides.push_back(o);
  for (const std::string& o : assignments(arm.eval_set)) overrides.push_back(o);
  TrainConfig out = load_generation_config(config.eval_config, overrides);
  if (set == nullptr) return out;
  out.eval.file = set->file;
  out.eval.limit = 0;
  if (!set->group_by.empty()) out.data.task_field = set->group_by;
  return out;
}

std::vector<CompareStage> plan_stages(const CompareConfig& config) {
  std::vector<CompareStage> stages;
  for (int64_t seed = config.first_seed; seed < config.first_seed + config.seeds; ++seed) {
    if (config.base_by_seed()) {
      stages.push_back(run_stage(config, "sft", config.base_config, config.base_set, seed, fs::path(config.output_dir) / "base" / seed_name(seed)));
      stages.back().title = "base, seed " + std::to_string(seed);
    }
    for (const std::size_t i : arm_order(config)) {
      const ArmConfig& arm = config.arms[i];
      if (arm.kind == ArmKind::prompt) continue;
      const std::string title = arm.name + ", seed " + std::to_string(seed);
      if (arm.kind == ArmKind::rejection_sft) {
        stages.push_back(samples_stage(config, arm, seed));
        stages.back().title = title + ", samples";
        stages.back().arm = i;
      }
      stages.push_back(arm_stage(config, arm, seed));
      stages.back().title = title;
      stages.back().arm = i;
    }
  }
  return stages;
}

}  // namespace hone
