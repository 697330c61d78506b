// The configuration of a run: one JSON file (with // comments), one struct a section, one `visit` a struct (rl/config.cc).
// Names are TRL's and Hugging Face's where they exist. Order: defaults, file, --set. Relative paths in a config file are taken
// from the folder that holds the file. `hone train --help-config` prints what rl/config.cc lists.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/config.h"
#include "proto/base/trace.h"
#include "rl/cost_section.h"
#include "rl/grpo_section.h"
#include "rl/run_monitor.h"

namespace hone {

struct RunSection {
  std::string name = "run";
  std::string output_dir = "runs/run";  // relative to the working directory
  int64_t seed = 0;
  int64_t max_steps = 100;
  BudgetSection budget;
};

struct ModelSection {
  std::string path;
  std::string device = "cpu";
  std::string numerics = "auto";
  std::string save_dtype = "float32";
};

struct DataSection {
  std::string train_file;
  std::string format = "fields";
  bool shuffle = true;
  int64_t limit = 0;
  std::string prompt_field = "prompt";
  std::string prompt_template;
  std::string reference_field = "reference";
  std::string id_field = "id";
  std::string task_field = "task";
  bool add_special_tokens = false;
  bool apply_chat_template = false;
  std::string system_prompt;
  std::string chat_date;
  int64_t max_prompt_length = 0;
};

struct SamplingSection {
  double temperature = 1.0;
  int64_t top_k = 0;
  double top_p = 1.0;
  double min_p = 0.0;
  double repetition_penalty = 1.0;
  int64_t max_completion_length = 256;
  std::vector<std::string> stop;
  std::vector<int64_t> stop_token_ids;
};

struct OptimSection {
  double learning_rate = 1e-6;
  std::string lr_scheduler_type = "constant";
  int64_t warmup_steps = 0;
  double min_lr_rate = 0.0;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  double weight_decay = 0.0;
  double max_grad_norm = 1.0;
  int64_t max_tokens_per_micro_batch = 2048;
  bool gradient_checkpointing = false;
  int64_t max_skipped_updates = 3;
};

struct RolloutSection {
  std::vector<std::string> workers;
  int64_t max_batch_rows = 128;
  int64_t max_prefill_rows = 512;
  std::string weight_storage = "float32";
  double connect_timeout_s = 10.0;
  double call_timeout_s = 600.0;
  double retry_budget_s = 120.0;
  int64_t max_staleness = 0;
  bool in_flight_updates = false;
};

struct TlsSection {
  std::string certificate;
  std::string key;
  std::string ca;
};

struct RewardsSection {
  JsonText functions;
  std::vector<std::string> server;
  double call_timeout_s = 60.0;
  double retry_budget_s = 120.0;
};

struct CheckpointSection {
  int64_t every = 50;
  int64_t keep = 2;
  std::string best_metric = "reward";
};

struct EvalSection {
  std::string file;
  int64_t every = 0;
  bool at_start = true;
  int64_t limit = 0;
  int64_t num_generations = 1;
  double temperature = 0.0;
  std::vector<int64_t> thinking_budgets;
  std::string think_end = "</think>";
  std::string answer_prefix = "\nFinal Answer:";
  int64_t answer_length = 64;
  std::string extension_text = "Wait";
  int64_t max_extensions = 0;
};

struct LogSection {
  std::string level = "info";
  bool completions = true;
  bool token_ids = true;
  int64_t every = 1;
};

struct TrainConfig {
  RunSection run;
  ModelSection model;
  DataSection data;
  SamplingSection sampling;
  GrpoSection grpo;
  DynamicSamplingSection dynamic_sampling;
  CurriculumSection curriculum;
  OptimSection optim;
  RolloutSection rollout;
  TlsSection tls;
  RewardsSection rewards;
  CheckpointSection checkpoint;
  EvalSection eval;
  LogSection log;
  CostSection cost;
  WarningsSection warnings;
  int64_t threads = 0;

  SamplingParams sampling_params() const;
};

/// The body that ConfigVisitor works on.
void visit(ConfigVisitor& v, TrainConfig& config);

/// "a:1, b:2"
std::string join_endpoints(const std::vector<std::string>& endpoints);

/// Reads a file, applies overrides, resolves relative paths, validates across fields. Throws invalid_argument / not_found.
TrainConfig load_train_config(const std::filesystem::path& file, const std::vector<std::string>& overrides);

/// Checks that need two fields ("/grpo/num_generations: 1 leaves no group to compare; must be >= 2").
void validate(const TrainConfig& config);

nlohmann::ordered_json to_json(const TrainConfig& config);
TrainConfig train_config_from_json(const nlohmann::json& json, const std::string& source);

}  // namespace hone
