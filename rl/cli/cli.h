// The command line: each command adds itself to the CLI11 application and leaves its work in `action`, which main runs.
// Results go to stdout, logs to stderr. Exit status: 0 done, 1 failed, 2 wrong usage or input, 75 stopped but resumable.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <atomic>
#include <functional>

namespace hone {

using Action = std::function<int()>;

void add_data_command(CLI::App& app, Action& action);
void add_generate_command(CLI::App& app, Action& action);
void add_compare_command(CLI::App& app, Action& action);
void add_eval_command(CLI::App& app, Action& action);
void add_logprobs_command(CLI::App& app, Action& action);
void add_tokenize_command(CLI::App& app, Action& action);
void add_tokenizer_command(CLI::App& app, Action& action);
void add_score_command(CLI::App& app, Action& action);
void add_inspect_command(CLI::App& app, Action& action);
void add_import_command(CLI::App& app, Action& action);
void add_pipeline_command(CLI::App& app, Action& action);
void add_report_command(CLI::App& app, Action& action);
void add_rollout_worker_command(CLI::App& app, Action& action);
void add_reward_server_command(CLI::App& app, Action& action);
void add_train_command(CLI::App& app, Action& action);
void add_sft_command(CLI::App& app, Action& action);
void add_distill_command(CLI::App& app, Action& action);

/// Parses, runs the chosen action, prints errors as one line, returns the exit status.
int run_command_line(CLI::App& app, const Action& action, int argc, char** argv);

/// Set by SIGINT and SIGTERM after install_stop_signals(); a second signal ends the process at once (exit 130).
const std::atomic<bool>& stop_requested();
void install_stop_signals();

}  // namespace hone
