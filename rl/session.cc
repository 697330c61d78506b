#include "rl/session.h"

#include <algorithm>

#include "policy/generator.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/memory.h"
#include "proto/base/thread_pool.h"
#include "rl/remote.h"
#include "rollout/local_rollout.h"

namespace hone {

OpenModel open_model(const std::string& path) {
  OpenModel model;
  model.folder = open_model_folder(path);
  const std::string file = (model.folder.path / "tokenizer.json").string();
  if (model.folder.tokenizer_json.empty())
    throw Error(ErrorCode::not_found, file + ": the model folder has no tokenizer.json, which is needed to turn text into tokens; copy the one of the model that the weights are from");
  model.tokenizer = Tokenizer::from_json(model.folder.tokenizer_json, file);
  if (model.tokenizer->vocab_size() > model.folder.config.vocab_size)
    throw Error(ErrorCode::invalid_argument, file + ": has ids up to " + std::to_string(model.tokenizer->vocab_size() - 1) +
                                                 "; the model's vocab_size is " + std::to_string(model.folder.config.vocab_size) +
                                                 "; tokenizer and weights are of two models");
  model.fingerprint = model_fingerprint(model.folder.config, model.folder.tokenizer_json);
  return model;
}

std::vector<TokenizedProblem> load_problems(const TrainConfig& config, const OpenModel& model, const std::string& file, int64_t limit) {
  std::vector<Problem> problems = read_problems(file, config.data, limit);
  if (config.data.apply_chat_template)
    render_chat_prompts(problems, model.folder.path, config.data.system_prompt, config.data.chat_date, "/data/apply_chat_template");
  return tokenize_problems(std::move(problems), *model.tokenizer, config.data.add_special_tokens, prompt_limit(config, model.folder.config), file);
}

struct RolloutBackend::Impl {
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<Generator> generator;
  std::unique_ptr<LocalRollout> local;
  RemoteBackend remote;
};

RolloutBackend::RolloutBackend(const TrainConfig& config, const OpenModel& model) : impl_(std::make_unique<Impl>()) {
  if (!config.rollout.workers.empty()) {
    impl_->remote = connect_workers(config, model.fingerprint, model.folder.config.vocab_size);
    return;
  }
  impl_->pool = std::make_unique<ThreadPool>(static_cast<int>(config.threads));
  GeneratorOptions options;
  options.max_batch_rows = static_cast<int32_t>(config.rollout.max_batch_rows);
  options.max_prefill_rows = static_cast<int32_t>(config.rollout.max_prefill_rows);
  options.weight_storage = weight_storage_from_string(config.rollout.weight_storage);
  impl_->generator = std::make_unique<Generator>(model.folder.config, model.tokenizer.get(), *impl_->pool, options);
  impl_->local = std::make_unique<LocalRollout>(make_generator_engine(*impl_->generator, model.folder.config), config.rollout.in_flight_updates);
}

RolloutBackend::~RolloutBackend() = default;

RolloutSource& RolloutBackend::source() { return impl_->local ? *impl_->local : *impl_->remote.source; }
WeightPublisher& RolloutBackend::publisher() { return impl_->local ? *impl_->local : *impl_->remote.publisher; }

void release_generation(RolloutBackend& backend) {
  backend.publisher().release();
  release_free_memory();
}

std::unique_ptr<Rewarder> make_rewarder(const TrainConfig& config) {
  if (!config.rewards.server.empty()) return connect_reward_servers(config);
  return make_local_rewarder(parse_json(config.rewards.functions.text, "/rewards/functions"), "/rewards/functions");
}

int64_t prompt_limit(const TrainConfig& config, const ModelConfig& model) {
  const int64_t context = model.max_position_embeddings;
  int64_t limit = context - config.sampling.max_completion_length + 1;
  if (limit < 2)
    throw Error(ErrorCode::invalid_argument, "/sampling/max_completion_length: " + std::to_string(config.sampling.max_completion_length) +
                                                 " leaves no room for a prompt in the model's context of " + std::to_string(context));
  if (config.data.max_prompt_length > 0) limit = std::min(limit, config.data.max_prompt_length + 1);
  return limit;
}

}  // namespace hone
