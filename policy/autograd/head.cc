#include "policy/autograd/head.h"

#include <algorithm>

#include "policy/autograd/fixed_order.h"
#include "policy/autograd/function_support.h"
#include "policy/autograd/row_kernels.h"
#include "policy/autograd/weight_gradient.h"
#include "policy/kernels/softmax_row.h"
#include "proto/base/error.h"

namespace hone {
namespace {

/// c = a b for the operands of the head, by ATen or in fixed order.
void product(Numerics numerics, const at::Tensor& a, const at::Tensor& b, at::Tensor& c) {
  if (numerics == Numerics::fast) {
    at::mm_out(c, a, b);
    return;
  }
  const bool transposed = b.stride(0) == 1 && b.stride(1) != 1;
  fixed_order_product({a.size(0), b.size(1), a.size(1)}, rows_of(a), transposed ? columns_of(b.t()) : rows_of(b), std::nullopt, c);
}

/// Logits of targets [begin, end), in a buffer that chunks share.
struct LogitChunks {
  const at::Tensor& hidden;
  const at::Tensor& source_rows;
  const at::Tensor weight_t;
  const Numerics numerics;
  const int64_t chunk_rows;
  at::Tensor buffer;
  at::Tensor rows;  // hidden rows of the chunk

  LogitChunks(const at::Tensor& hidden_in, const at::Tensor& source_rows_in, const at::Tensor& weight, int64_t chunk,
              Numerics numerics_in)
      : hidden(hidden_in), source_rows(source_rows_in), weight_t(weight.t()), numerics(numerics_in),
        chunk_rows(std::clamp<int64_t>(source_rows_in.numel(), 1, chunk)),
        buffer(at::empty({chunk_rows, weight.size(0)}, hidden_in.options())) {}

  int64_t end_of(int64_t begin) const { return std::min(begin + chunk_rows, source_rows.numel()); }

  at::Tensor compute(int64_t begin) {
    rows = at::index_select(hidden, 0, source_rows.slice(0, begin, end_of(begin)));
    at::Tensor logits = buffer.slice(0, 0, end_of(begin) - begin);
    product(numerics, rows, weight_t, logits);
    return logits;
  }
};

struct ChunkOutputs {
  at::Tensor logprobs, lse, entropies, is_top;  // the last two undefined unless asked for
};

void chunk_scores(const at::Tensor& logits, const at::Tensor& targets, const HeadOptions& options, ChunkOutputs& out) {
  const double temperature = options.temperature;
  if (!has_kernels(logits)) {
    const at::Tensor scaled = logits / temperature, lse = at::logsumexp(scaled, {1});
    out.lse.copy_(lse);
    out.logprobs.copy_(scaled.gather(1, targets.unsqueeze(1)).squeeze(1) - lse);
    if (out.entropies.defined()) {
      out.entropies.copy_(lse - (at::softmax(scaled, 1) * scaled).sum(1));
      out.is_top.copy_(logits.gather(1, targets.unsqueeze(1)).squeeze(1) >= logits.amax(1));
    }
    return;
  }
  const int64_t vocabulary = logits.size(1);
  const auto inverse = static_cast<float>(1.0 / temperature);
  const float* values = logits.const_data_ptr<float>();
  const int64_t* ids = targets.const_data_ptr<int64_t>();
  float *logprobs = out.logprobs.mutable_data_ptr<float>(), *lse = out.lse.mutable_data_ptr<float>();
  float* entropies = out.entropies.defined() ? out.entropies.mutable_data_ptr<float>() : nullptr;
  float* is_top = out.is_top.defined() ? out.is_top.mutable_data_ptr<float>() : nullptr;
  parallel_tasks(logits.size(0), [&](int64_t i) {
    const float* row = values + i * vocabulary;
    if (options.numerics == Numerics::exact) {
      const SoftmaxRow softmax({row, static_cast<std::size_t>(vocabulary)}, temperature);
      lse[i] = softmax.log_sum_exp();
      logprobs[i] = softmax.logprob(row[ids[i]]);
      if (entropies == nullptr) return;
      const SoftmaxStatistics s = softmax_statistics(row, vocabulary, inverse);
      entropies[i] = s.entropy;
      is_top[i] = row[ids[i]] >= s.maximum ? 1.0f : 0.0f;
      return;
    }
    const SoftmaxStatistics s = softmax_statistics(row, vocabulary, inverse);
    lse[i] = s.log_sum_exp;
    logprobs[i] = row[ids[i]] * inverse - s.log_sum_exp;
    if (entropies == nullptr) return;
    entropies[i] = s.entropy;
    is_top[i] = row[ids[i]] >= s.maximum ? 1.0f : 0.0f;
  });
}

/// What one chunk's targets contribute; entropies and d_entropies are undefined without a gradient of the entropy.
struct ChunkGradients {
  at::Tensor d_logprobs, lse, entropies, d_entropies;
};

/// logits become d logits.
void chunk_gradient(at::Tensor& logits, const at::Tensor& targets, double temperature, const ChunkGradients& g) {
  if (!has_kernels(logits)) {
    logits.div_(temperature).sub_(g.lse.unsqueeze(1));  // log p
    if (g.d_entropies.defined()) {
      const at::Tensor of_entropy = (logits + g.entropies.unsqueeze(1)).mul_(g.d_entropies.unsqueeze(1)).add_(g.d_logprobs.unsqueeze(1));
      logits.exp_().mul_(of_entropy).neg_();
    } else {
      logits.exp_().mul_(g.d_logprobs.unsqueeze(1)).neg_();
    }
    logits.scatter_add_(1, targets.unsqueeze(1), g.d_logprobs.unsqueeze(1));
    logits.div_(temperature);
    return;
  }
  const int64_t vocabulary = logits.size(1);
  const auto inverse = static_cast<float>(1.0 / temperature);
  float* values = logits.mutable_data_ptr<float>();
  const int64_t* ids = targets.const_data_ptr<int64_t>();
  const float *sums = g.lse.const_data_ptr<float>(), *d = g.d_logprobs.const_data_ptr<float>();
  if (g.d_entropies.defined()) {
    const float *entropies = g.entropies.const_data_ptr<float>(), *d_entropies = g.d_entropies.const_data_ptr<float>();
    parallel_tasks(logits.size(0), [&](int64_t i) {
      softmax_entropy_backward(values + i * vocabulary, vocabulary, inverse, {sums[i], entropies[i]}, ids[i], d[i], d_entropies[i]);
    });
    return;
  }
  parallel_tasks(logits.size(0), [&](int64_t i) {
    softmax_backward(values + i * vocabulary, vocabulary, inverse, sums[i], ids[i], d[i]);
  });
}

/// target[index[i]] += rows[i], in the order of i.
void add_rows_at(at::Tensor& target, const at::Tensor& index, const at::Tensor& rows) {
  if (!has_kernels(target)) {
    target.index_add_(0, index, rows);
    return;
  }
  const int64_t width = target.size(1);
  for (int64_t i = 0; i < index.numel(); ++i) {
    add_to(rows.const_data_ptr<float>() + i * width, width,
           target.mutable_data_ptr<float>() + index.const_data_ptr<int64_t>()[i] * width);
  }
}

/// d_weight += d_logits^T rows
void add_chunk(Numerics numerics, const at::Tensor& d_logits, const at::Tensor& rows, WeightGradient& d_weight) {
  if (!d_weight.sum.defined()) return;
  if (numerics == Numerics::fast) {
    d_weight.sum.addmm_(d_logits.t(), rows, d_weight.start == GemmStart::zero ? 0 : 1);
  } else {
    fixed_order_product({d_logits.size(1), rows.size(1), rows.size(0)}, columns_of(d_logits), rows_of(rows), std::nullopt, d_weight.sum,
                        d_weight.start);
  }
  d_weight.start = GemmStart::accumulate;
}

struct Head : torch::autograd::Function<Head> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* ctx, const at::Tensor& hidden_in,
                                                const at::Tensor& source_rows, const at::Tensor& weight_in,
                                                const at::Tensor& targets, const HeadOptions& options) {
    const at::Tensor hidden = hidden_in.contiguous(), weight = weight_in.contiguous();
    const int64_t count = source_rows.numel();
    at::Tensor logprobs = at::empty({count}, hidden.options()), lse = at::empty_like(logprobs);
    at::Tensor entropies = options.with_entropy ? at::empty_like(logprobs) : at::empty({0}, hidden.options());
    at::Tensor is_top = at::empty_like(entropies);
    LogitChunks chunks(hidden, source_rows, weight, options.chunk_rows, options.numerics);
    for (int64_t begin = 0; begin < count; begin = chunks.end_of(begin)) {
      const int64_t end = chunks.end_of(begin);
      ChunkOutputs out{logprobs.slice(0, begin, end), lse.slice(0, begin, end),
                       options.with_entropy ? entropies.slice(0, begin, end) : at::Tensor(),
                       options.with_entropy ? is_top.slice(0, begin, end) : at::Tensor()};
      chunk_scores(chunks.compute(begin), targets.slice(0, begin, end), options, out);
    }
    ctx->save_for_backward({hidden, source_rows, weight, targets, lse, options.entropy_gradient ? entropies : at::Tensor()});
    ctx->saved_data["temperature"] = options.temperature;
    ctx->saved_data["chunk_rows"] = options.chunk_rows;
    ctx->saved_data["numerics"] = static_cast<int64_t>(options.numerics);
    ctx->saved_data["entropy_gradient"] = options.entropy_gradient;
    if (options.entropy_gradient) ctx->mark_non_differentiable({is_top});
    else ctx->mark_non_differentiable({entropies, is_top});
    return {logprobs, entropies, is_top};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &hidden = saved[0], &source_rows = saved[1], &weight = saved[2], &targets = saved[3], &lse = saved[4];
    const at::Tensor &entropies = saved[5], d_logprobs = gradients[0].contiguous();
    const bool with_entropy = ctx->saved_data["entropy_gradient"].toBool();
    const at::Tensor d_entropies = with_entropy ? gradients[1].contiguous() : at::Tensor();
    const double temperature = ctx->saved_data["temperature"].toDouble();
    at::Tensor d_hidden = at::zeros_like(hidden);
    WeightGradient d_weight = weight_gradient(weight);
    const auto numerics = static_cast<Numerics>(ctx->saved_data["numerics"].toInt());
    LogitChunks chunks(hidden, source_rows, weight, ctx->saved_data["chunk_rows"].toInt(), numerics);
    at::Tensor d_rows = at::empty({chunks.chunk_rows, hidden.size(1)}, hidden.options());
    for (int64_t begin = 0; begin < source_rows.numel(); begin = chunks.end_of(begin)) {
      const int64_t end = chunks.end_of(begin);
      at::Tensor logits = chunks.compute(begin);
      const auto part = [&](const at::Tensor& t) { return t.defined() ? t.slice(0, begin, end) : t; };
      chunk_gradient(logits, targets.slice(0, begin, end), temperature,
                     {part(d_logprobs), part(lse), part(entropies), part(d_entropies)});
      at::Tensor d = d_rows.slice(0, 0, end - begin);
      product(numerics, logits, weight, d);
      add_rows_at(d_hidden, source_rows.slice(0, begin, end), d);
      add_chunk(numerics, logits, chunks.rows, d_weight);
    }
    if (d_weight.sum.defined() && d_weight.start == GemmStart::zero) d_weight.sum.zero_();  // there were no targets
    return {d_hidden, at::Tensor(), d_weight.returned, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

HeadScores score_targets(const at::Tensor& hidden, const at::Tensor& source_rows, const at::Tensor& weight,
                         const at::Tensor& targets, const HeadOptions& options) {
  HONE_CHECK(options.temperature > 0.0 && options.chunk_rows >= 1, "head: temperature must be > 0 and chunk_rows >= 1");
  HONE_CHECK(options.with_entropy || !options.entropy_gradient, "head: a gradient of entropies that are not computed");
  auto outputs = Head::apply(hidden, source_rows, weight, targets, options);
  if (!options.with_entropy) return {outputs[0], at::Tensor(), at::Tensor()};
  return {outputs[0], outputs[1], outputs[2]};
}

HeadScores plain_score_targets(const at::Tensor& hidden, const at::Tensor& source_rows, const at::Tensor& weight,
                               const at::Tensor& targets, const HeadOptions& options) {
  const at::Tensor logits = at::matmul(at::index_select(hidden, 0, source_rows), weight.t()) / options.temperature;
  const at::Tensor logp = at::log_softmax(logits, -1);
  HeadScores scores{logp.gather(1, targets.unsqueeze(1)).squeeze(1), at::Tensor(), at::Tensor()};
  if (!options.with_entropy) return scores;
  scores.entropies = -(logp.exp() * logp).sum(1);
  if (!options.entropy_gradient) scores.entropies = scores.entropies.detach();
  scores.is_top = (logits.argmax(1) == targets).to(logits.scalar_type());
  return scores;
}

}  // namespace hone
