// What a sandboxed run means for the code that ran.
#pragma once

#include <string>

#include "rewards/code/sandbox.h"
#include "rewards/code/verdict.h"

namespace hone {

struct RunUsage {
  double cpu_s = 0.0;   // user + system, summed over runs
  double wall_s = 0.0;  // summed over runs
  int64_t peak_memory_bytes = 0;  // largest of any run

  void add(const SandboxResult& result);
  void add(const RunUsage& other);
  /// "cpu 12 ms, wall 30 ms, memory 9.1 MiB".
  std::string describe() const;
};

struct Judgement {
  Verdict verdict = Verdict::internal;
  std::string detail;  // for a person
};

/// Of the main program; accepted means only that it ended with 0.
Judgement judge_end(const SandboxResult& result);
/// Of the peer, the code under test of a function test, once the judge has lost it.
Judgement judge_peer_end(const SandboxResult& result);
/// Of a compiler run.
Judgement judge_compile(const SandboxResult& result);

}  // namespace hone
