// Runs one command of hone as a child process, once: the step of a pipeline of runs.
//
//   STAGE/            the stage's folder, created: the child's run folder, or the place of its output
//   STAGE/COMPLETE    the stage's identity; written when the child has ended with 0
//
// A stage with the marker is not run again; one without is started, or started again: the command itself goes on where it was
// (hone train --resume). The child shares our standard output and error; Ctrl-C reaches it once, by way of this program, and it ends with
// this program (rewards/process/spawn.h).
//
// Thread rule: one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hone {

struct Stage {
  std::string name;                    // in messages
  std::vector<std::string> arguments;  // of hone: {"train", "config.json", "--resume"}
  std::filesystem::path folder;
  std::string identity;  // one line that says what the stage computes; a marker with another one is refused
};

enum class StageEnd : uint8_t {
  already_done,  // the marker was there
  done,
  stopped,  // ended with 75: saved, to be started again
};

/// Waits for the child; once `stop` is set it gets SIGTERM and is waited for. Throws failed_precondition for a marker of another
/// identity, the child's own kind of error (invalid_argument for exit status 2, else internal) naming stage and status when it fails.
StageEnd run_stage(const Stage& stage, const std::atomic<bool>& stop);

/// True when the stage's folder has its marker. Throws failed_precondition for a marker of another identity.
bool stage_is_done(const Stage& stage);

/// run_stage with another program than hone (tests).
StageEnd run_stage_program(const std::filesystem::path& program, const Stage& stage, const std::atomic<bool>& stop);

}  // namespace hone
