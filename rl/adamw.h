// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with torch.optim.AdamW's arithmetic, and clipping of the
// gradient norm.
//
// On the CPU one pass over a tensor updates both moments and the parameter, without temporaries; on other devices the
// same update runs as ATen operations. Work is cut by index, so results do not depend on the number of threads.
//
// Thread rule: one thread at a time (ATen's intra-op threads inside).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/torch.h"
#include "policy/weights.h"

namespace hone {

struct AdamWConfig {
  double beta1 = 0.9;            // [0, 1)
  double beta2 = 0.999;          // [0, 1)
  double epsilon = 1e-8;         // > 0
  double weight_decay = 0.0;     // >= 0; decoupled: p -= lr * weight_decay * p
  bool decay_embeddings = true;  // false: embed_tokens and lm_head are not decayed
  bool fused = true;             // false: ATen operations on the CPU too (slower, one temporary of a tensor's size)
};

/// Throws invalid_argument naming the field and its limits.
void validate(const AdamWConfig& config);

/// Whether a parameter is decayed by default: matrices yes; norms and biases (fewer than two dimensions) no; embeddings
/// as configured.
bool is_decayed(const std::string& name, int64_t dimensions, const AdamWConfig& config);

class AdamW {
 public:
  /// `parameters` are leaf tensors (float32 or float64), shared, not copied. `decay` holds one flag a parameter;
  /// without it, is_decayed() decides.
  AdamW(std::vector<at::Tensor> parameters, std::vector<std::string> names, const AdamWConfig& config,
        std::optional<std::vector<bool>> decay = std::nullopt);

  /// One update from the parameters' gradients times `gradient_scale` (clip_factor()): the bits of scaling them first, in one pass over
  /// memory less. A parameter without a gradient stays as it is.
  void step(double learning_rate, double gradient_scale = 1.0);

  int64_t step_count() const { return step_count_; }
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<at::Tensor>& exp_avg() const { return exp_avg_; }        // first moments, like the parameters
  const std::vector<at::Tensor>& exp_avg_sq() const { return exp_avg_sq_; }  // second moments

  /// Moments as float32 host tensors "exp_avg.<name>" and "exp_avg_sq.<name>", for a checkpoint. Valid until the next
  /// call of any member that is not const; no copy for float32 parameters on the CPU.
  std::vector<WeightView> state();
  /// Restores what state() gave. Throws invalid_argument naming the tensor: missing, unknown, twice, wrong shape, not
  /// finite, or a negative second moment; nothing changes then.
  void load_state(int64_t step_count, std::span<const WeightView> tensors);

 private:
  AdamWConfig config_;
  std::vector<at::Tensor> parameters_;
  std::vector<std::string> names_;
  std::vector<bool> decay_;
  std::vector<at::Tensor> exp_avg_;
  std::vector<at::Tensor> exp_avg_sq_;
  std::vector<at::Tensor> host_state_;  // keeps state()'s views alive
  int64_t step_count_ = 0;
};

/// L2 norm of all gradients. The sum runs in a fixed order in double, whatever the number of threads. Where it is not finite the caller must
/// not step.
double grad_norm(std::span<const at::Tensor> parameters);

/// What torch.nn.utils.clip_grad_norm_ multiplies gradients by: min(1, max_norm / (norm + 1e-6)). Throws invalid_argument unless max_norm > 0.
double clip_factor(double norm, double max_norm);

}  // namespace hone
