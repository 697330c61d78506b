#include "rewards/code/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>

#include "proto/base/error.h"
#include "rewards/code/jail_command.h"
#include "rewards/code/jail_process.h"
#include "rewards/code/outside_folder.h"

namespace hone {
namespace {

constexpr const char* kStepNames[] = {
    "none", "arguments", "mounting /tmp", "the working folder", "resource limits", "dropping capabilities",
    "no_new_privs", "the system-call filter", "descriptors", "fork", "exec", "socketpair", "signals",
    "a pid namespace for the peer", "changing user", "entering a cgroup"};

std::string text_of(const JailMessage& message) {
  const auto step = static_cast<std::size_t>(message.step);
  return std::string(step < std::size(kStepNames) ? kStepNames[step] : "an unknown step") + ": " + std::strerror(message.value);
}

std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.substr(0, 300);
}

std::vector<std::string> environment_of(const SandboxRun& run) {
  std::vector<std::string> environment{"PATH=/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8"};
  for (const auto& [name, value] : run.environment) environment.push_back(name + "=" + value);
  return environment;
}

struct End {
  RunEnd end;
  int value;
};

/// What the wait status of one program says, given what it may use.
End end_of(const JailMessage& message, const RunLimits& limits) {
  const int status = message.value;
  if (WIFEXITED(status)) return {RunEnd::exited, WEXITSTATUS(status)};
  const int number = WTERMSIG(status);
  const double cpu_s = static_cast<double>(message.user_us + message.system_us) * 1e-6;
  if (number == SIGXCPU || (number == SIGKILL && cpu_s >= std::ceil(limits.cpu_s))) return {RunEnd::cpu_time, number};
  if (number == SIGXFSZ) return {RunEnd::output, number};
  return {RunEnd::signaled, number};
}

double cpu_of(const std::optional<JailMessage>& message) {
  return message ? static_cast<double>(message->user_us + message->system_us) * 1e-6 : 0.0;
}

int64_t peak_of(const std::optional<JailMessage>& message) {
  return message ? static_cast<int64_t>(message->peak_rss_kib) << 10 : 0;
}

void classify(const JailOutcome& outcome, const RunLimits& limits, int64_t memory_kills, SandboxResult& result) {
  if (outcome.peer) {
    const End end = end_of(*outcome.peer, limits);
    result.peer_ended = true;
    result.peer_end = end.end;
    result.peer_value = end.value;
  }
  switch (outcome.stopped) {
    case JailOutcome::Stopped::by_itself: break;
    case JailOutcome::Stopped::cpu_time: result.end = RunEnd::cpu_time; return;
    case JailOutcome::Stopped::wall_time: result.end = RunEnd::wall_time; return;
    case JailOutcome::Stopped::output: result.end = RunEnd::output; return;
  }
  if (memory_kills > 0) {
    // A kill far below the limit is the host's own shortage, or that of a group above ours: no fault of the program.
    if (result.peak_memory_bytes >= limits.memory_bytes / 10 * 9) result.end = RunEnd::memory;
    else result.failure = "a process was killed for memory below the run's limit: the host is short of memory";
    return;
  }
  if (outcome.setup_failed && outcome.setup_failed->step == JailStep::exec && outcome.setup_failed->value == ENOMEM) {
    result.end = RunEnd::memory;  // the program's own static data do not fit
    return;
  }
  if (outcome.setup_failed) {
    result.failure = text_of(*outcome.setup_failed);
    return;
  }
  if (!outcome.main) {
    result.failure = outcome.ready ? "the jail ended without a report" : "no jail: " + one_line(outcome.error);
    return;
  }
  const End end = end_of(*outcome.main, limits);
  result.end = end.end;
  result.value = end.value;
  if (outcome.artifact && outcome.artifact->value != 0) result.failure = std::strerror(outcome.artifact->value);
}

}  // namespace

SandboxResult Sandbox::run(const SandboxRun& run) const { return run_as(isolation_, run); }

SandboxResult Sandbox::run_as(const Isolation& isolation, const SandboxRun& run) const {
  SandboxResult result;
  try {
    const RunCgroup cgroup(cgroups_, run.limits, options_.cores);
    std::optional<OutsideFolder> outside;
    SandboxRun placed = run;
    if (!isolation.bubblewrap) outside.emplace(jail_path_, options_.user, placed);

    JailPipes pipes;
    FileDescriptor artifact;
    static const MemoryFile kNothing("");
    const auto write_end = [](FileDescriptor& read_end) {
      auto [reader, writer] = make_pipe();
      read_end = std::move(reader);
      return std::move(writer);
    };
    InheritedDescriptors inherited((run.input ? *run.input : kNothing).open(), write_end(pipes.output), write_end(pipes.error));
    JailDescriptors fds;
    fds.status = inherited.add(write_end(pipes.status));
    if (isolation.bubblewrap) fds.info = inherited.add(write_end(pipes.info));
    if (!run.peer_argv.empty()) fds.report = inherited.add(write_end(pipes.report));
    if (!run.artifact.empty()) {
      artifact = new_memory_file();
      fds.artifact = inherited.add(FileDescriptor(fcntl(artifact.get(), F_DUPFD_CLOEXEC, 3)));
    }
    JailParts parts;
    parts.jail_path = jail_path_;
    parts.bubblewrap = options_.bubblewrap;
    parts.jail_program = jail_program_.get();
    parts.filter = filter_.get();
    parts.memory_cgroup = cgroups_.memory();
    parts.procs_files = cgroup.procs_files();
    parts.user = options_.user;
    if (outside) parts.outside_folder = outside->path();
    const std::vector<std::string> command = jail_command(isolation, parts, placed, fds, inherited);
    JailOutcome outcome =
        run_jail(command, environment_of(run), std::move(inherited), std::move(pipes), run.limits, cgroup);
    result.cpu_s = cgroup.cpu_seconds().value_or(cpu_of(outcome.main) + cpu_of(outcome.peer));
    result.peak_memory_bytes = cgroup.peak_memory_bytes().value_or(std::max(peak_of(outcome.main), peak_of(outcome.peer)));
    result.wall_s = outcome.wall_s;
    classify(outcome, run.limits, cgroup.memory_kills(), result);
    result.output = std::move(outcome.output);
    result.error = std::move(outcome.error);
    result.report = std::move(outcome.report);
    if (outcome.artifact && outcome.artifact->value == 0 && result.end == RunEnd::exited)
      result.artifact = std::make_shared<MemoryFile>(std::move(artifact));
  } catch (const std::exception& e) {
    result.end = RunEnd::internal;
    result.failure = e.what();
  }
  return result;
}

}  // namespace hone
