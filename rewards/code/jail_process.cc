#include "rewards/code/jail_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "proto/base/clock.h"
#include "proto/base/error.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kErrorBytesKept = 8192;
constexpr std::size_t kReportBytes = 1 << 20;
constexpr std::size_t kStatusBytes = 4096;
constexpr int kCpuPollMs = 20;
constexpr double kKillPatienceS = 10.0;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  pid_t start(const std::vector<std::string>& command, const std::vector<std::string>& environment,
              const InheritedDescriptors& inherited) {
    for (int i = 0; i < inherited.count(); ++i)
      posix_spawn_file_actions_adddup2(&actions_, inherited.all()[static_cast<std::size_t>(i)].get(), i);
    pid_t pid = -1;
    const int error = posix_spawn(&pid, command[0].c_str(), &actions_, &attributes_, pointers(command).data(),
                                  pointers(environment).data());
    if (error != 0)
      throw Error(ErrorCode::unavailable, "code sandbox: cannot start " + command[0] + ": " + std::strerror(error));
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

void make_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

void read_messages(const std::string& bytes, JailOutcome& outcome) {
  for (std::size_t at = 0; at + sizeof(JailMessage) <= bytes.size(); at += sizeof(JailMessage)) {
    JailMessage m;
    std::memcpy(&m, bytes.data() + at, sizeof m);
    switch (m.event) {
      case JailEvent::ready: outcome.ready = true; break;
      case JailEvent::setup_failed: outcome.setup_failed = m; break;
      case JailEvent::artifact: outcome.artifact = m; break;
      case JailEvent::exited: (m.program == JailProgram::main ? outcome.main : outcome.peer) = m; break;
    }
  }
}

/// A handle on process 1 of the jail, from bubblewrap's {"child-pid": N, ...}; none where the text is not whole yet.
FileDescriptor process_of(const std::string& info) {
  const std::string key = "\"child-pid\":";
  const std::size_t at = info.find(key);
  if (at == std::string::npos || info.find_first_of(",}", at) == std::string::npos) return FileDescriptor();
  const long pid = std::strtol(info.c_str() + at + key.size(), nullptr, 10);
  return FileDescriptor(pid > 1 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1);
}

}  // namespace

void CappedReader::keep(std::string_view bytes) {
  total_ += bytes.size();
  const std::size_t head_cap = keep_end_ ? cap_ / 2 : cap_;
  const std::size_t to_head = std::min(bytes.size(), head_cap - head_.size());
  head_.append(bytes.substr(0, to_head));
  if (!keep_end_) return;
  tail_.append(bytes.substr(to_head));
  if (tail_.size() > cap_) tail_.erase(0, tail_.size() - cap_ / 2);
}

void CappedReader::read_available() {
  std::array<char, 65536> buffer;
  for (int i = 0; i < 16; ++i) {  // bounded: the clock is looked at between calls
    const ssize_t n = read(fd_.get(), buffer.data(), buffer.size());
    if (n > 0) {
      keep({buffer.data(), static_cast<std::size_t>(n)});
      if (static_cast<std::size_t>(n) < buffer.size()) return;
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n == 0 || errno != EAGAIN) fd_.reset();
    return;
  }
}

std::string CappedReader::take() {
  if (tail_.size() > cap_ / 2) tail_.erase(0, tail_.size() - cap_ / 2);
  if (head_.size() + tail_.size() < total_) head_ += "\n[...]\n";
  return std::move(head_) + tail_;
}

JailOutcome run_jail(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                     InheritedDescriptors inherited, JailPipes pipes, const RunLimits& limits, const RunCgroup& cgroup) {
  JailOutcome outcome;
  const auto output_cap = static_cast<std::size_t>(limits.output_bytes);
  enum { kOutput, kError, kStatus, kInfo, kReport, kCount };
  CappedReader readers[kCount] = {{std::move(pipes.output), output_cap, false},
                                  {std::move(pipes.error), kErrorBytesKept, true},
                                  {std::move(pipes.status), kStatusBytes, false},
                                  {std::move(pipes.info), kStatusBytes, false},
                                  {std::move(pipes.report), kReportBytes, false}};
  for (const CappedReader& reader : readers)
    if (reader.open()) make_nonblocking(reader.fd());

  const Clock::time_point start = Clock::now();
  const pid_t pid = SpawnPlan().start(command, environment, inherited);
  inherited = InheritedDescriptors();  // our copies of the ends that the jail writes to

  FileDescriptor first_process;
  bool killed = false;
  double killed_at = 0.0;
  const auto stop = [&](JailOutcome::Stopped why) {
    if (killed) return;
    killed = true;
    killed_at = seconds_since(start);
    outcome.stopped = why;
    // With process 1 the kernel kills everything in the namespace; bubblewrap waits for it and leaves. Before bubblewrap
    // has said who that is, its own death takes process 1 along (PR_SET_PDEATHSIG).
    if (!first_process || syscall(SYS_pidfd_send_signal, first_process.get(), SIGKILL, nullptr, 0) != 0) kill(pid, SIGKILL);
  };

  // All pipes end when the last process of the jail is gone: the status pipe belongs to process 1 alone.
  for (;;) {
    pollfd polled[kCount];
    nfds_t count = 0;
    for (const CappedReader& reader : readers)
      if (reader.open()) polled[count++] = {reader.fd(), POLLIN, 0};
    if (count == 0) break;
    const double elapsed = seconds_since(start);
    if (elapsed > limits.wall_s) stop(JailOutcome::Stopped::wall_time);
    if (killed && elapsed > killed_at + kKillPatienceS) {
      cgroup.kill_all();
      kill(-pid, SIGKILL);
      if (elapsed > killed_at + 2 * kKillPatienceS) break;
    }
    if (!killed) {
      if (const auto cpu = cgroup.cpu_seconds(); cpu && *cpu > limits.cpu_s) stop(JailOutcome::Stopped::cpu_time);
    }
    if (poll(polled, count, kCpuPollMs) < 0 && errno != EINTR) stop(JailOutcome::Stopped::wall_time);
    for (CappedReader& reader : readers)
      if (reader.open()) reader.read_available();
    if (!first_process && readers[kInfo].total() > 0) first_process = process_of(readers[kInfo].head());
    if (readers[kOutput].total() + readers[kError].total() > output_cap || readers[kReport].total() > kReportBytes)
      stop(JailOutcome::Stopped::output);
  }
  bool pipes_ended = true;
  for (const CappedReader& reader : readers) pipes_ended = pipes_ended && !reader.open();
  if (!pipes_ended) kill(-pid, SIGKILL);
  int wait_status = 0;
  while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
  }
  outcome.wall_s = seconds_since(start);
  if (!pipes_ended) throw Error(ErrorCode::unavailable, "code sandbox: a jail outlived its kill signal");
  read_messages(readers[kStatus].take(), outcome);
  outcome.output = readers[kOutput].take();
  outcome.error = readers[kError].take();
  outcome.report = readers[kReport].take();
  return outcome;
}

}  // namespace hone
