#include "rewards/code/jail_command.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "proto/base/error.h"

namespace hone {
namespace {

using Arguments = std::vector<std::string>;

constexpr const char* kJailInside = "/box/hone-jail";
constexpr int kHighDescriptor = 256;

void add(Arguments& to, std::initializer_list<std::string> items) { to.insert(to.end(), items); }

/// /usr, and the names that hang on it (links on merged systems, folders elsewhere).
void add_root(Arguments& a, const SandboxRun& run) {
  add(a, {"--ro-bind", "/usr", "/usr"});
  for (const char* name : {"bin", "lib", "lib32", "lib64"}) {
    const std::string path = std::string("/") + name;
    struct stat info{};
    if (lstat(path.c_str(), &info) != 0) continue;
    if (S_ISLNK(info.st_mode)) {
      char target[256];
      const ssize_t n = readlink(path.c_str(), target, sizeof target);
      if (n > 0) add(a, {"--symlink", std::string(target, static_cast<std::size_t>(n)), path});
    } else if (S_ISDIR(info.st_mode)) {
      add(a, {"--ro-bind", path, path});
    }
  }
  for (const std::string& folder : run.read_only)
    if (!folder.starts_with("/usr/")) add(a, {"--ro-bind", folder, folder});
  add(a, {"--dir", "/tmp", "--dev-bind", "/dev/null", "/dev/null"});
  if (run.devices)
    for (const char* device : {"/dev/zero", "/dev/random", "/dev/urandom"}) add(a, {"--dev-bind", device, device});
}

void add_namespaces(Arguments& a, const Isolation& isolation) {
  add(a, {"--unshare-user", "--unshare-pid", "--uid", "65534", "--gid", "65534"});
  if (isolation.net) a.emplace_back("--unshare-net");
  if (isolation.ipc) a.emplace_back("--unshare-ipc");
  if (isolation.uts) add(a, {"--unshare-uts", "--hostname", "hone"});
  if (isolation.cgroup) a.emplace_back("--unshare-cgroup");
  add(a, {"--die-with-parent", "--new-session", "--as-pid-1"});
  // hone-jail needs these for the moment in which it mounts /tmp, makes the peer's namespace and drops everything.
  if (isolation.limited_tmp) add(a, {"--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP"});
}

void add_limit(Arguments& a, int resource, uint64_t soft, uint64_t hard) {
  add(a, {"--limit", std::to_string(resource), std::to_string(soft), std::to_string(hard)});
}

void add_limits(Arguments& a, const RunLimits& limits, bool memory_cgroup) {
  const auto cpu = static_cast<uint64_t>(std::ceil(limits.cpu_s));
  add_limit(a, RLIMIT_CPU, std::max<uint64_t>(cpu, 1), std::max<uint64_t>(cpu, 1) + 1);
  const auto set = [&](int resource, int64_t value) { add_limit(a, resource, static_cast<uint64_t>(value), static_cast<uint64_t>(value)); };
  set(RLIMIT_FSIZE, limits.tmp_bytes);
  set(RLIMIT_NOFILE, limits.open_files);
  set(RLIMIT_NPROC, limits.processes);
  set(RLIMIT_CORE, 0);
  set(RLIMIT_STACK, limits.stack_bytes);
  set(RLIMIT_MEMLOCK, 64 << 10);
  set(RLIMIT_MSGQUEUE, 0);
  set(RLIMIT_RTPRIO, 0);
  // With a memory cgroup the address space only stops absurd requests: threads and libraries reserve more than they use.
  set(RLIMIT_AS, memory_cgroup ? 4 * limits.memory_bytes + (4LL << 30) : limits.memory_bytes + (64LL << 20));
}

void add_program(Arguments& a, const char* option, const Arguments& argv) {
  add(a, {option, std::to_string(argv.size())});
  a.insert(a.end(), argv.begin(), argv.end());
}

}  // namespace

InheritedDescriptors::InheritedDescriptors(FileDescriptor input, FileDescriptor output, FileDescriptor error) {
  add(std::move(input));
  add(std::move(output));
  add(std::move(error));
}

int InheritedDescriptors::add(FileDescriptor fd) {
  // Above every number that the child uses, so that placing one never overwrites another.
  FileDescriptor high(fcntl(fd.get(), F_DUPFD_CLOEXEC, kHighDescriptor));
  if (!high) throw Error(ErrorCode::resource_exhausted, "code sandbox: no file descriptor left");
  fds_.push_back(std::move(high));
  return count() - 1;
}

std::vector<std::string> jail_command(const Isolation& isolation, const JailParts& parts, const SandboxRun& run,
                                      const JailDescriptors& fds, InheritedDescriptors& inherited) {
  Arguments inside{"run", "--status", std::to_string(fds.status)};
  if (parts.filter) add(inside, {"--filter", std::to_string(inherited.add(parts.filter->open()))});
  if (fds.report >= 0) add(inside, {"--report", std::to_string(fds.report)});
  if (run.tests) add(inside, {"--tests", std::to_string(inherited.add(run.tests->open()))});
  if (fds.artifact >= 0) add(inside, {"--artifact", std::to_string(fds.artifact), run.artifact, std::to_string(run.artifact_limit)});
  add_limits(inside, run.limits, parts.memory_cgroup);

  Arguments command{parts.jail_path, "enter"};
  for (const std::string& file : parts.procs_files) add(command, {"--cgroup", file});
  if (isolation.other_user) add(command, {"--ids", std::to_string(parts.user), std::to_string(parts.user)});

  Arguments then;
  if (isolation.bubblewrap) {
    then.push_back(parts.bubblewrap);
    add(then, {"--info-fd", std::to_string(fds.info)});
    add_namespaces(then, isolation);
    add_root(then, run);
    add(then, {"--dir", "/box", "--perms", "0555", "--file", std::to_string(inherited.add(parts.jail_program->open())), kJailInside});
    for (const SandboxFile& file : run.files)
      add(then, {"--perms", file.executable ? "0555" : "0444", "--file", std::to_string(inherited.add(file.data->open())),
                 "/box/" + file.name});
    if (isolation.limited_tmp)
      add(inside, {"--tmp", std::to_string(run.limits.tmp_bytes), std::to_string(run.limits.tmp_inodes)});
    else
      add(then, {"--size", std::to_string(run.limits.tmp_bytes), "--perms", "0700", "--tmpfs", "/tmp"});
    add(then, {"--remount-ro", "/", "--", kJailInside});
  } else {
    add(inside, {"--outside", parts.outside_folder});
    then.push_back(parts.jail_path);
  }
  add(command, {"--keep-fds", std::to_string(inherited.count()), "--"});
  command.insert(command.end(), then.begin(), then.end());
  command.insert(command.end(), inside.begin(), inside.end());
  add_program(command, "--main", run.argv);
  if (!run.peer_argv.empty()) add_program(command, "--peer", run.peer_argv);
  return command;
}

}  // namespace hone
