#include "rl/flops.h"

#include <algorithm>

namespace hone {
namespace {

/// Pairs of a run of rows that sees `before` positions before its own.
int64_t causal_pairs(int64_t rows, int64_t before) { return rows * before + rows * (rows + 1) / 2; }

int64_t attention_pairs(const PackedBatch& batch) {
  int64_t pairs = 0;
  for (const PackedBatch::Segment& s : batch.segments) pairs += causal_pairs(s.end - s.begin, s.prefix_end - s.prefix_begin);
  return pairs;
}

double attention_flops(const ModelConfig& m, int64_t pairs) {
  return 4.0 * static_cast<double>(m.num_hidden_layers) * static_cast<double>(m.q_size()) * static_cast<double>(pairs);
}

double head_flops(const ModelConfig& m, int64_t rows) {
  return 2.0 * static_cast<double>(m.hidden_size) * static_cast<double>(m.vocab_size) * static_cast<double>(rows);
}

}  // namespace

double forward_flops(const ModelConfig& m, int64_t rows, int64_t pairs, int64_t logit_rows) {
  const int64_t weights = m.hidden_size * (2 * m.q_size() + 2 * m.kv_size() + 3 * m.intermediate_size);
  return 2.0 * static_cast<double>(m.num_hidden_layers) * static_cast<double>(weights) * static_cast<double>(rows) + attention_flops(m, pairs) +
         head_flops(m, logit_rows);
}

double forward_flops(const ModelConfig& model, const PackedBatch& batch) {
  return forward_flops(model, batch.rows(), attention_pairs(batch), batch.target_count());
}

double recomputed_flops(const ModelConfig& model, const PackedBatch& batch) {
  return head_flops(model, batch.target_count()) + attention_flops(model, attention_pairs(batch)) / 2.0;
}

double generation_flops(const ModelConfig& model, std::span<const Group> groups) {
  int64_t rows = 0, pairs = 0, logit_rows = 0;
  for (const Group& group : groups) {
    const auto prompt = static_cast<int64_t>(group.prompt_token_ids.size());
    rows += prompt;
    pairs += causal_pairs(prompt, 0);
    logit_rows += 1;
    for (const Completion& c : group.completions) {
      const int64_t decoded = std::max<int64_t>(0, static_cast<int64_t>(c.token_ids.size()) - 1);
      rows += decoded;
      pairs += causal_pairs(decoded, prompt);
      logit_rows += decoded;
    }
  }
  return forward_flops(model, rows, pairs, logit_rows);
}

}  // namespace hone
