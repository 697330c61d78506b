// What a command that generates and scores needs, built from a config: model folder, tokenizer, problems, a rollout source, a
// rewarder. Shared by training, evaluation and the dry run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/model_folder.h"
#include "policy/tokenizer.h"
#include "rewards/rewarder.h"
#include "rl/config.h"
#include "rl/dataset.h"
#include "rollout/rollout_source.h"

namespace hone {

class Generator;
class ThreadPool;

/// Opens the folder and its tokenizer; throws invalid_argument when there is no tokenizer or its ids do not fit the model
/// ("tokenizer.json: 49,153 ids; the model's vocab_size is 49,152").
struct OpenModel {
  ModelFolder folder;
  std::unique_ptr<Tokenizer> tokenizer;
  std::string fingerprint;
};
OpenModel open_model(const std::string& path);

/// Reads the problems of a file (`limit` 0 = all), renders their prompts by the chat template when data.apply_chat_template says so, and
/// tokenizes them. Errors as read_problems and tokenize_problems; failed_precondition when the model folder has no chat template.
std::vector<TokenizedProblem> load_problems(const TrainConfig& config, const OpenModel& model, const std::string& file, int64_t limit);

/// Generation in this process or on workers, as the config says.
class RolloutBackend {
 public:
  /// In-process: builds a Generator (no weights yet). Remote: connects and compares fingerprints.
  RolloutBackend(const TrainConfig& config, const OpenModel& model);
  ~RolloutBackend();
  RolloutSource& source();
  WeightPublisher& publisher();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Between generating and learning: gives memory that only generation needs back to the system. The next publish() makes it again.
void release_generation(RolloutBackend& backend);

/// In-process rules or reward servers, as the config says.
std::unique_ptr<Rewarder> make_rewarder(const TrainConfig& config);

/// Longest prompt that the context leaves room for: prompt + max_completion_length <= max_position_embeddings.
int64_t prompt_limit(const TrainConfig& config, const ModelConfig& model);

}  // namespace hone
