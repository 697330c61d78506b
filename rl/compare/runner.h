// Runs the stages of a comparison as child processes of this program, one after the other, each at most once.
//
// A stage that was stopped goes on with --resume; one that is complete is not repeated; one whose folder was made with other settings
// is refused. SIGINT and SIGTERM reach the child, which saves; when this program dies, the child dies with it (rewards/process/spawn.h).
// What a child prints goes to <folder>.log. Thread rule: one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "rl/compare/plan.h"

namespace hone {

/// Runs this program with `arguments` (without argv[0]); output and errors are appended to `log`, whole lines of errors also go to
/// `on_line`. When `stop` becomes true the child gets SIGTERM and is waited for. Returns the status of waitpid.
int run_child(const std::vector<std::string>& arguments, const std::filesystem::path& log, const std::function<void(const std::string&)>& on_line,
              const std::atomic<bool>& stop);

/// Refuses (failed_precondition) what was made under `file` from another `fingerprint`; writes it where there is none.
void check_fingerprint(const std::filesystem::path& file, const std::string& fingerprint, const std::string& what);

class CompareRunner {
 public:
  CompareRunner(const CompareConfig& config, const std::atomic<bool>& stop) : config_(config), stop_(stop) {}

  /// Brings every stage to its end. Throws cancelled when stopped; internal, with the end of its log, when a stage fails;
  /// failed_precondition when samples leave no budget for learning.
  void run(const std::vector<CompareStage>& stages);

 private:
  void run_stage(const CompareStage& stage, std::size_t number, std::size_t count);
  std::vector<std::string> budget(const CompareStage& stage) const;

  const CompareConfig& config_;
  const std::atomic<bool>& stop_;
};

bool is_complete(const CompareStage& stage);
/// The cost of a complete stage.
RunCost stage_cost(const std::filesystem::path& folder);
/// The cost of an arm's run of one seed, its samples included.
RunCost arm_cost(const CompareConfig& config, const ArmConfig& arm, int64_t seed);

}  // namespace hone
