#include "rl/plan.h"

#include <iostream>

#include "policy/weight_storage.h"
#include "proto/base/format.h"
#include "proto/base/json.h"
#include "proto/base/thread_pool.h"
#include "rl/dataset.h"
#include "rl/session.h"

namespace hone {
namespace {

std::string gib(double bytes) {
  return format("%.2f GiB", bytes / (1 << 30));
}

std::size_t longest_prompt(const std::vector<TokenizedProblem>& problems) {
  std::size_t longest = 0;
  for (const TokenizedProblem& p : problems) longest = std::max(longest, p.prompt_token_ids.size());
  return longest;
}

}  // namespace

void print_plan(const TrainConfig& config) {
  const OpenModel model = open_model(config.model.path);
  const ModelConfig& m = model.folder.config;
  const auto train = load_problems(config, model, config.data.train_file, config.data.limit);
  const auto rewarder = make_rewarder(config);
  const RolloutBackend backend(config, model);

  const double weights = 4.0 * static_cast<double>(m.parameter_count());
  const auto packed = static_cast<double>(byte_size(weight_storage_from_string(config.rollout.weight_storage)));
  const double packed_copies = !config.rollout.workers.empty() ? 0.0 : config.rollout.in_flight_updates ? 2.0 : 1.0;
  const double copies = 4.0 + packed_copies * packed / 4.0 + (config.grpo.beta > 0 ? 1.0 : 0.0);
  std::cout << to_json(config).dump(2) << "\n\n"
            << "model      " << config.model.path << ": " << m.model_type << ", " << m.parameter_count() << " parameters, context "
            << m.max_position_embeddings << ", fingerprint " << model.fingerprint << "\n"
            << "train      " << config.data.train_file << ": " << train.size() << " problems, prompts up to " << longest_prompt(train)
            << " tokens\n";
  if (!config.eval.file.empty()) {
    const auto held_out = load_problems(config, model, config.eval.file, 0);
    std::cout << "held out   " << config.eval.file << ": " << held_out.size() << " problems\n";
  }
  std::cout << "rewards    ";
  for (const auto& [name, weight] : rewarder->functions()) std::cout << name << " x " << weight << "  ";
  std::cout << "\nstep       " << config.grpo.prompts_per_step << " prompts x " << config.grpo.num_generations << " completions, "
            << config.run.max_steps << " steps = "
            << config.grpo.prompts_per_step * config.grpo.num_generations * config.run.max_steps << " completions"
            << (config.dynamic_sampling.enabled ? ", groups without spread replaced in up to " + std::to_string(config.dynamic_sampling.max_tries) + " rounds" : "")
            << "\n"
            << "rollouts   " << (config.rollout.workers.empty() ? "in this process" : join_endpoints(config.rollout.workers)) << "\n"
            << "scoring    " << (config.rewards.server.empty() ? "in this process" : join_endpoints(config.rewards.server)) << "\n"
            << "threads    " << (config.threads > 0 ? config.threads : available_threads()) << "\n"
            << "memory     about " << gib(weights * copies) << " for weights, gradients and moments, plus activations of "
            << config.optim.max_tokens_per_micro_batch << " tokens\n"
            << "run folder " << config.run.output_dir << "\n";
}

}  // namespace hone
