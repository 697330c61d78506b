// The sections of a run's configuration: one `visit` a section (rl/config.cc), shared by `hone train` and `hone sft`, and how a file
// becomes a config.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "proto/base/config.h"
#include "rl/config.h"

namespace hone {

void visit_run(ConfigVisitor& v, RunSection& c);
void visit_model(ConfigVisitor& v, ModelSection& c);
void visit_data(ConfigVisitor& v, DataSection& c);
void visit_sampling(ConfigVisitor& v, SamplingSection& c);
void visit_optim(ConfigVisitor& v, OptimSection& c);
void visit_rollout(ConfigVisitor& v, RolloutSection& c);
void visit_tls(ConfigVisitor& v, TlsSection& c);
void visit_rewards(ConfigVisitor& v, RewardsSection& c);
/// `best_metrics` are the allowed values of best_metric.
void visit_checkpoint(ConfigVisitor& v, CheckpointSection& c, std::vector<std::string> best_metrics);
void visit_eval(ConfigVisitor& v, EvalSection& c);
void visit_log(ConfigVisitor& v, LogSection& c);

/// Checks across the fields of the shared sections; throws invalid_argument with the JSON path.
void validate_model(const ModelSection& model);
void validate_optim(const OptimSection& optim, const RunSection& run);
void validate_eval(const EvalSection& eval);

/// Fills the config that `body` visits: its defaults, then the file, then `overrides`. `paths` (of that config) are taken from the
/// file's folder when the file gives them, from the working directory when an override does. Throws invalid_argument / not_found.
void load_config_file(const std::filesystem::path& file, const std::vector<std::string>& overrides, const ConfigVisitor::Body& body,
                      const std::vector<std::string*>& paths);

}  // namespace hone
