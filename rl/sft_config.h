// The configuration of `hone sft`: supervised fine-tuning, and pre-training from random weights. One JSON file as for `hone train`
// (rl/config.h); the sections run, optim, sampling, rollout, tls, rewards and log are the same ones. Names are TRL's where TRL has
// the setting. `hone sft --help-config` prints what rl/sft_config.cc lists.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rl/config.h"

namespace hone {

struct SftModelSection : ModelSection {
  std::string init = "none";
  double init_std = 0.02;
};

struct SftDataSection {
  std::string train_file;
  std::string format = "auto";
  bool shuffle = true;
  int64_t limit = 0;
  std::string text_field = "text";
  std::string prompt_field = "prompt";
  std::string completion_field = "completion";
  std::string messages_field = "messages";
  std::string prompt_template;
  std::string completion_template;
  bool add_special_tokens = false;
  bool append_eos = true;
  std::string chat_date;
};

struct SftSection {
  int64_t batch_size = 8;
  int64_t max_length = 1024;
  bool packing = false;
  bool completion_only_loss = true;
  std::string overlong = "truncate";
};

struct SftEvalSection : EvalSection {
  std::string loss_file;
  int64_t loss_limit = 0;
  DataSection fields;  // of eval.file: prompt, template, reference, id, task
};

struct SftConfig {
  RunSection run;
  SftModelSection model;
  SftDataSection data;
  SftSection sft;
  OptimSection optim;
  CheckpointSection checkpoint{.best_metric = "loss"};
  SftEvalSection eval;
  SamplingSection sampling;
  RolloutSection rollout;
  TlsSection tls;
  RewardsSection rewards;
  LogSection log;
  CostSection cost;
  int64_t threads = 0;

  /// What evaluation by generation needs, in the form that the pieces of `hone train` take.
  TrainConfig generation() const;
};

/// The body that ConfigVisitor works on.
void visit(ConfigVisitor& v, SftConfig& config);

/// Reads a file, applies overrides, resolves relative paths, validates across fields. Throws invalid_argument / not_found.
SftConfig load_sft_config(const std::filesystem::path& file, const std::vector<std::string>& overrides);

/// Checks that need two fields.
void validate(const SftConfig& config);

nlohmann::ordered_json to_json(const SftConfig& config);

}  // namespace hone
