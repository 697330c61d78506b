// What a run saves and takes up again of a learner, whatever it learns by. No torch.
// Thread rule: that of the learner.
#pragma once

#include <vector>

#include "policy/weights.h"
#include "rl/checkpoint.h"

namespace hone {

class LearnerState {
 public:
  virtual ~LearnerState() = default;

  /// Borrowed views of the current parameters; valid until the next step.
  virtual std::vector<WeightView> weights() const = 0;
  /// The same of the optimizer's moments.
  virtual std::vector<WeightView> moments() const = 0;
  /// The same of a reference policy that moves; none otherwise.
  virtual std::vector<WeightView> reference() const { return {}; }
  /// Copies the counters.
  virtual void save(TrainerState& state) const = 0;
  /// Throws data_loss naming the tensor that does not fit.
  virtual void restore(const Checkpoint& checkpoint) = 0;
};

}  // namespace hone
