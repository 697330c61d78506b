#include "policy/generation/forward.h"

#include <algorithm>
#include <cmath>

#include "policy/kernels/attention.h"
#include "policy/kernels/parallel.h"
#include "policy/kernels/row_ops.h"
#include "proto/base/thread_pool.h"

namespace hone {
namespace {

/// Query lines (rows x heads of a group) that one attention task takes together.
constexpr int64_t kAttentionLines = 24;
/// Logits that exist at once in one shard, in floats.
constexpr int64_t kLogitsFloats = int64_t{4} << 20;
/// Weights up to this size stay in a shared last-level cache: threads then split rows, each with all weights, and meet once a pass.
constexpr int64_t kCachedWeightBytes = int64_t{24} << 20;
constexpr int64_t kRowsPerShard = 8;
constexpr int64_t kRowsPerStreamingShard = 96;

const float* data_or_null(const std::vector<float>& v) { return v.empty() ? nullptr : v.data(); }

}  // namespace

/// A pass over some of the runs with one workspace.
class Forward::Shard {
 public:
  Shard(const Forward& owner, std::span<const ForwardRun> runs, std::size_t first_run, Workspace& workspace, const LogitsSink& sink)
      : model_(owner.model_), config_(owner.model_.config()), rope_(owner.rope_), pool_(&owner.pool_), runs_(runs),
        first_run_(first_run), ws_(workspace), sink_(sink), eps_(static_cast<float>(config_.rms_norm_eps)) {
    for (std::size_t r = 0; r < runs.size(); ++r) {
      add_attention_tasks(r);
      for (std::size_t i = 0; i < runs[r].tokens.size(); ++i) {
        if (i >= runs[r].first_logits_row) logits_rows_.push_back(static_cast<int64_t>(rows_.size()));
        rows_.push_back({r, i});
      }
    }
    m_ = static_cast<int64_t>(rows_.size());
    reserve();
  }

  void run() {
    embed();
    const float* pending = nullptr;  // added to the residual stream by the next norm
    for (std::size_t l = 0; l < model_.layers().size(); ++l) {
      const PackedLayer& layer = model_.layers()[l];
      norm(pending, layer.input_norm);
      multiply(ws_.h.data(), layer.qkv, layer.qkv_bias, ws_.qkv.data());
      rotate_and_store(layer, static_cast<int64_t>(l));
      attention(static_cast<int64_t>(l));
      multiply(ws_.attended.data(), layer.o, layer.o_bias, ws_.delta.data());
      norm(ws_.delta.data(), layer.post_attention_norm);
      multiply(ws_.h.data(), layer.gate_up, layer.gate_up_bias, ws_.gate_up.data());
      const int64_t inner = config_.intermediate_size;
      for_rows(20.0 * static_cast<double>(inner), [&](int64_t begin, int64_t end) {
        swiglu(ws_.gate_up.data() + begin * 2 * inner, end - begin, inner, ws_.act.data() + begin * inner);
      });
      multiply(ws_.act.data(), layer.down, layer.down_bias, ws_.delta.data());
      pending = ws_.delta.data();
    }
    head(pending);
  }

 private:
  struct Row {
    std::size_t run, index;
  };
  struct AttentionTask {
    std::size_t run;
    int64_t first_row;  // in the pass
    int32_t rows;
    int64_t position;   // of the first row
  };

  void add_attention_tasks(std::size_t r) {
    const int64_t first = static_cast<int64_t>(rows_.size());
    const int64_t count = static_cast<int64_t>(runs_[r].tokens.size());
    const int64_t group = config_.num_attention_heads / config_.num_key_value_heads;
    const int64_t step = std::max<int64_t>(1, kAttentionLines / group);
    for (int64_t i = 0; i < count; i += step) {
      const int64_t position = runs_[r].first_position + i;
      const int64_t n = std::min(step, count - i);
      tasks_.push_back({r, first + i, static_cast<int32_t>(n), position});
      attention_work_ += 5.0 * static_cast<double>(n * group * (position + n) * config_.head_dim);
    }
  }

  void reserve() {
    const auto size = [this](int64_t width) { return static_cast<std::size_t>(m_ * width); };
    ws_.x.reserve(size(config_.hidden_size));
    ws_.h.reserve(size(config_.hidden_size));
    ws_.qkv.reserve(size(qkv_width()));
    ws_.attended.reserve(size(config_.q_size()));
    ws_.delta.reserve(size(config_.hidden_size));
    ws_.gate_up.reserve(size(2 * config_.intermediate_size));
    ws_.act.reserve(size(config_.intermediate_size));
  }

  int64_t qkv_width() const { return config_.q_size() + 2 * config_.kv_size(); }

  template <class Body>
  void for_rows(double work_per_row, const Body& body) {
    parallel_ranges(pool_, m_, work_per_row, 1, body);
  }

  void multiply(const float* in, const PackedMatrix& w, const std::vector<float>& bias, float* out) {
    gemm(in, w.k(), m_, w, data_or_null(bias), out, w.n(), pool_);
  }

  void embed() {
    const int64_t width = config_.hidden_size;
    for_rows(20.0 * static_cast<double>(width), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const Row& row = rows_[static_cast<std::size_t>(r)];
        model_.embedding(runs_[row.run].tokens[row.index], ws_.x.data() + r * width);
      }
    });
  }

  void norm(const float* delta, const std::vector<float>& weight) {
    const int64_t width = config_.hidden_size;
    for_rows(4.0 * static_cast<double>(width), [&](int64_t begin, int64_t end) {
      add_rms_norm(ws_.x.data() + begin * width, delta == nullptr ? nullptr : delta + begin * width, weight.data(), eps_,
                   end - begin, width, ws_.h.data() + begin * width);
    });
  }

  void rotate_and_store(const PackedLayer& layer, int64_t l) {
    const int64_t dim = config_.head_dim;
    const int64_t half = dim / 2;
    for_rows(8.0 * static_cast<double>(qkv_width()), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const Row& row = rows_[static_cast<std::size_t>(r)];
        const int64_t position = runs_[row.run].first_position + static_cast<int64_t>(row.index);
        const float* cos = rope_.cos.data() + position * half;
        const float* sin = rope_.sin.data() + position * half;
        float* q = ws_.qkv.data() + r * qkv_width();
        float* k = q + config_.q_size();
        rotate_heads(q, config_.num_attention_heads, dim, data_or_null(layer.q_norm), eps_, cos, sin);
        rotate_heads(k, config_.num_key_value_heads, dim, data_or_null(layer.k_norm), eps_, cos, sin);
        runs_[row.run].sequence->write(l, position, k, k + config_.kv_size());
      }
    });
  }

  void attention(int64_t l) {
    const int64_t heads = config_.num_key_value_heads;
    const int64_t n = static_cast<int64_t>(tasks_.size()) * heads;
    parallel_ranges(pool_, n, attention_work_ / static_cast<double>(tasks_.size()), 1, [&](int64_t begin, int64_t end) {
      thread_local std::vector<KvRun> kv_runs;
      for (int64_t i = begin; i < end; ++i) {
        attend_task(tasks_[static_cast<std::size_t>(i / heads)], l, i % heads, kv_runs);
      }
    });
  }

  void attend_task(const AttentionTask& task, int64_t l, int64_t head, std::vector<KvRun>& kv_runs) {
    kv_runs.clear();
    runs_[task.run].sequence->append_runs(l, head, kv_runs);
    const int64_t group = config_.num_attention_heads / config_.num_key_value_heads;
    const int64_t column = head * group * config_.head_dim;
    attend(kv_runs, {.q = ws_.qkv.data() + task.first_row * qkv_width() + column,
                     .q_stride = qkv_width(),
                     .out = ws_.attended.data() + task.first_row * config_.q_size() + column,
                     .out_stride = config_.q_size(),
                     .rows = task.rows,
                     .group = static_cast<int32_t>(group),
                     .head_dim = static_cast<int32_t>(config_.head_dim),
                     .first_visible = static_cast<int32_t>(task.position + 1),
                     .scale = 1.0f / std::sqrt(static_cast<float>(config_.head_dim))});
  }

  /// Final norm, head and sink over chunks of the rows that need logits.
  void head(const float* delta) {
    const int64_t width = config_.hidden_size, vocab = config_.vocab_size;
    const int64_t chunk = std::clamp<int64_t>(kLogitsFloats / vocab, 16, 128);
    const int64_t total = static_cast<int64_t>(logits_rows_.size());
    float* logits = ws_.logits.reserve(static_cast<std::size_t>(std::min(chunk, total) * vocab));
    for (int64_t first = 0; first < total; first += chunk) {
      const int64_t n = std::min(chunk, total - first);
      const int64_t* rows = logits_rows_.data() + first;
      parallel_ranges(pool_, n, 8.0 * static_cast<double>(width), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          add_rms_norm(ws_.x.data() + rows[i] * width, delta + rows[i] * width, model_.final_norm().data(), eps_, 1, width,
                       ws_.h.data() + i * width);
        }
      });
      gemm(ws_.h.data(), width, n, model_.head(), nullptr, logits, vocab, pool_);
      parallel_ranges(pool_, n, 30.0 * static_cast<double>(vocab), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const Row& row = rows_[static_cast<std::size_t>(rows[i])];
          sink_(first_run_ + row.run, row.index, {logits + i * vocab, static_cast<std::size_t>(vocab)});
        }
      });
    }
  }

  const PackedModel& model_;
  const ModelConfig& config_;
  const RopeTable& rope_;
  ThreadPool* pool_;
  std::span<const ForwardRun> runs_;
  std::size_t first_run_;
  Workspace& ws_;
  const LogitsSink& sink_;
  float eps_;
  int64_t m_ = 0;
  double attention_work_ = 0.0;
  std::vector<Row> rows_;
  std::vector<int64_t> logits_rows_;
  std::vector<AttentionTask> tasks_;
};

void Forward::RopeTable::grow(int64_t wanted) {
  if (wanted <= positions()) return;
  const int64_t half = static_cast<int64_t>(inverse_frequencies.size());
  const int64_t from = positions();
  const int64_t to = std::max<int64_t>(wanted, std::max<int64_t>(256, 2 * from));
  cos.resize(static_cast<std::size_t>(to * half));
  sin.resize(static_cast<std::size_t>(to * half));
  for (int64_t p = from; p < to; ++p) {
    for (int64_t i = 0; i < half; ++i) {
      const float angle = static_cast<float>(p) * inverse_frequencies[static_cast<std::size_t>(i)];
      cos[static_cast<std::size_t>(p * half + i)] = std::cos(angle);
      sin[static_cast<std::size_t>(p * half + i)] = std::sin(angle);
    }
  }
}

Forward::Forward(const PackedModel& model, ThreadPool& pool) : model_(model), pool_(pool) {
  rope_.inverse_frequencies = rope_inverse_frequencies(model.config());
}

/// Where each shard ends, in runs: one shard (the threads then split every product) unless the rows divide evenly and are enough.
std::vector<std::size_t> Forward::shard_ends(std::span<const ForwardRun> runs) const {
  const std::size_t threads = static_cast<std::size_t>(pool_.size());
  int64_t total = 0;
  for (const ForwardRun& run : runs) total += static_cast<int64_t>(run.tokens.size());
  const int64_t least = model_.matrix_bytes() <= kCachedWeightBytes ? kRowsPerShard : kRowsPerStreamingShard;
  const int64_t share = total / static_cast<int64_t>(threads);
  if (threads == 1 || share < least) return {runs.size()};
  std::vector<std::size_t> ends;
  int64_t rows = 0, largest = 0, before = 0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    rows += static_cast<int64_t>(runs[r].tokens.size());
    const bool last = r + 1 == runs.size();
    if (last || (ends.size() + 1 < threads && rows * static_cast<int64_t>(threads) >= total * static_cast<int64_t>(ends.size() + 1))) {
      ends.push_back(r + 1);
      largest = std::max(largest, rows - before);
      before = rows;
    }
  }
  if (largest > share + share / 4) return {runs.size()};
  return ends;
}

void Forward::run(std::span<const ForwardRun> runs, const LogitsSink& sink) {
  int64_t positions = 0;
  for (const ForwardRun& run : runs) {
    const int64_t end = run.first_position + static_cast<int64_t>(run.tokens.size());
    run.sequence->extend(end);
    positions = std::max(positions, end);
  }
  if (positions == 0) return;
  rope_.grow(positions);
  const std::vector<std::size_t> ends = shard_ends(runs);
  if (workspaces_.size() < ends.size()) workspaces_.resize(ends.size());
  pool_.parallel_for(ends.size(), [&](std::size_t s) {
    const std::size_t begin = s == 0 ? 0 : ends[s - 1];
    Shard(*this, runs.subspan(begin, ends[s] - begin), begin, workspaces_[s], sink).run();
  });
}

}  // namespace hone
