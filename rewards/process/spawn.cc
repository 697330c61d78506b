#include "rewards/process/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "proto/base/error.h"
#include "rewards/process/starter_thread.h"

namespace hone {
namespace {

constexpr int kFirstOtherDescriptor = 3;
constexpr int kMostDescriptorsMarked = 1 << 16;  // where the kernel has no close_range

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

std::string error_text(int error) { return std::strerror(error); }

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Error(ErrorCode::resource_exhausted, "cannot make a pipe for a helper process: " + error_text(errno));
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

void make_non_blocking(const FileDescriptor& fd) { fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// All that the child needs, made before it exists: it must not allocate.
struct Plan {
  const char* program;
  char* const* argv;
  char* const* environment;
  std::array<int, 3> streams;
  int report;  // the child writes errno here where it cannot become the program
  pid_t parent;
};

// ---- in the child, on the parent's memory: async-signal-safe calls only, nothing of the parent's is changed ----

void mark_others_close_on_exec() {
  if (syscall(SYS_close_range, kFirstOtherDescriptor, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kMostDescriptorsMarked));
  for (int fd = kFirstOtherDescriptor; fd < end; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/// Puts the pipes on 0, 1 and 2. They are moved above 2 first, since this program may run with one of these closed.
bool place_streams(const std::array<int, 3>& streams) {
  std::array<int, 3> above{};
  for (int i = 0; i < 3; ++i)
    if ((above[i] = fcntl(streams[i], F_DUPFD_CLOEXEC, kFirstOtherDescriptor)) < 0) return false;
  for (int i = 0; i < 3; ++i)
    if (dup2(above[i], i) < 0) return false;
  return true;
}

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become_program(const Plan& plan) {
  int error = 0;
  if (setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && place_streams(plan.streams)) {
    mark_others_close_on_exec();
    reset_signals();
    if (getppid() != plan.parent) _exit(127);  // it ended before the death signal was set
    execve(plan.program, plan.argv, plan.environment);
  }
  error = errno;
  const ssize_t ignored = write(plan.report, &error, sizeof error);
  static_cast<void>(ignored);
  _exit(127);
}

// ---- in the parent again ----

__attribute__((noinline)) pid_t start(const Plan& plan) {
  const pid_t pid = vfork();
  if (pid == 0) become_program(plan);
  return pid;
}

/// Waits until the child has become the program; 0, or the errno of its failure.
int outcome_of_exec(const FileDescriptor& report) {
  int error = 0;
  ssize_t count = 0;
  do count = read(report.get(), &error, sizeof error);
  while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof error) ? error : 0;
}

}  // namespace

ChildProcess spawn_child(const SpawnOptions& options) {
  HONE_CHECK(!options.argv.empty(), "a child needs argv[0]");
  Pipe input = make_pipe(), output, error, report = make_pipe();
  if (!options.inherit_output) {
    output = make_pipe();
    error = make_pipe();
  }
  const std::vector<char*> argv = pointers(options.argv);
  const std::vector<char*> environment = pointers(options.environment);
  // The report pipe must survive place_streams where this program has one of 0, 1, 2 closed.
  FileDescriptor report_end(fcntl(report.write.get(), F_DUPFD_CLOEXEC, kFirstOtherDescriptor));
  const Plan plan{options.program.c_str(), argv.data(),
                  environment.data(),      {input.read.get(), options.inherit_output ? STDOUT_FILENO : output.write.get(),
                     options.inherit_output ? STDERR_FILENO : error.write.get()},
                  report_end.get(),        getpid()};
  pid_t pid = -1;
  int start_error = 0;
  run_on_starter_thread([&] {
    pid = start(plan);
    start_error = errno;
  });
  if (pid < 0)
    throw Error(ErrorCode::resource_exhausted, "cannot start " + options.program + ": " + error_text(start_error));
  report.write.reset();
  report_end.reset();
  if (const int exec_error = outcome_of_exec(report.read); exec_error != 0) {
    waitpid(pid, nullptr, 0);
    throw Error(ErrorCode::failed_precondition, "cannot execute " + options.program + ": " + error_text(exec_error) +
                                                    (exec_error == ENOEXEC ? "; a script needs a #! line" : ""));
  }
  ChildProcess child{pid, std::move(input.write), std::move(output.read), std::move(error.read)};
  for (const FileDescriptor* fd : {&child.input, &child.output, &child.error})
    if (*fd) make_non_blocking(*fd);
  return child;
}

int kill_and_reap(pid_t pid, int grace_ms) {
  const auto ended = [pid] {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
  };
  for (int waited = 0; waited < grace_ms && !ended(); ++waited) poll(nullptr, 0, 1);
  kill(-pid, SIGKILL);  // the child is not reaped yet, so the number still names its group
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string describe_exit(int wait_status) {
  if (WIFEXITED(wait_status)) return "exited with status " + std::to_string(WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = sigdescr_np(signal);
  return "was killed by signal " + std::to_string(signal) + (name ? " (" + std::string(name) + ")" : "");
}

}  // namespace hone
