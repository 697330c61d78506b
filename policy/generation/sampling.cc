#include "policy/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "policy/kernels/row_exp.h"
#include "policy/kernels/softmax_row.h"
#include "proto/base/error.h"

namespace hone {
namespace {

void require(bool ok, const std::string& message) {
  if (!ok) throw Error(ErrorCode::invalid_argument, "sampling: " + message);
}

/// Each id once: a positive logit is divided, a negative one multiplied.
std::span<const float> penalised(std::span<const float> logits, std::span<const int32_t> previous_ids, double penalty) {
  thread_local std::vector<float> copy;
  copy.assign(logits.begin(), logits.end());
  for (const int32_t id : previous_ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= logits.size()) continue;
    const double logit = logits[static_cast<std::size_t>(id)];
    copy[static_cast<std::size_t>(id)] = static_cast<float>(logit < 0.0 ? logit * penalty : logit / penalty);
  }
  return copy;
}

int32_t first_of(std::span<const float> logits, float value) {
  return static_cast<int32_t>(std::find(logits.begin(), logits.end(), value) - logits.begin());
}

/// Inverse CDF over all ids: find the block by its sum, then the id within it.
int32_t draw_from_all(std::span<const float> logits, const SoftmaxRow& row, double uniform) {
  const double target = uniform * row.total;
  double before = 0.0;
  std::size_t block = 0, last = 0;
  for (; block < row.sums.size(); ++block) {
    if (row.sums[block] > 0.0) last = block;
    if (before + row.sums[block] > target) break;
    before += row.sums[block];
  }
  if (block == row.sums.size()) {
    block = last;
    before -= row.sums[last];
  }
  float values[kExpBlock];
  const std::size_t begin = block * kExpBlock;
  const std::size_t n = std::min<std::size_t>(kExpBlock, logits.size() - begin);
  exp_values(logits.data() + begin, static_cast<int64_t>(n), row.max, row.scale, values);
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (values[i] <= 0.0f) continue;
    chosen = i;
    before += static_cast<double>(values[i]);
    if (before > target) break;
  }
  return static_cast<int32_t>(begin + chosen);
}

struct Candidate {
  int32_t id;
  float logit;
  double weight;
};

bool likelier(const Candidate& a, const Candidate& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; }

/// The k-th largest logit.
float kth_largest(std::span<const float> logits, std::size_t k) {
  thread_local std::vector<float> copy;
  copy.assign(logits.begin(), logits.end());
  const auto kth = copy.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(copy.begin(), kth, copy.end(), std::greater<float>());
  return *kth;
}

/// A superset of what all filters keep, ascending ids: all that ties with or beats the k-th; else what top-p can keep (ids with less
/// than (1 - top_p) / V of the mass hold less than 1 - top_p together); else what min-p keeps.
void collect(std::span<const float> logits, const SoftmaxRow& row, const SamplingParams& params, std::vector<Candidate>& out) {
  out.clear();
  float least = -std::numeric_limits<float>::infinity();
  if (params.top_k > 0) {
    if (static_cast<std::size_t>(params.top_k) < logits.size()) least = kth_largest(logits, static_cast<std::size_t>(params.top_k));
  } else {
    double weight = params.min_p;
    if (params.top_p < 1.0) weight = std::max(weight, (1.0 - params.top_p) / static_cast<double>(logits.size()) * row.total);
    // Half of it leaves room for rounding.
    if (weight > 0.0) least = static_cast<float>(static_cast<double>(row.max) + std::log(0.5 * weight) / static_cast<double>(row.scale));
  }
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!(logits[i] >= least)) continue;
    const double weight = std::exp((static_cast<double>(logits[i]) - static_cast<double>(row.max)) * static_cast<double>(row.scale));
    if (weight > 0.0) out.push_back({static_cast<int32_t>(i), logits[i], weight});
  }
}

/// Keeps the likeliest until their sum reaches top_p of `total`; leaves them ordered by likelihood.
void keep_nucleus(std::vector<Candidate>& candidates, double top_p, double total) {
  std::sort(candidates.begin(), candidates.end(), likelier);
  double before = 0.0;
  std::size_t kept = 0;
  while (kept < candidates.size() && (kept == 0 || before < top_p * total)) before += candidates[kept++].weight;
  candidates.resize(kept);
}

int32_t draw_filtered(std::span<const float> logits, const SoftmaxRow& row, const SamplingParams& params, double uniform) {
  thread_local std::vector<Candidate> candidates;
  collect(logits, row, params, candidates);
  if (params.top_p < 1.0) {
    double total = row.total;
    if (params.top_k > 0) {
      total = 0.0;
      for (const Candidate& c : candidates) total += c.weight;
    }
    keep_nucleus(candidates, params.top_p, total);
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
  }
  if (params.min_p > 0.0) std::erase_if(candidates, [&](const Candidate& c) { return c.weight < params.min_p; });
  double total = 0.0;
  for (const Candidate& c : candidates) total += c.weight;
  double sum = 0.0;
  for (const Candidate& c : candidates) {
    sum += c.weight;
    if (sum > uniform * total) return c.id;
  }
  return candidates.back().id;
}

}  // namespace

void validate(const SamplingParams& params) {
  const auto got = [](double v) { return " is " + std::to_string(v); };
  require(std::isfinite(params.temperature) && params.temperature >= 0.0,
          "temperature" + got(params.temperature) + ", must be 0 (greedy) or more");
  require(params.top_k >= 0, "top_k is " + std::to_string(params.top_k) + ", must be 0 (off) or more");
  require(params.top_p > 0.0 && params.top_p <= 1.0, "top_p" + got(params.top_p) + ", must be in (0, 1]");
  require(params.min_p >= 0.0 && params.min_p <= 1.0, "min_p" + got(params.min_p) + ", must be in [0, 1]");
  require(std::isfinite(params.repetition_penalty) && params.repetition_penalty > 0.0,
          "repetition_penalty" + got(params.repetition_penalty) + ", must be above 0 (1 = off)");
  require(params.max_new_tokens >= 1, "max_new_tokens is " + std::to_string(params.max_new_tokens) + ", must be 1 or more");
  for (const std::string& stop : params.stop) require(!stop.empty(), "stop holds an empty string, which would end every text at once");
}

std::vector<TokenProbability> filtered_distribution(std::span<const float> raw_logits, std::span<const int32_t> previous_ids,
                                                    const SamplingParams& params) {
  HONE_CHECK(!raw_logits.empty(), "no logits");
  const std::span<const float> logits = penalised(raw_logits, previous_ids, params.repetition_penalty);
  const float max = *std::max_element(logits.begin(), logits.end());
  if (params.temperature == 0.0) return {{first_of(logits, max), 1.0}};

  std::vector<Candidate> kept;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double weight = std::exp((static_cast<double>(logits[i]) - static_cast<double>(max)) / params.temperature);
    kept.push_back({static_cast<int32_t>(i), logits[i], weight});
  }
  std::sort(kept.begin(), kept.end(), likelier);
  if (params.top_k > 0 && static_cast<std::size_t>(params.top_k) < kept.size()) {
    const float kth = kept[static_cast<std::size_t>(params.top_k - 1)].logit;
    std::erase_if(kept, [&](const Candidate& c) { return c.logit < kth; });
  }
  const auto total = [&] {
    double sum = 0.0;
    for (const Candidate& c : kept) sum += c.weight;
    return sum;
  };
  if (params.top_p < 1.0) {
    const double limit = (1.0 - params.top_p) * total();
    double tail = 0.0;  // this token and all less likely ones
    while (kept.size() > 1 && (tail += kept.back().weight) <= limit) kept.pop_back();
  }
  if (params.min_p > 0.0) std::erase_if(kept, [&](const Candidate& c) { return c.weight < params.min_p; });
  std::erase_if(kept, [](const Candidate& c) { return c.weight <= 0.0; });

  std::sort(kept.begin(), kept.end(), [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
  const double sum = total();
  std::vector<TokenProbability> distribution;
  for (const Candidate& c : kept) distribution.push_back({c.id, c.weight / sum});
  return distribution;
}

SampledToken sample_token(std::span<const float> logits, std::span<const int32_t> previous_ids, const SamplingParams& params,
                          double uniform) {
  const auto choose = [&](std::span<const float> from, const SoftmaxRow& row) {
    if (params.temperature == 0.0) return first_of(from, row.max);
    if (params.top_k == 0 && params.top_p >= 1.0 && params.min_p == 0.0) return draw_from_all(from, row, uniform);
    return draw_filtered(from, row, params, uniform);
  };
  if (params.repetition_penalty == 1.0) {
    const SoftmaxRow row(logits, params.temperature);
    const int32_t id = choose(logits, row);
    return {id, row.logprob(logits[static_cast<std::size_t>(id)])};
  }
  const std::span<const float> changed = penalised(logits, previous_ids, params.repetition_penalty);
  const int32_t id = choose(changed, SoftmaxRow(changed, params.temperature));
  return {id, token_logprob(logits, id, params.temperature)};
}

float token_logprob(std::span<const float> logits, int32_t id, double temperature) {
  HONE_CHECK(id >= 0 && static_cast<std::size_t>(id) < logits.size(), "token id outside the logits");
  return SoftmaxRow(logits, temperature).logprob(logits[static_cast<std::size_t>(id)]);
}

}  // namespace hone
