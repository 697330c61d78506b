#include "policy/autograd/divergence.h"

#include <algorithm>

#include "policy/autograd/function_support.h"
#include "proto/base/error.h"

namespace hone {
namespace {

/// log softmax of the rows' logits.
at::Tensor log_probabilities(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& rows, double temperature) {
  return at::log_softmax(at::mm(at::index_select(hidden, 0, rows), weight.t()).div_(temperature), 1);
}

struct ReverseKl : torch::autograd::Function<ReverseKl> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& hidden_in, const at::Tensor& weight_in,
                            const at::Tensor& teacher_hidden, const at::Tensor& teacher_weight, const at::Tensor& source_rows,
                            const HeadOptions& options) {
    const at::Tensor hidden = hidden_in.contiguous(), weight = weight_in.contiguous();
    const int64_t count = source_rows.numel();
    at::Tensor kl = at::empty({count}, hidden.options());
    for (int64_t begin = 0; begin < count; begin += options.chunk_rows) {
      const int64_t end = std::min(begin + options.chunk_rows, count);
      const at::Tensor rows = source_rows.slice(0, begin, end);
      const at::Tensor p = log_probabilities(hidden, weight, rows, options.temperature);
      const at::Tensor q = log_probabilities(teacher_hidden, teacher_weight, rows, options.temperature);
      kl.slice(0, begin, end).copy_((p.exp() * (p - q)).sum(1));
    }
    ctx->save_for_backward({hidden, weight, teacher_hidden, teacher_weight, source_rows, kl});
    ctx->saved_data["temperature"] = options.temperature;
    ctx->saved_data["chunk_rows"] = options.chunk_rows;
    return kl;
  }

  /// d KL / d logits = p (log p - log q - KL) / temperature.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx, torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &hidden = saved[0], &weight = saved[1], &teacher_hidden = saved[2], &teacher_weight = saved[3], &source_rows = saved[4], &kl = saved[5];
    const at::Tensor d_kl = gradients[0].contiguous();
    const double temperature = ctx->saved_data["temperature"].toDouble();
    const int64_t chunk_rows = ctx->saved_data["chunk_rows"].toInt();
    at::Tensor d_hidden = at::zeros_like(hidden), d_weight = at::zeros_like(weight);
    for (int64_t begin = 0; begin < source_rows.numel(); begin += chunk_rows) {
      const int64_t end = std::min(begin + chunk_rows, source_rows.numel());
      const at::Tensor rows = source_rows.slice(0, begin, end);
      const at::Tensor p = log_probabilities(hidden, weight, rows, temperature);
      const at::Tensor q = log_probabilities(teacher_hidden, teacher_weight, rows, temperature);
      const at::Tensor scale = (d_kl.slice(0, begin, end) / temperature).unsqueeze(1);
      const at::Tensor d_logits = (p - q - kl.slice(0, begin, end).unsqueeze(1)) * p.exp() * scale;
      d_hidden.index_add_(0, rows, at::mm(d_logits, weight));
      d_weight.addmm_(d_logits.t(), at::index_select(hidden, 0, rows));
    }
    return {d_hidden, d_weight, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor reverse_kl_rows(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& teacher_hidden, const at::Tensor& teacher_weight,
                           const at::Tensor& source_rows, const HeadOptions& options) {
  HONE_CHECK(options.temperature > 0.0 && options.chunk_rows >= 1, "reverse KL: temperature must be > 0 and chunk_rows >= 1");
  HONE_CHECK(weight.size(0) == teacher_weight.size(0), "reverse KL: student and teacher have one vocabulary");
  return ReverseKl::apply(hidden, weight, teacher_hidden.detach(), teacher_weight.detach(), source_rows, options);
}

at::Tensor plain_reverse_kl_rows(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& teacher_hidden,
                                 const at::Tensor& teacher_weight, const at::Tensor& source_rows, const HeadOptions& options) {
  const auto logp = [&](const at::Tensor& h, const at::Tensor& w) {
    return at::log_softmax(at::matmul(at::index_select(h, 0, source_rows), w.t()) / options.temperature, 1);
  };
  const at::Tensor p = logp(hidden, weight), q = logp(teacher_hidden, teacher_weight).detach();
  return (p.exp() * (p - q)).sum(1);
}

}  // namespace hone
