// Runs programs that nobody trusts: each run in a jail of its own, made and taken down for it.
//
//   server ── hone-jail enter ── bwrap ── hone-jail run (process 1) ──┬── main program
//     │    (joins cgroups, gives up root)   (limits, filter, status)  └── peer program (function tests)
//     └─ reads stdout, stderr, status and report pipes with caps; clock; kills; removes the cgroup
//
// Nothing of a run touches the host's files: what goes in and comes out are pipes and memory files.
// docs/code_reward.md lists the layers and what they do not cover.
// Thread rule: run() is const and may be called from several threads at once; it blocks until the run is over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rewards/code/cgroup.h"
#include "rewards/code/isolation.h"
#include "rewards/code/limits.h"
#include "rewards/code/memory_file.h"

namespace hone {

struct SandboxOptions {
  bool allow_weaker = false;      // run even where a required layer cannot be had
  double cores = 1.0;             // CPU quota of a run, where cgroups can be had
  int64_t user = 65534;           // who runs jails when this process is root
  std::string bubblewrap;         // path of bwrap, "" = from PATH
};

struct SandboxFile {
  std::string name;  // in /box
  std::shared_ptr<const MemoryFile> data;
  bool executable = false;
};

struct SandboxRun {
  std::vector<std::string> argv;       // argv[0] is a path in the jail
  std::vector<std::string> peer_argv;  // second program, joined to the first by a socket; "" = none
  std::vector<SandboxFile> files;
  std::vector<std::string> read_only;  // host folders beside /usr that both programs need
  std::vector<std::pair<std::string, std::string>> environment;
  const MemoryFile* input = nullptr;   // standard input of the main program
  const MemoryFile* tests = nullptr;   // with a peer: what the main program alone can read
  RunLimits limits;
  bool devices = true;                 // /dev/zero, random, urandom beside /dev/null
  std::string artifact;                // file to bring back when the main program ends with 0
  int64_t artifact_limit = 256LL << 20;
};

enum class RunEnd : uint8_t { exited, signaled, cpu_time, wall_time, memory, output, internal };

struct SandboxResult {
  RunEnd end = RunEnd::internal;
  int value = 0;           // exit status or signal of the main program
  bool peer_ended = false;
  RunEnd peer_end = RunEnd::internal;
  int peer_value = 0;
  std::string output;      // of the main program and the peer, at most limits.output_bytes
  std::string error;       // the first and last kilobytes of standard error
  std::string report;      // what the main program of a function test has written to kReportFd
  double cpu_s = 0.0;
  double wall_s = 0.0;
  int64_t peak_memory_bytes = 0;
  std::shared_ptr<const MemoryFile> artifact;
  std::string failure;     // RunEnd::internal: what failed
};

class Sandbox {
 public:
  /// Finds out which layers can be had by running probes. Throws failed_precondition naming the required layers that
  /// cannot, unless allow_weaker.
  explicit Sandbox(SandboxOptions options);

  const Layers& layers() const { return layers_; }
  const Isolation& isolation() const { return isolation_; }
  /// Never throws for what a program does; internal trouble is RunEnd::internal.
  SandboxResult run(const SandboxRun& run) const;

 private:
  SandboxResult run_as(const Isolation& isolation, const SandboxRun& run) const;
  void detect();

  SandboxOptions options_;
  std::string jail_path_;
  std::unique_ptr<MemoryFile> jail_program_;
  std::unique_ptr<MemoryFile> filter_;
  CgroupRoot cgroups_;
  Isolation isolation_;
  Layers layers_;
};

}  // namespace hone
