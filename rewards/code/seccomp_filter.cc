#include "rewards/code/seccomp_filter.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "proto/base/error.h"
#include "rewards/code/memory_file.h"

namespace hone {
namespace {

constexpr const char* kAllowed[] = {
    // input and output
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek",
    "_llseek", "sendfile", "sendfile64", "copy_file_range", "splice", "tee", "close", "close_range", "dup", "dup2", "dup3",
    "pipe", "pipe2", "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "timerfd_create", "timerfd_settime",
    "timerfd_gettime", "signalfd", "signalfd4", "fcntl", "fcntl64", "flock",
    // files: the root is read-only, /tmp is limited
    "open", "openat", "creat", "stat", "lstat", "fstat", "stat64", "lstat64", "fstat64", "newfstatat", "fstatat64", "statx",
    "statfs", "fstatfs", "statfs64", "fstatfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
    "chdir", "fchdir", "mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat",
    "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "umask", "truncate",
    "ftruncate", "truncate64", "ftruncate64", "fallocate", "fsync", "fdatasync", "sync_file_range", "fadvise64",
    "fadvise64_64", "readahead", "getdents", "getdents64", "utime", "utimes", "futimesat", "utimensat",
    // memory
    "brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise", "msync", "mincore", "membarrier", "mlock", "munlock",
    // processes and threads
    "fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4", "waitid", "waitpid", "kill", "tkill", "tgkill",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "sigaltstack", "sigreturn", "pause", "alarm", "getitimer", "setitimer",
    "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete", "nanosleep", "clock_nanosleep",
    "clock_gettime", "clock_getres", "gettimeofday", "time", "times", "getrusage", "getrlimit", "ugetrlimit", "setrlimit",
    "prlimit64", "getpid", "getppid", "gettid", "getpgrp", "getpgid", "setpgid", "getsid", "setsid", "getuid", "geteuid",
    "getgid", "getegid", "getresuid", "getresgid", "getgroups", "getpriority", "setpriority", "sched_yield",
    "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "sched_rr_get_interval", "uname", "sysinfo", "getrandom", "getcpu", "arch_prctl",
    "set_tid_address", "set_thread_area", "set_robust_list", "get_robust_list", "rseq", "futex", "futex_time64",
    "futex_waitv", "restart_syscall", "capget",
    // the descriptors of socketpair()
    "sendto", "recvfrom", "sendmsg", "recvmsg", "shutdown", "getsockopt", "setsockopt", "getsockname", "getpeername",
};

constexpr const char* kHostile[] = {
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp", "pidfd_open",
    "pidfd_getfd", "pidfd_send_signal", "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns", "add_key", "request_key", "keyctl",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "userfaultfd", "init_module",
    "finit_module", "delete_module", "create_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
    "sethostname", "setdomainname", "iopl", "ioperm", "acct", "quotactl", "quotactl_fd", "settimeofday", "clock_settime",
    "clock_adjtime", "adjtimex", "stime", "open_by_handle_at", "name_to_handle_at", "fanotify_init", "fanotify_mark",
    "syslog", "vhangup", "lookup_dcookie", "socket", "bind", "listen", "accept", "accept4", "connect", "modify_ldt",
};

/// Not there for programs that ask, but no attack: they get a plain refusal.
constexpr const char* kRefused[] = {
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset",
    "sched_setscheduler", "sched_setparam", "sched_setattr", "ioprio_set", "mlockall", "memfd_create", "memfd_secret",
    "shmget", "shmat", "shmctl", "shmdt", "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semctl", "semtimedop",
    "mq_open", "mq_unlink", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "seccomp",
    "inotify_init", "inotify_init1", "inotify_add_watch", "syncfs", "sync", "personality", "mbind", "set_mempolicy",
    "migrate_pages", "move_pages",
};

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS))) {
    if (!context_) throw Error(ErrorCode::unavailable, "code sandbox: libseccomp does not support this architecture");
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "bad architecture");
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
  }

  void add(uint32_t action, const char* name) { add_with(action, name, {}); }

  template <class... Condition>
  void add(uint32_t action, const char* name, Condition... conditions) {
    add_with(action, name, {conditions...});
  }

  std::string bytes() const {
    FileDescriptor file = new_memory_file();
    check(seccomp_export_bpf(context_.get(), file.get()), "export");
    const off_t size = lseek(file.get(), 0, SEEK_END);
    std::string out(static_cast<std::size_t>(size), '\0');
    if (size <= 0 || pread(file.get(), out.data(), out.size(), 0) != size)
      throw Error(ErrorCode::internal, "code sandbox: cannot read the system-call filter back");
    return out;
  }

 private:
  void add_with(uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> conditions) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) return;  // newer or older than this libseccomp: the default action holds
    const int rc = seccomp_rule_add_array(context_.get(), action, call, static_cast<unsigned>(conditions.size()),
                                          conditions.begin());
    if (rc != -EDOM) check(rc, name);  // -EDOM: no such call on this architecture
  }

  static void check(int rc, const char* what) {
    if (rc < 0) throw Error(ErrorCode::internal, std::string("code sandbox: system-call filter: ") + what + ": " + std::strerror(-rc));
  }

  std::unique_ptr<void, Release> context_;
};

constexpr uint64_t kNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

void add_conditional(Filter& filter) {
  // Threads and processes, never namespaces. clone3's flags lie in memory: it does not exist, and libc falls back.
  filter.add(SCMP_ACT_ALLOW, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaces, 0));
  for (uint64_t flag : {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET})
    filter.add(SCMP_ACT_KILL_PROCESS, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
  for (uint64_t request : {TCGETS, TIOCGWINSZ, TIOCGPGRP, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX})
    filter.add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, request));
  for (uint64_t option : {PR_SET_NAME, PR_GET_NAME, PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE,
                          PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP,
                          0x53564d41 /* PR_SET_VMA */})
    filter.add(SCMP_ACT_ALLOW, "prctl", SCMP_A0(SCMP_CMP_EQ, option));
  filter.add(SCMP_ACT_ALLOW, "socketpair", SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
  for (const char* call : {"mknod", "mknodat"}) {  // pipes and plain files; devices are an attack
    const unsigned argument = call[5] == 'a' ? 2 : 1;
    for (uint64_t type : {0, S_IFREG, S_IFIFO})
      filter.add(SCMP_ACT_ALLOW, call, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, S_IFMT, type));
    for (uint64_t type : {S_IFCHR, S_IFBLK})
      filter.add(SCMP_ACT_KILL_PROCESS, call, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, S_IFMT, type));
  }
}

}  // namespace

std::string make_seccomp_filter() {
  Filter filter;
  for (const char* name : kAllowed) filter.add(SCMP_ACT_ALLOW, name);
  for (const char* name : kHostile) filter.add(SCMP_ACT_KILL_PROCESS, name);
  for (const char* name : kRefused) filter.add(SCMP_ACT_ERRNO(EPERM), name);
  add_conditional(filter);
  return filter.bytes();
}

}  // namespace hone
