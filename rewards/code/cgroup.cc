#include "rewards/code/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "proto/base/error.h"

namespace hone {
namespace {

constexpr const char* kPrefix = "hone-run-";

bool write_text(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool good = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return good;
}

std::string read_text(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  char buffer[4096];
  const ssize_t n = read(fd, buffer, sizeof buffer);
  close(fd);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
}

std::optional<int64_t> number_of(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text.c_str(), &end, 10);
  if (end == text.c_str() || errno) return std::nullopt;
  return value;
}

/// Value of "key N" in a file of such lines.
std::optional<int64_t> field_of(const std::string& path, const std::string& key) {
  std::istringstream lines(read_text(path));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(key + " ")) return number_of(line.substr(key.size() + 1));
  return std::nullopt;
}

bool has_word(const std::string& text, const std::string& word, char separator) {
  std::istringstream words(text);
  for (std::string w; std::getline(words, w, separator);) {
    while (!w.empty() && (w.back() == '\n' || w.back() == ' ')) w.pop_back();
    if (w == word) return true;
  }
  return false;
}

struct Mount {
  std::string root, point, type, options;
};

std::vector<Mount> cgroup_mounts() {
  std::vector<Mount> mounts;
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream left(line.substr(0, dash)), right(line.substr(dash + 3));
    Mount m;
    std::string id, parent, device, source;
    left >> id >> parent >> device >> m.root >> m.point;
    right >> m.type >> source >> m.options;
    if (m.type == "cgroup" || m.type == "cgroup2") mounts.push_back(std::move(m));
  }
  return mounts;
}

/// This process's place in the hierarchy that has `controller` ("" = version 2).
std::string own_path(const std::string& controller) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? names.empty() : has_word(names, controller, ',')) return line.substr(second + 1);
  }
  return "/";
}

std::string folder_of(const Mount& mount, std::string path) {
  if (mount.root != "/" && path.starts_with(mount.root)) path = path.substr(mount.root.size());
  while (!path.empty() && path.back() == '/') path.pop_back();
  return mount.point + path;
}

std::string new_name() {
  static std::atomic<uint64_t> counter{0};
  return kPrefix + std::to_string(getpid()) + "-" + std::to_string(counter++);
}

/// True where a group can be made and a process could enter it.
bool can_make_groups(const std::string& folder) {
  const std::string trial = folder + "/" + new_name();
  if (mkdir(trial.c_str(), 0700) != 0) return false;
  const bool enter = access((trial + "/cgroup.procs").c_str(), W_OK) == 0;
  rmdir(trial.c_str());
  return enter;
}

void kill_members(const std::string& folder) {
  if (write_text(folder + "/cgroup.kill", "1")) return;
  std::ifstream procs(folder + "/cgroup.procs");
  for (int64_t pid = 0; procs >> pid;)
    if (pid > 0) kill(static_cast<pid_t>(pid), SIGKILL);
}

/// Groups of Hone processes that are gone (killed before they could tidy up), and what of a jail is still in one: one whose
/// server died between bubblewrap's first steps waits for ever. A group that is not empty yet goes at the next start.
void remove_stale(const std::string& folder) {
  DIR* dir = opendir(folder.c_str());
  if (!dir) return;
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (!name.starts_with(kPrefix)) continue;
    const auto pid = number_of(name.substr(std::strlen(kPrefix)));
    if (pid && *pid != getpid() && kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH) {
      kill_members(folder + "/" + name);
      rmdir((folder + "/" + name).c_str());
    }
  }
  closedir(dir);
}

std::optional<CgroupRoot::Hierarchy> find_version1(const Mount& mount, const std::string& controller) {
  CgroupRoot::Hierarchy h;
  h.folder = folder_of(mount, own_path(controller));
  if (!can_make_groups(h.folder)) return std::nullopt;
  h.memory = has_word(mount.options, "memory", ',');
  h.pids = has_word(mount.options, "pids", ',');
  h.cpu = has_word(mount.options, "cpu", ',');
  h.accounting = has_word(mount.options, "cpuacct", ',');
  return h;
}

/// In version 2 a group with processes gives its children no controllers: look in the own group, then in its parent.
std::optional<CgroupRoot::Hierarchy> find_version2(const Mount& mount) {
  std::string folder = folder_of(mount, own_path(""));
  for (int i = 0; i < 2; ++i) {
    for (const char* controller : {"+memory", "+pids", "+cpu"}) write_text(folder + "/cgroup.subtree_control", controller);
    const std::string given = read_text(folder + "/cgroup.subtree_control");
    CgroupRoot::Hierarchy h;
    h.folder = folder;
    h.memory = has_word(given, "memory", ' ');
    h.pids = has_word(given, "pids", ' ');
    h.cpu = has_word(given, "cpu", ' ');
    h.accounting = true;
    if ((h.memory || h.pids) && can_make_groups(folder)) return h;
    const std::size_t slash = folder.rfind('/');
    if (slash == std::string::npos || folder.size() <= mount.point.size()) break;
    folder.resize(slash);
  }
  return std::nullopt;
}

}  // namespace

bool CgroupRoot::any(bool Hierarchy::* member) const {
  return std::any_of(hierarchies.begin(), hierarchies.end(), [&](const Hierarchy& h) { return h.*member; });
}

CgroupRoot CgroupRoot::find() {
  CgroupRoot root;
  const std::vector<Mount> mounts = cgroup_mounts();
  for (const Mount& mount : mounts) {
    if (mount.type != "cgroup2") continue;
    if (auto h = find_version2(mount)) {
      root.version2 = true;
      root.hierarchies.push_back(*h);
    }
  }
  if (!root.version2) {
    for (const Mount& mount : mounts) {
      if (mount.type != "cgroup") continue;
      for (const char* controller : {"memory", "pids", "cpu", "cpuacct"}) {
        if (!has_word(mount.options, controller, ',')) continue;
        if (auto h = find_version1(mount, controller)) root.hierarchies.push_back(*h);
        break;
      }
    }
  }
  for (const Hierarchy& h : root.hierarchies) remove_stale(h.folder);
  return root;
}

RunCgroup::RunCgroup(const CgroupRoot& root, const RunLimits& limits, double cores) : root_(root) {
  for (const CgroupRoot::Hierarchy& hierarchy : root.hierarchies) {
    const std::string folder = hierarchy.folder + "/" + new_name();
    if (mkdir(folder.c_str(), 0700) != 0) {
      const std::string reason = std::strerror(errno);
      for (const std::string& made : folders_) rmdir(made.c_str());
      throw Error(ErrorCode::unavailable, "code sandbox: cannot make " + folder + ": " + reason);
    }
    folders_.push_back(folder);
    set_limits(hierarchy, folder, limits, cores);
  }
}

void RunCgroup::set_limits(const CgroupRoot::Hierarchy& hierarchy, const std::string& folder, const RunLimits& limits,
                           double cores) {
  const std::string bytes = std::to_string(limits.memory_bytes);
  const auto quota = std::to_string(static_cast<int64_t>(cores * 100000.0));
  bool good = true;
  if (hierarchy.memory && root_.version2) {
    good = write_text(folder + "/memory.max", bytes);
    write_text(folder + "/memory.swap.max", "0");
    write_text(folder + "/memory.oom.group", "0");
  } else if (hierarchy.memory) {
    good = write_text(folder + "/memory.limit_in_bytes", bytes);
    write_text(folder + "/memory.memsw.limit_in_bytes", bytes);
  }
  // Room for bubblewrap, hone-jail and the first process of a peer's namespace.
  if (hierarchy.pids) good = write_text(folder + "/pids.max", std::to_string(limits.processes + 4)) && good;
  if (hierarchy.cpu && root_.version2) write_text(folder + "/cpu.max", quota + " 100000");
  else if (hierarchy.cpu) write_text(folder + "/cpu.cfs_quota_us", quota);
  if (!good) {
    for (const std::string& made : folders_) rmdir(made.c_str());
    throw Error(ErrorCode::unavailable, "code sandbox: cannot set the limits of " + folder);
  }
}

RunCgroup::~RunCgroup() {
  for (const std::string& folder : folders_) {
    // The last process leaves its group a moment after it was waited for.
    for (int i = 0; i < 2000 && rmdir(folder.c_str()) != 0 && errno == EBUSY; ++i) {
      if (i % 100 == 50) kill_all();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

std::vector<std::string> RunCgroup::procs_files() const {
  std::vector<std::string> files;
  for (const std::string& folder : folders_) files.push_back(folder + "/cgroup.procs");
  return files;
}

std::optional<double> RunCgroup::cpu_seconds() const {
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    if (!root_.hierarchies[i].accounting) continue;
    const auto value = root_.version2 ? field_of(folders_[i] + "/cpu.stat", "usage_usec")
                                      : number_of(read_text(folders_[i] + "/cpuacct.usage"));
    if (value) return static_cast<double>(*value) * (root_.version2 ? 1e-6 : 1e-9);
  }
  return std::nullopt;
}

std::optional<int64_t> RunCgroup::peak_memory_bytes() const {
  for (std::size_t i = 0; i < folders_.size(); ++i)
    if (root_.hierarchies[i].memory)
      return number_of(read_text(folders_[i] + (root_.version2 ? "/memory.peak" : "/memory.max_usage_in_bytes")));
  return std::nullopt;
}

int64_t RunCgroup::memory_kills() const {
  for (std::size_t i = 0; i < folders_.size(); ++i)
    if (root_.hierarchies[i].memory)
      return field_of(folders_[i] + (root_.version2 ? "/memory.events" : "/memory.oom_control"), "oom_kill").value_or(0);
  return 0;
}

void RunCgroup::kill_all() const {
  for (const std::string& folder : folders_) kill_members(folder);
}

}  // namespace hone
