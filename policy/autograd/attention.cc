#include "policy/autograd/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "policy/autograd/attention_kernels.h"
#include "policy/autograd/blocked_kv.h"
#include "policy/autograd/function_support.h"
#include "policy/autograd/row_kernels.h"
#include "proto/base/error.h"

namespace hone {
namespace {

using Segment = PackedBatch::Segment;

constexpr int64_t kMinimumTaskRows = 128;

void check_segments(std::span<const Segment> segments, int64_t rows) {
  int64_t expected = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& s = segments[i];
    const bool prefix = s.prefix_begin >= 0 && s.prefix_begin <= s.prefix_end && s.prefix_end <= s.begin;
    if (s.begin != expected || s.end < s.begin || s.end > rows || !prefix) {
      throw Error(ErrorCode::invalid_argument,
                  "packed batch: segment " + std::to_string(i) + " [" + std::to_string(s.begin) + ", " + std::to_string(s.end) +
                      ") with prefix [" + std::to_string(s.prefix_begin) + ", " + std::to_string(s.prefix_end) +
                      "): must begin at row " + std::to_string(expected) + ", end within " + std::to_string(rows) +
                      " rows and follow its prefix");
    }
    expected = s.end;
  }
  if (expected != rows) {
    throw Error(ErrorCode::invalid_argument, "packed batch: segments cover " + std::to_string(expected) + " of " +
                                                 std::to_string(rows) + " rows");
  }
}

void plan_backward(AttentionPlan& plan) {
  const auto count = static_cast<int64_t>(plan.segments.size());
  for (int64_t first = 0; first < count;) {
    const Segment& head = plan.segments[static_cast<std::size_t>(first)];
    const int64_t prefix_rows = head.prefix_end - head.prefix_begin, enough = std::max(kMinimumTaskRows, prefix_rows);
    int64_t last = first, rows = 0;
    do {
      rows += plan.segments[static_cast<std::size_t>(last)].end - plan.segments[static_cast<std::size_t>(last)].begin;
      ++last;
    } while (last < count && rows < enough && prefix_rows > 0 &&
             plan.segments[static_cast<std::size_t>(last)].prefix_begin == head.prefix_begin &&
             plan.segments[static_cast<std::size_t>(last)].prefix_end == head.prefix_end);
    plan.backward_tasks.push_back({first, last, head.prefix_begin, prefix_rows, plan.scratch_rows});
    plan.scratch_rows += prefix_rows;
    first = last;
  }
}

AttentionShape shape_of(const at::Tensor& q, const at::Tensor& k) {
  return {q.size(1), k.size(1), q.size(2), 1.0f / std::sqrt(static_cast<float>(q.size(2)))};
}

/// Query lines (rows x heads of a group) that one call of the generator's kernel takes.
constexpr int64_t kExactLines = 24;

void exact_task(const AttentionShape& shape, const AttentionTensors& tensors, const AttentionPlan& plan, const BlockedKv& kv,
                const AttentionPlan::ForwardTask& task, int64_t kv_head) {
  thread_local std::vector<KvRun> runs;
  runs.clear();
  kv.append_runs(static_cast<std::size_t>(task.segment), kv_head, runs);
  const Segment& segment = plan.segments[static_cast<std::size_t>(task.segment)];
  const int64_t group = shape.heads / shape.kv_heads, stride = shape.heads * shape.head_dim;
  const int64_t prefix = segment.prefix_end - segment.prefix_begin, step = std::max<int64_t>(1, kExactLines / group);
  for (int64_t row = task.row_begin; row < task.row_end; row += step) {
    const int64_t column = kv_head * group * shape.head_dim;
    attend(runs, {.q = tensors.q + row * stride + column,
                  .q_stride = stride,
                  .out = tensors.out + row * stride + column,
                  .out_stride = stride,
                  .rows = static_cast<int32_t>(std::min(step, task.row_end - row)),
                  .group = static_cast<int32_t>(group),
                  .head_dim = static_cast<int32_t>(shape.head_dim),
                  .first_visible = static_cast<int32_t>(prefix + row - segment.begin + 1),
                  .scale = shape.scale,
                  .lse = tensors.lse + row * shape.heads + kv_head * group,
                  .lse_stride = shape.heads});
  }
}

void exact_forward(const AttentionShape& shape, const AttentionTensors& tensors, const AttentionPlan& plan) {
  BlockedKv kv(plan.segments, shape.kv_heads, shape.head_dim);
  parallel_tasks(static_cast<int64_t>(plan.segments.size()),
                 [&](int64_t s) { kv.store(static_cast<std::size_t>(s), tensors.k, tensors.v); });
  parallel_tasks(static_cast<int64_t>(plan.forward_tasks.size()) * shape.kv_heads, [&](int64_t i) {
    exact_task(shape, tensors, plan, kv, plan.forward_tasks[static_cast<std::size_t>(i / shape.kv_heads)], i % shape.kv_heads);
  });
}

void fast_forward(const AttentionShape& shape, const AttentionTensors& tensors, const AttentionPlan& plan) {
  parallel_tasks(static_cast<int64_t>(plan.forward_tasks.size()) * shape.kv_heads, [&](int64_t i) {
    const auto& task = plan.forward_tasks[static_cast<std::size_t>(i / shape.kv_heads)];
    attention_forward(shape, tensors, plan.segments[static_cast<std::size_t>(task.segment)], task.row_begin, task.row_end,
                      i % shape.kv_heads);
  });
}

struct PackedAttention : torch::autograd::Function<PackedAttention> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& q_in, const at::Tensor& k_in,
                            const at::Tensor& v_in, const std::shared_ptr<const AttentionPlan>& plan) {
    const at::Tensor q = q_in.contiguous(), k = k_in.contiguous(), v = v_in.contiguous();
    at::Tensor out = at::empty_like(q), lse = at::empty({q.size(0), q.size(1)}, q.options());
    const AttentionShape shape = shape_of(q, k);
    const AttentionTensors tensors{q.const_data_ptr<float>(), k.const_data_ptr<float>(), v.const_data_ptr<float>(),
                                   out.mutable_data_ptr<float>(), lse.mutable_data_ptr<float>()};
    plan->numerics == Numerics::exact ? exact_forward(shape, tensors, *plan) : fast_forward(shape, tensors, *plan);
    ctx->save_for_backward({q, k, v, out, lse});
    ctx->saved_data["plan"] = hold(plan);
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto& plan = held<AttentionPlan>(ctx->saved_data["plan"]);
    const at::Tensor &q = saved[0], &k = saved[1], d_out = gradients[0].contiguous();
    const AttentionShape shape = shape_of(q, k);
    const int64_t kv_width = shape.kv_heads * shape.head_dim;
    at::Tensor d_q = at::zeros_like(q), d_k = at::zeros_like(k), d_v = at::zeros_like(k);
    at::Tensor scratch_k = at::zeros({plan.scratch_rows, kv_width}, q.options()), scratch_v = at::zeros_like(scratch_k);
    const AttentionTensors tensors{q.const_data_ptr<float>(), k.const_data_ptr<float>(), saved[2].const_data_ptr<float>(),
                                   saved[3].mutable_data_ptr<float>(), saved[4].mutable_data_ptr<float>()};
    AttentionGradients d{d_out.const_data_ptr<float>(), d_q.mutable_data_ptr<float>(), d_k.mutable_data_ptr<float>(),
                         d_v.mutable_data_ptr<float>(), scratch_k.mutable_data_ptr<float>(),
                         scratch_v.mutable_data_ptr<float>(), kv_width};
    parallel_tasks(static_cast<int64_t>(plan.backward_tasks.size()) * shape.kv_heads, [&](int64_t i) {
      const auto& task = plan.backward_tasks[static_cast<std::size_t>(i / shape.kv_heads)];
      const int64_t kv_head = i % shape.kv_heads;
      AttentionGradients own = d;
      own.prefix_d_k += task.scratch_row * kv_width + kv_head * shape.head_dim;
      own.prefix_d_v += task.scratch_row * kv_width + kv_head * shape.head_dim;
      for (int64_t s = task.first; s < task.last; ++s) {
        attention_backward(shape, tensors, own, plan.segments[static_cast<std::size_t>(s)], kv_head);
      }
    });
    for (const auto& task : plan.backward_tasks) {
      add_to(d.prefix_d_k + task.scratch_row * kv_width, task.prefix_rows * kv_width, d.d_k + task.prefix_begin * kv_width);
      add_to(d.prefix_d_v + task.scratch_row * kv_width, task.prefix_rows * kv_width, d.d_v + task.prefix_begin * kv_width);
    }
    return {d_q, d_k, d_v, at::Tensor()};
  }
};

}  // namespace

std::shared_ptr<const AttentionPlan> plan_attention(std::span<const Segment> segments, int64_t rows, Numerics numerics) {
  check_segments(segments, rows);
  auto plan = std::make_shared<AttentionPlan>();
  plan->numerics = numerics;
  plan->rows = rows;
  plan->segments.assign(segments.begin(), segments.end());
  for (int64_t s = 0; s < static_cast<int64_t>(segments.size()); ++s) {
    const Segment& segment = segments[static_cast<std::size_t>(s)];
    for (int64_t row = segment.begin; row < segment.end; row += kAttentionTaskRows) {
      plan->forward_tasks.push_back({s, row, std::min(row + kAttentionTaskRows, segment.end)});
    }
  }
  plan_backward(*plan);
  return plan;
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const std::shared_ptr<const AttentionPlan>& plan) {
  HONE_CHECK(q.size(0) == plan->rows && k.size(0) == plan->rows && v.size(0) == plan->rows && q.size(1) % k.size(1) == 0,
             "attention operands do not fit the plan");
  return has_kernels(q) ? PackedAttention::apply(q, k, v, plan) : plain_attention(q, k, v, *plan);
}

at::Tensor plain_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionPlan& plan) {
  std::vector<at::Tensor> outputs;
  const int64_t group = q.size(1) / k.size(1);
  for (const Segment& s : plan.segments) {
    const int64_t prefix = s.prefix_end - s.prefix_begin, own = s.end - s.begin;
    const auto seen = [&](const at::Tensor& t) {
      return at::cat({t.slice(0, s.prefix_begin, s.prefix_end), t.slice(0, s.begin, s.end)}, 0).repeat_interleave(group, 1);
    };
    const at::Tensor queries = q.slice(0, s.begin, s.end).transpose(0, 1);  // [heads, own, dim]
    const at::Tensor hidden = at::ones({own, prefix + own}, q.options().dtype(at::kBool)).triu(prefix + 1);
    const at::Tensor scores = at::matmul(queries, seen(k).permute({1, 2, 0})) / std::sqrt(static_cast<double>(q.size(2)));
    const at::Tensor p = at::softmax(scores.masked_fill(hidden, -std::numeric_limits<double>::infinity()), -1);
    outputs.push_back(at::matmul(p, seen(v).transpose(0, 1)).transpose(0, 1));
  }
  return outputs.empty() ? at::zeros_like(q) : at::cat(outputs, 0);
}

}  // namespace hone
