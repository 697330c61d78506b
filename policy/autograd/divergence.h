// Reverse KL divergence of two language models at given positions, over the whole vocabulary, in row chunks: logits [M, V] never exist
// whole. On-policy distillation minimises it on the student's own samples (Agarwal et al. 2024, arXiv:2306.13649; Gu et al. 2024,
// arXiv:2306.08543).
#pragma once

#include "policy/autograd/head.h"
#include "policy/torch.h"

namespace hone {

/// [M] KL(student || teacher) = sum over v of p(v) (log p(v) - log q(v)), nats, with p = softmax(hidden[source_rows] weight^T / temperature)
/// and q the same of the teacher. The gradient reaches hidden [N, H] and weight [V, H]; the teacher's are constants ([N, H'], [V, H']).
at::Tensor reverse_kl_rows(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& teacher_hidden, const at::Tensor& teacher_weight,
                           const at::Tensor& source_rows, const HeadOptions& options);

/// The same from ATen operations with all logits at once: the tests' reference.
at::Tensor plain_reverse_kl_rows(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& teacher_hidden,
                                 const at::Tensor& teacher_weight, const at::Tensor& source_rows, const HeadOptions& options);

}  // namespace hone
