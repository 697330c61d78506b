#include "rl/stages/stage_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "rewards/process/file_descriptor.h"
#include "rewards/process/spawn.h"

namespace hone {
namespace {

constexpr int kPollMs = 20;
constexpr int kMostPollsForLock = 500;  // 10 s: a killed program's child is gone long before
constexpr int kStoppedStatus = 75;
constexpr int kUsageStatus = 2;

std::filesystem::path marker_of(const Stage& stage) { return stage.folder / "COMPLETE"; }

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

/// The child of a program that was killed a moment ago may still hold its run folder.
void wait_for_lock(const std::filesystem::path& folder) {
  const FileDescriptor lock(open((folder / "LOCK").c_str(), O_RDWR | O_CLOEXEC));
  if (!lock) return;
  for (int polls = 0; polls < kMostPollsForLock && flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++polls) poll(nullptr, 0, kPollMs);
}

pid_t start(const std::filesystem::path& program, const Stage& stage) {
  SpawnOptions options{.program = program.string(), .argv = {program.string()}, .environment = environment_with({}), .inherit_output = true};
  options.argv.insert(options.argv.end(), stage.arguments.begin(), stage.arguments.end());
  return spawn_child(options).pid;  // its standard input is a closed pipe: a group in the background must not read from the terminal
}

int wait_for_end(pid_t pid, const std::atomic<bool>& stop) {
  bool told = false;
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return status;
    if (ended < 0 && errno != EINTR) throw Error(ErrorCode::internal, std::string("waitpid: ") + std::strerror(errno));
    if (stop && !told) {
      kill(pid, SIGTERM);
      told = true;
    }
    poll(nullptr, 0, kPollMs);
  }
}

}  // namespace

bool stage_is_done(const Stage& stage) {
  const std::filesystem::path marker = marker_of(stage);
  if (!std::filesystem::exists(marker)) return false;
  if (read_file(marker, std::size_t{1} << 20) == stage.identity + "\n") return true;
  throw Error(ErrorCode::failed_precondition, "stage " + stage.name + ": " + stage.folder.string() +
                                                  " is finished, but by another config, override or input than now; remove the folder "
                                                  "to run the stage again, or choose another output_dir");
}

StageEnd run_stage_program(const std::filesystem::path& program, const Stage& stage, const std::atomic<bool>& stop) {
  if (stage_is_done(stage)) return StageEnd::already_done;
  std::filesystem::create_directories(stage.folder);
  wait_for_lock(stage.folder);
  const int status = wait_for_end(start(program, stage), stop);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kStoppedStatus) return StageEnd::stopped;
  if (status != 0) {
    const bool usage = WIFEXITED(status) && WEXITSTATUS(status) == kUsageStatus;
    throw Error(usage ? ErrorCode::invalid_argument : ErrorCode::internal,
                "stage " + stage.name + ": hone " + stage.arguments.at(0) + " " + describe_exit(status));
  }
  write_file_atomic(marker_of(stage), stage.identity + "\n");
  return StageEnd::done;
}

StageEnd run_stage(const Stage& stage, const std::atomic<bool>& stop) { return run_stage_program(this_program(), stage, stop); }

}  // namespace hone
