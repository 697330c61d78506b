// What hone-jail and the server agree on: the messages on the status pipe and the fixed descriptors.
// Only the first process of the jail's pid namespace holds the status pipe; no program under test ever does.
#pragma once

#include <cstdint>

namespace hone {

/// Which of the jail's programs a message speaks of.
enum class JailProgram : uint32_t {
  main = 0,  // the program that decides when the run ends
  peer = 1,  // the second program of a function test: it holds the code under test
};

enum class JailEvent : uint32_t {
  ready = 1,          // all layers are in force, the programs are about to start
  setup_failed = 2,   // value = errno, step = what failed
  exited = 3,         // value = wait status, the times and the memory of that program
  artifact = 4,       // value = errno or 0: the file asked for was copied out
};

enum class JailStep : uint32_t {
  none, arguments, tmpfs, workdir, resource_limits, capabilities, no_new_privs, seccomp, descriptors, fork, exec, socket,
  signals, pid_namespace, ids, cgroup,
};

struct JailMessage {
  JailEvent event;
  JailProgram program;
  JailStep step;
  int32_t value;
  uint64_t user_us;
  uint64_t system_us;
  uint64_t peak_rss_kib;
};
static_assert(sizeof(JailMessage) == 40, "both sides are built together, but a gap would leak stack bytes");

/// Descriptors of the programs. The main program of a function test has all; every other program has 0, 1, 2 only.
inline constexpr int kPeerSocketFd = 3;  // main and peer: the two ends of one socket
inline constexpr int kReportFd = 4;      // main: where results go
inline constexpr int kTestsFd = 5;       // main: the tests

}  // namespace hone
