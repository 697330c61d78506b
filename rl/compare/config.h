// The configuration of `hone compare`: a base model, arms that start from it, a budget that they share, and what they are tested on.
// One JSON file (with // comments); `hone compare --help-config` prints what rl/compare/config.cc lists. Relative paths are taken from
// the file's folder, also those in `set`; output_dir from the working directory, as in every run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/config.h"
#include "rl/cost_section.h"
#include "rl/ledger.h"

namespace hone {

/// Overrides of another config: "section.key" and its value as JSON text.
using Overrides = std::vector<std::pair<std::string, std::string>>;
/// As the arguments of --set: "section.key=value".
std::vector<std::string> assignments(const Overrides& overrides);

enum class ArmKind : uint8_t {
  prompt,         // the base itself, asked in some way
  sft,            // hone sft
  rejection_sft,  // hone generate --keep correct, then hone sft on what was kept
  grpo,           // hone train
};
std::string_view to_string(ArmKind kind);

struct RejectionConfig {
  std::string file;              // problems to sample on
  int64_t num_generations = 8;
  double temperature = 1.0;
  int64_t per_prompt = 0;
  int64_t limit = 0;
};

struct ArmConfig {
  std::string name;
  std::string id;         // of its folder: the name in lower-case letters, digits and dashes
  ArmKind kind = ArmKind::prompt;
  std::string config;     // of hone sft or hone train
  Overrides set;          // of `config`
  Overrides eval_set;     // of eval.config, for this arm: another prompt template, longer answers
  RejectionConfig rejection;
};

enum class SetRole : uint8_t { held_out, ood, skill };
std::string_view to_string(SetRole role);

struct EvalSetConfig {
  std::string name, id;
  std::string file;
  std::string group_by;  // field that splits the problems in the report; "" = the eval config's task field
  SetRole role = SetRole::held_out;
  Overrides set;         // of eval.config, for this set
};

struct CompareConfig {
  std::string name = "comparison";
  std::string output_dir = "runs/compare";
  int64_t seeds = 3;
  int64_t first_seed = 1;

  std::string base_path;    // a model folder, or
  std::string base_config;  // a config of hone sft that makes one for each seed
  Overrides base_set;

  std::string currency = "tokens";
  std::optional<double> amount;  // the budget of every trained arm, or
  std::string same_as;           // what this arm cost, seed by seed; both absent: each arm stops by its own config

  std::vector<ArmConfig> arms;

  std::string eval_config;
  Overrides eval_set;
  std::vector<EvalSetConfig> sets;
  int64_t num_generations = 1;
  double temperature = 0.0;
  int64_t kl_problems = 100;
  std::string reasoning_pattern;
  bool constant_rules = true;
  int64_t examples = 3;
  CostSection cost;

  bool base_by_seed() const { return !base_config.empty(); }
  Currency budget_currency() const { return currency_from_string(currency); }
  const EvalSetConfig& held_out() const;  // the first set with that role
};

/// `overrides`: "key.key=value" of this file. Throws invalid_argument / not_found with the JSON path.
CompareConfig load_compare_config(const std::filesystem::path& file, const std::vector<std::string>& overrides);

/// All keys for a person, or as a Markdown page.
std::string compare_config_help(bool markdown);

}  // namespace hone
