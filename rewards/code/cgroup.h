// Control groups, version 1 or 2, where this process may make them: the memory, process and CPU limits of a whole run,
// and its exact CPU time and peak memory. Where a controller cannot be had, that layer is absent and resource limits
// remain; nothing here throws for it.
// Thread rule: CgroupRoot is immutable after find(); a RunCgroup has one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rewards/code/limits.h"

namespace hone {

struct CgroupRoot {
  struct Hierarchy {
    std::string folder;  // where this process may make groups
    bool memory = false;
    bool pids = false;
    bool cpu = false;         // quota
    bool accounting = false;  // CPU time
  };
  bool version2 = false;
  std::vector<Hierarchy> hierarchies;  // version 1: one a controller (or set of them); version 2: one in all

  bool memory() const { return any(&Hierarchy::memory); }
  bool pids() const { return any(&Hierarchy::pids); }
  bool cpu() const { return any(&Hierarchy::cpu); }
  bool accounting() const { return any(&Hierarchy::accounting); }

  /// Looks where groups can be made by making one, and removes what dead Hone processes have left.
  static CgroupRoot find();

 private:
  bool any(bool Hierarchy::* member) const;
};

class RunCgroup {
 public:
  /// Makes the groups of one run with their limits. Throws unavailable when a group that find() could make now cannot
  /// be made (a transient state: the run counts as internal).
  RunCgroup(const CgroupRoot& root, const RunLimits& limits, double cores);
  /// Kills what is left in it, and removes it.
  ~RunCgroup();
  RunCgroup(const RunCgroup&) = delete;
  RunCgroup& operator=(const RunCgroup&) = delete;

  /// The files that a process writes "0" to in order to enter.
  std::vector<std::string> procs_files() const;
  std::optional<double> cpu_seconds() const;
  std::optional<int64_t> peak_memory_bytes() const;
  /// How often the kernel killed a process of the run for memory.
  int64_t memory_kills() const;
  void kill_all() const;

 private:
  void set_limits(const CgroupRoot::Hierarchy& hierarchy, const std::string& folder, const RunLimits& limits, double cores);

  const CgroupRoot& root_;
  std::vector<std::string> folders_;  // as root_.hierarchies
};

}  // namespace hone
