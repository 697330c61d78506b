// Sandbox's constructor: which layers this machine can give, found by running probes in real jails.
#include <unistd.h>

#include <map>
#include <sstream>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "rewards/code/sandbox.h"
#include "rewards/code/seccomp_filter.h"
#include "rewards/process/spawn.h"

namespace hone {
namespace {

struct Probe {
  bool works = false;
  std::map<std::string, int64_t> seen;  // what hone-jail probe prints
  std::string reason;
};

SandboxRun probe_run() {
  SandboxRun run;
  run.argv = {"/box/hone-jail", "probe"};
  run.limits.tmp_bytes = 1 << 20;
  run.limits.tmp_inodes = 64;
  return run;
}

Probe read_probe(const SandboxResult& result) {
  Probe probe;
  probe.works = result.end == RunEnd::exited && result.value == 0;
  probe.reason = result.failure.empty() ? "the probe ended with " + std::to_string(result.value) : result.failure;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t equals = line.find('='); equals != std::string::npos)
      probe.seen[line.substr(0, equals)] = std::atoll(line.c_str() + equals + 1);
  return probe;
}

/// The strongest first. Each later one gives something up.
std::vector<Isolation> candidates(bool bubblewrap, bool root, bool weaker) {
  std::vector<Isolation> list;
  std::vector<Isolation> bases;
  if (root) bases.push_back({.other_user = true});
  bases.push_back({});
  if (bubblewrap) {
    list = bases;
    if (weaker) {
      for (const Isolation& base : bases) {
        const auto with = [&](auto change) {
          Isolation i = base;
          change(i);
          list.push_back(i);
        };
        with([](Isolation& i) { i.cgroup = false; });
        with([](Isolation& i) { i.net = false; });
        with([](Isolation& i) { i.limited_tmp = false; });
        with([](Isolation& i) { i.net = i.cgroup = i.ipc = i.uts = i.limited_tmp = false; });
      }
    }
  }
  if (!weaker) return list;
  for (Isolation base : bases) {
    base.bubblewrap = base.net = base.ipc = base.uts = base.cgroup = base.limited_tmp = false;
    list.push_back(base);
  }
  return list;
}

}  // namespace

Sandbox::Sandbox(SandboxOptions options) : options_(std::move(options)), jail_path_(helper_path("hone-jail")) {
  jail_program_ = std::make_unique<MemoryFile>(read_file(jail_path_));
  filter_ = std::make_unique<MemoryFile>(make_seccomp_filter());
  detect();
  const std::string missing = layers_.missing();
  if (!missing.empty() && !options_.allow_weaker)
    throw Error(ErrorCode::failed_precondition,
                "code sandbox: required layers cannot be had here: " + missing +
                    "; install bubblewrap and allow user namespaces, or set sandbox.allow_weaker to run code without them");
  if (!missing.empty()) log_warning("code sandbox: running without required layers: " + missing);
}

void Sandbox::detect() {
  std::string no_bubblewrap;
  if (options_.bubblewrap.empty()) {
    try {
      options_.bubblewrap = find_program("bwrap");
    } catch (const Error& e) {
      no_bubblewrap = e.what();
    }
  }
  cgroups_ = CgroupRoot::find();
  Probe found;
  std::string first_reason = no_bubblewrap;
  const bool root = geteuid() == 0;
  for (const Isolation& isolation : candidates(no_bubblewrap.empty(), root, options_.allow_weaker)) {
    Probe probe = read_probe(run_as(isolation, probe_run()));
    if (first_reason.empty() && !probe.works) first_reason = probe.reason;
    if (!probe.works) continue;
    found = std::move(probe);
    isolation_ = isolation;
    break;
  }
  const auto saw = [&](const char* name) { return found.seen.contains(name) ? found.seen.at(name) : -1; };
  const auto add = [&](const char* name, bool active, bool required, const std::string& reason) {
    layers_.all.push_back({name, active, required, active ? "" : reason});
  };
  const bool jail = found.works && isolation_.bubblewrap;
  const std::string why = first_reason.empty() ? "not available" : first_reason;
  add("bubblewrap", jail, true, why);
  for (const char* name : {"user namespace", "mount namespace", "pid namespace"}) add(name, jail, true, why);
  add("net namespace", jail && isolation_.net, true, why);
  add("ipc namespace", jail && isolation_.ipc, true, why);
  add("uts namespace", jail && isolation_.uts, true, why);
  add("cgroup namespace", jail && isolation_.cgroup, true, why);
  add("read-only root", jail && saw("read_only") == 1, true, why);
  const SandboxRun asked = probe_run();
  add("limited /tmp", jail && saw("tmp_bytes") == asked.limits.tmp_bytes && saw("tmp_inodes") == asked.limits.tmp_inodes, true, why);
  add("seccomp", saw("seccomp") == 2, true, why);
  add("no_new_privs", saw("no_new_privs") == 1, true, why);
  add("no capabilities", saw("no_capabilities") == 1, true, why);
  add("resource limits", saw("rlimits") == 1, true, why);
  const std::string unwritable = "no writable hierarchy; resource limits of each process remain";
  add("cgroup memory", cgroups_.memory(), false, unwritable);
  add("cgroup pids", cgroups_.pids(), false, unwritable);
  add("cgroup cpu", cgroups_.cpu(), false, unwritable);
  if (root) add("unprivileged user", isolation_.other_user, false, "jails run as root's user without capabilities");
}

}  // namespace hone
