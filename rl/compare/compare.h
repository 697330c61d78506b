// `hone compare`: trains the arms at equal cost, tests every final model in the same way, and writes what came out.
//
//   plan -> stages as child processes -> final tests in this process -> compare.json, report.html, text
//
// Every part is kept, so the same command goes on where a stopped one was. Thread rule: one thread; `stop` may be set by a signal handler.
#pragma once

#include <atomic>

#include "rl/compare/config.h"

namespace hone {

/// Reads every config and file that the comparison needs, as far as that is possible before the base exists; throws what is wrong with them.
void check_comparison(const CompareConfig& config);
/// The commands in their order, to stdout.
void print_comparison_plan(const CompareConfig& config);

/// Writes output_dir/compare.json and report.html; the text goes to stdout, or with `json` the numbers. Exit status 0; throws Error, with
/// code cancelled when stopped.
int run_comparison(const CompareConfig& config, bool json, const std::atomic<bool>& stop);

}  // namespace hone
