#include "policy/kernels/simd_targets.h"

#include "policy/kernels/highway_config.h"

#include <hwy/highway.h>

#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "proto/base/error.h"

namespace hone {

std::vector<int64_t> runnable_simd_targets() { return hwy::SupportedAndGeneratedTargets(); }

std::string simd_target_name(int64_t target) { return hwy::TargetName(target); }

std::string current_simd_target_name() {
  const std::vector<int64_t> targets = runnable_simd_targets();
  return targets.empty() ? "SCALAR" : simd_target_name(targets.front());
}

void limit_simd_target(const std::string& name) {
  const std::vector<int64_t> targets = runnable_simd_targets();
  const auto named = std::find_if(targets.begin(), targets.end(), [&](int64_t t) { return strcasecmp(name.c_str(), simd_target_name(t).c_str()) == 0; });
  if (named == targets.end()) {
    std::string names;
    for (const int64_t target : targets) names += (names.empty() ? "" : ", ") + simd_target_name(target);
    throw Error(ErrorCode::invalid_argument, "HONE_SIMD is '" + name + "'; this machine has " + names);
  }
  // Not hwy::DisableTargets(): the next question what there is would undo it (Highway 1.0.3).
  hwy::SetSupportedTargetsForTest(std::accumulate(named, targets.end(), int64_t{0}, std::bit_or<>()));
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

void limit_simd_target_by_environment() {
  const char* name = std::getenv("HONE_SIMD");
  if (name != nullptr && *name != '\0') limit_simd_target(name);
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
