// What one sandboxed run may use. Checked by several layers at once: see docs/code_reward.md.
#pragma once

#include <cstdint>

namespace hone {

struct RunLimits {
  double cpu_s = 10.0;                   // user + system time of all its processes (of each one without cgroups)
  double wall_s = 30.0;                  // from start to end
  int64_t memory_bytes = 512LL << 20;    // of all its processes and its files (of each process without cgroups)
  int64_t output_bytes = 16LL << 20;     // stdout and stderr together
  int64_t tmp_bytes = 64LL << 20;        // size of /tmp, and of any one file
  int64_t tmp_inodes = 1024;             // files, folders and links in /tmp
  int64_t processes = 64;                // processes and threads
  int64_t open_files = 256;              // descriptors of a process
  int64_t stack_bytes = 64LL << 20;      // main thread's stack
};

}  // namespace hone
