// One running jail: started, read with caps, watched against its limits, killed, waited for.
// Thread rule: one owner; PR_SET_PDEATHSIG ties the jail to the thread that made it, which must outlive it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "rewards/code/cgroup.h"
#include "rewards/code/jail_command.h"
#include "rewards/code/jail_protocol.h"

namespace hone {

/// Reads a pipe up to a number of bytes kept; counts the rest. With `keep_end`, half of what is kept is the end.
class CappedReader {
 public:
  CappedReader(FileDescriptor fd, std::size_t cap, bool keep_end) : fd_(std::move(fd)), cap_(cap), keep_end_(keep_end) {}
  int fd() const { return fd_.get(); }
  bool open() const { return static_cast<bool>(fd_); }
  /// Takes what is there; closes at the end of the stream.
  void read_available();
  std::size_t total() const { return total_; }
  std::string take();
  const std::string& head() const { return head_; }

 private:
  void keep(std::string_view bytes);

  FileDescriptor fd_;
  std::size_t cap_;
  bool keep_end_;
  std::size_t total_ = 0;
  std::string head_, tail_;
};

struct JailOutcome {
  enum class Stopped : uint8_t { by_itself, cpu_time, wall_time, output };
  Stopped stopped = Stopped::by_itself;
  bool ready = false;
  std::optional<JailMessage> main, peer, setup_failed, artifact;
  std::string output, error, report;
  double wall_s = 0.0;
};

/// The pipes' ends on our side.
struct JailPipes {
  FileDescriptor output, error;
  FileDescriptor status;  // from hone-jail
  FileDescriptor info;    // from bubblewrap: who is process 1
  FileDescriptor report;  // from the main program of a function test
};

/// Starts `command` with the descriptors, and watches it until nothing of it is left. Throws unavailable when it cannot
/// be started, or when its end cannot be had.
JailOutcome run_jail(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                     InheritedDescriptors inherited, JailPipes pipes, const RunLimits& limits, const RunCgroup& cgroup);

}  // namespace hone
