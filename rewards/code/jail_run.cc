// hone-jail run: mounts the limited /tmp, then starts the programs with no capabilities, resource limits and the seccomp
// filter; reports each one's end and leaves when the main one has ended. The kernel then kills whatever is left in the
// namespace. Options: see read_arguments().
#include "rewards/code/jail_run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rewards/code/jail_protocol.h"

extern char** environ;

namespace {

using hone::JailEvent;
using hone::JailMessage;
using hone::JailProgram;
using hone::JailStep;

constexpr int kMaxLimits = 16;
constexpr int kMaxFilterInstructions = 4096;

struct Limit {
  int resource;
  rlim_t soft, hard;
};

struct Program {
  int argc = 0;
  char** argv = nullptr;  // null-terminated by start()
  pid_t pid = -1;
};

struct Jail {
  int status_fd = -1;
  int filter_fd = -1;
  int report_fd = -1;
  int tests_fd = -1;
  int artifact_fd = -1;
  const char* artifact = nullptr;  // file to copy to artifact_fd when the main program ended with 0
  unsigned long long artifact_limit = 0;
  unsigned long long tmp_bytes = 0;
  unsigned long long tmp_inodes = 0;
  bool outside = false;  // no bubblewrap: neither mount nor process 1
  const char* work_dir = "/tmp";
  Limit limits[kMaxLimits];
  int limit_count = 0;
  Program main, peer;
  sock_fprog filter = {};
  int sockets[2] = {-1, -1};
};

Jail jail;

void send(JailEvent event, JailProgram program, JailStep step, int value, const rusage* usage = nullptr) {
  JailMessage m = {};
  m.event = event;
  m.program = program;
  m.step = step;
  m.value = value;
  if (usage) {
    m.user_us = static_cast<uint64_t>(usage->ru_utime.tv_sec) * 1000000 + static_cast<uint64_t>(usage->ru_utime.tv_usec);
    m.system_us = static_cast<uint64_t>(usage->ru_stime.tv_sec) * 1000000 + static_cast<uint64_t>(usage->ru_stime.tv_usec);
    m.peak_rss_kib = static_cast<uint64_t>(usage->ru_maxrss);
  }
  ssize_t written;  // one message is less than PIPE_BUF: whole or not at all
  do written = write(jail.status_fd, &m, sizeof m);
  while (written < 0 && errno == EINTR);
}

[[noreturn]] void fail(JailStep step, JailProgram program = JailProgram::main) {
  send(JailEvent::setup_failed, program, step, errno);
  _exit(125);
}

unsigned long long number(const char* text) {
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (errno || end == text || *end) {
    errno = EINVAL;
    fail(JailStep::arguments);
  }
  return value;
}

bool is(const char* a, const char* b) { return strcmp(a, b) == 0; }

/// "--limit RESOURCE SOFT HARD" and the rest; every option has at least one value.
void read_arguments(int argc, char** argv) {
  int i = 0;
  const auto next = [&]() -> char* {
    if (++i >= argc) {
      errno = EINVAL;
      fail(JailStep::arguments);
    }
    return argv[i];
  };
  const auto program = [&](Program& p) {
    p.argc = static_cast<int>(number(next()));
    p.argv = argv + i + 1;
    if (p.argc < 1 || i + p.argc >= argc) {
      errno = EINVAL;
      fail(JailStep::arguments);
    }
    i += p.argc;
  };
  for (; i < argc; ++i) {
    const char* option = argv[i];
    if (is(option, "--status")) jail.status_fd = static_cast<int>(number(next()));
    else if (is(option, "--filter")) jail.filter_fd = static_cast<int>(number(next()));
    else if (is(option, "--report")) jail.report_fd = static_cast<int>(number(next()));
    else if (is(option, "--tests")) jail.tests_fd = static_cast<int>(number(next()));
    else if (is(option, "--artifact")) {
      jail.artifact_fd = static_cast<int>(number(next()));
      jail.artifact = next();
      jail.artifact_limit = number(next());
    } else if (is(option, "--tmp")) {
      jail.tmp_bytes = number(next());
      jail.tmp_inodes = number(next());
    } else if (is(option, "--outside")) {
      jail.outside = true;
      jail.work_dir = next();
    } else if (is(option, "--limit") && jail.limit_count < kMaxLimits) {
      Limit& limit = jail.limits[jail.limit_count++];
      limit.resource = static_cast<int>(number(next()));
      limit.soft = number(next());
      limit.hard = number(next());
    } else if (is(option, "--main")) program(jail.main);
    else if (is(option, "--peer")) program(jail.peer);
    else {
      errno = EINVAL;
      fail(JailStep::arguments);
    }
  }
  if (jail.main.argc == 0) {
    errno = EINVAL;
    fail(JailStep::arguments);
  }
}

void read_filter() {
  if (jail.filter_fd < 0) return;
  static sock_filter instructions[kMaxFilterInstructions];
  size_t have = 0;
  for (;;) {
    const ssize_t n = pread(jail.filter_fd, reinterpret_cast<char*>(instructions) + have, sizeof instructions - have,
                            static_cast<off_t>(have));
    if (n < 0) fail(JailStep::seccomp);
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  jail.filter.len = static_cast<unsigned short>(have / sizeof(sock_filter));
  jail.filter.filter = instructions;
  close(jail.filter_fd);
}

void mount_tmp() {
  if (jail.tmp_bytes == 0) return;
  char options[128];
  snprintf(options, sizeof options, "mode=0700,size=%llu,nr_inodes=%llu", jail.tmp_bytes, jail.tmp_inodes);
  if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) != 0) fail(JailStep::tmpfs);
}

void drop_capabilities(JailProgram program) {
  for (int cap = 0; cap <= 63; ++cap)
    if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && !jail.outside)
      fail(JailStep::capabilities, program);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  if (syscall(SYS_capset, &header, none) != 0) fail(JailStep::capabilities, program);
}

void move_descriptor(int from, int to) {
  if (from >= 0 && dup2(from, to) < 0) fail(JailStep::descriptors);
}

/// In the child: from here to exec nothing of the run is trusted to the program.
[[noreturn]] void become(Program& program, JailProgram which) {
  const bool function_test = jail.peer.argc > 0;
  // Everything the program keeps is moved above the fixed numbers first, so that no dup2 overwrites a source.
  const int status = fcntl(jail.status_fd, F_DUPFD_CLOEXEC, 64);
  int socket = -1, report = -1, tests = -1;
  if (function_test) {
    socket = fcntl(jail.sockets[which == JailProgram::main ? 0 : 1], F_DUPFD_CLOEXEC, 64);
    if (which == JailProgram::main) {
      report = fcntl(jail.report_fd, F_DUPFD_CLOEXEC, 64);
      tests = fcntl(jail.tests_fd, F_DUPFD_CLOEXEC, 64);
    }
  }
  if (status < 0) fail(JailStep::descriptors, which);
  jail.status_fd = status;
  if (syscall(SYS_close_range, 3, 63, 0) != 0) fail(JailStep::descriptors, which);
  move_descriptor(socket, hone::kPeerSocketFd);
  move_descriptor(report, hone::kReportFd);
  move_descriptor(tests, hone::kTestsFd);
  if (which == JailProgram::peer) {
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0) fail(JailStep::descriptors, which);
    if (null != 0) close(null);
    move_descriptor(socket, hone::kPeerSocketFd);
  }

  for (int i = 0; i < jail.limit_count; ++i) {
    const rlimit limit = {jail.limits[i].soft, jail.limits[i].hard};
    if (setrlimit(static_cast<__rlimit_resource_t>(jail.limits[i].resource), &limit) != 0)
      fail(JailStep::resource_limits, which);
  }
  drop_capabilities(which);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(JailStep::no_new_privs, which);
  char* argv[256];
  if (program.argc >= 255) fail(JailStep::arguments, which);
  memcpy(argv, program.argv, sizeof(char*) * static_cast<size_t>(program.argc));
  argv[program.argc] = nullptr;
  if (jail.filter.len > 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &jail.filter) != 0)
    fail(JailStep::seccomp, which);
  execve(argv[0], argv, environ);
  fail(JailStep::exec, which);
}

pid_t start(Program& program, JailProgram which) {
  const pid_t pid = fork();
  if (pid < 0) fail(JailStep::fork, which);
  if (pid == 0) {
    if (jail.outside) {
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    become(program, which);
  }
  return pid;
}

/// The peer in a pid namespace of its own: it can neither see nor signal the judge. Its first process only waits.
pid_t start_in_own_namespace(Program& program) {
  if (jail.outside) return start(program, JailProgram::peer);
  if (unshare(CLONE_NEWPID) != 0) fail(JailStep::pid_namespace, JailProgram::peer);
  const pid_t init = fork();
  if (init < 0) fail(JailStep::fork, JailProgram::peer);
  if (init > 0) return init;
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const pid_t pid = start(program, JailProgram::peer);
  close(jail.sockets[0]);
  close(jail.sockets[1]);
  drop_capabilities(JailProgram::peer);
  int status = 0;
  rusage usage = {};
  for (;;) {
    const pid_t ended = wait4(-1, &status, 0, &usage);
    if (ended == pid) break;
    if (ended < 0 && errno != EINTR) _exit(125);
  }
  send(JailEvent::exited, JailProgram::peer, JailStep::none, status, &usage);
  _exit(0);
}

int copy_artifact() {
  const int from = open(jail.artifact, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (from < 0) return errno;
  struct stat info;
  if (fstat(from, &info) != 0) return errno;
  if (!S_ISREG(info.st_mode)) return EINVAL;
  if (static_cast<unsigned long long>(info.st_size) > jail.artifact_limit) return EFBIG;
  off_t left = info.st_size;
  while (left > 0) {
    const ssize_t n = sendfile(jail.artifact_fd, from, nullptr, static_cast<size_t>(left));
    if (n <= 0) return n < 0 ? errno : EIO;
    left -= n;
  }
  return 0;
}

/// The peer's socket is closed now and a well-behaved peer leaves at once: its end is worth a short wait.
void end_peer() {
  if (jail.peer.pid <= 0) return;
  int status = 0;
  rusage usage = {};
  for (int i = 0; i < 100; ++i) {
    const pid_t ended = wait4(jail.peer.pid, &status, WNOHANG, &usage);
    if (ended == jail.peer.pid && jail.outside) send(JailEvent::exited, JailProgram::peer, JailStep::none, status, &usage);
    if (ended != 0) return;
    usleep(1000);
  }
  kill(jail.peer.pid, SIGKILL);
  if (jail.outside) kill(-jail.peer.pid, SIGKILL);
}

}  // namespace

int hone::jail_run(int argc, char** argv) {
  read_arguments(argc, argv);
  if (fcntl(jail.status_fd, F_SETFD, FD_CLOEXEC) != 0) _exit(125);
  // Not dumpable: /proc/1 of this namespace belongs to no program in it, whoever mounts it.
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  read_filter();
  mount_tmp();
  if (chdir(jail.work_dir) != 0) fail(JailStep::workdir);
  if (jail.peer.argc > 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, jail.sockets) != 0) fail(JailStep::socket);
  send(JailEvent::ready, JailProgram::main, JailStep::none, 0);
  // The main program first: unshare(CLONE_NEWPID) sends all later children into the peer's namespace.
  jail.main.pid = start(jail.main, JailProgram::main);
  if (jail.peer.argc > 0) {
    jail.peer.pid = start_in_own_namespace(jail.peer);
    close(jail.sockets[0]);
    close(jail.sockets[1]);
    close(jail.report_fd);
    close(jail.tests_fd);
  }
  // What this process holds of the candidate's streams would keep them open.
  for (int fd = 0; fd < 3; ++fd) close(fd);
  drop_capabilities(JailProgram::main);
  int status = 0;
  rusage usage = {};
  for (;;) {
    const pid_t ended = wait4(-1, &status, 0, &usage);
    if (ended == jail.main.pid) break;
    if (ended == jail.peer.pid && jail.outside) send(JailEvent::exited, JailProgram::peer, JailStep::none, status, &usage);
    if (ended < 0 && errno != EINTR) _exit(125);
  }
  if (jail.artifact && WIFEXITED(status) && WEXITSTATUS(status) == 0)
    send(JailEvent::artifact, JailProgram::main, JailStep::none, copy_artifact());
  end_peer();
  if (jail.outside) kill(-jail.main.pid, SIGKILL);
  send(JailEvent::exited, JailProgram::main, JailStep::none, status, &usage);
  return 0;
}
