// The command line of one jail, and the descriptors that its processes inherit.
#pragma once

#include <string>
#include <vector>

#include "rewards/code/isolation.h"
#include "rewards/code/sandbox.h"

namespace hone {

/// Descriptors by the number they get in the child: 0, 1, 2, then as add() gives them.
class InheritedDescriptors {
 public:
  InheritedDescriptors() = default;
  InheritedDescriptors(FileDescriptor input, FileDescriptor output, FileDescriptor error);
  /// Takes `fd` over and returns its number in the child.
  int add(FileDescriptor fd);
  const std::vector<FileDescriptor>& all() const { return fds_; }
  int count() const { return static_cast<int>(fds_.size()); }

 private:
  std::vector<FileDescriptor> fds_;
};

struct JailParts {
  std::string jail_path;    // hone-jail on the host
  std::string bubblewrap;   // bwrap on the host
  const MemoryFile* jail_program = nullptr;
  const MemoryFile* filter = nullptr;
  bool memory_cgroup = false;
  std::vector<std::string> procs_files;
  int64_t user = 0;
  std::string outside_folder;  // without bubblewrap: where the run's files lie
};

/// Numbers in the child, -1 = none.
struct JailDescriptors {
  int status = -1, info = -1, report = -1, artifact = -1;
};

/// Arguments for hone-jail (argv[0] = its path).
std::vector<std::string> jail_command(const Isolation& isolation, const JailParts& parts, const SandboxRun& run,
                                      const JailDescriptors& fds, InheritedDescriptors& inherited);

}  // namespace hone
