// Which instruction sets the kernels are compiled for, and the switch that tests use to run each of them.
//
// Every kernel is compiled for SSE2 (the x86-64 baseline), SSE4, AVX2 and AVX-512 (NEON elsewhere) and chosen once at run time.
// Results may differ between instruction sets (lane counts decide the order of reductions), never between runs on one.
// Thread rule: list and name are free to call; a switch must not overlap with running kernels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hone {

/// Instruction sets that are compiled in and that this machine can run, best first.
std::vector<int64_t> runnable_simd_targets();
std::string simd_target_name(int64_t target);
/// Name of the one in use.
std::string current_simd_target_name();

/// Uses instruction set `name` ("AVX2", in any case) although the machine may have a better one: machines that differ then give the same
/// bits. Call it before any kernel runs. Throws invalid_argument, with the names there are, for one that this machine cannot run.
void limit_simd_target(const std::string& name);

/// limit_simd_target by the environment variable HONE_SIMD, if it is set and not empty.
void limit_simd_target_by_environment();

/// Runs kernels with one instruction set while it lives. Matrices and K/V must be packed within the same scope.
class ScopedSimdTarget {
 public:
  explicit ScopedSimdTarget(int64_t target);
  ~ScopedSimdTarget();
  ScopedSimdTarget(const ScopedSimdTarget&) = delete;
  ScopedSimdTarget& operator=(const ScopedSimdTarget&) = delete;
};

}  // namespace hone
