#include "policy/kernels/simd_targets.h"

#include "policy/kernels/highway_config.h"

#include <hwy/highway.h>

namespace hone {

std::vector<int64_t> runnable_simd_targets() { return hwy::SupportedAndGeneratedTargets(); }

std::string simd_target_name(int64_t target) { return hwy::TargetName(target); }

std::string current_simd_target_name() {
  const std::vector<int64_t> targets = runnable_simd_targets();
  return targets.empty() ? "SCALAR" : simd_target_name(targets.front());
}

ScopedSimdTarget::ScopedSimdTarget(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

ScopedSimdTarget::~ScopedSimdTarget() {
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace hone
