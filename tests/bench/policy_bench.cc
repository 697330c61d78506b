// Rate of the learner's forward and backward on a random Qwen2-shaped model, beside at::mm at the same shapes.
// Seconds are wall-clock; rates are per second of processor time times threads, so that a busy machine blurs them less.
// Usage: bench_policy [threads] [repeats] [recompute 0|1] [exact|fast]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <utility>
#include <vector>

#include "policy/policy.h"
#include "proto/base/random.h"

namespace {

struct Cost {
  double wall = 1e30;
  double processor = 1e30;  // all threads together
};

Cost best_cost(int repeats, const std::function<void()>& work) {
  Cost best;
  for (int i = 0; i < repeats; ++i) {
    const std::clock_t processor = std::clock();
    const auto begin = std::chrono::steady_clock::now();
    work();
    best.wall = std::min(best.wall, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    best.processor = std::min(best.processor, static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC);
  }
  return best;
}

double rate(double flops, const Cost& cost) { return 1e-9 * flops * at::get_num_threads() / cost.processor; }

hone::ModelConfig bench_config() {
  hone::ModelConfig config;
  config.model_type = "qwen2";
  config.vocab_size = 4096;
  config.hidden_size = 512;
  config.intermediate_size = 1536;
  config.num_hidden_layers = 8;
  config.num_attention_heads = 8;
  config.num_key_value_heads = 4;
  config.head_dim = 64;
  config.max_position_embeddings = 4096;
  config.attention_bias = true;
  config.tie_word_embeddings = true;
  return config;
}

hone::PackedBatch bench_batch(int64_t vocabulary) {
  hone::PhiloxStream random(5);
  const auto ids = [&](int count) {
    std::vector<int32_t> result;
    for (int i = 0; i < count; ++i) result.push_back(static_cast<int32_t>(random.next_below(static_cast<uint64_t>(vocabulary))));
    return result;
  };
  hone::PackedBatch batch;
  for (int group = 0; group < 8; ++group) {
    std::vector<std::vector<int32_t>> completions;
    for (int i = 0; i < 8; ++i) completions.push_back(ids(64));
    batch.add_group(ids(32), completions);
  }
  return batch;
}

/// Rate of the three products of one linear layer (y, d x, d weight).
double mm_rate(int64_t rows, int64_t in, int64_t out, int repeats) {
  const at::Tensor x = at::rand({rows, in}), w = at::rand({out, in}), d = at::rand({rows, out});
  const Cost cost = best_cost(repeats, [&] {
    at::mm(x, w.t());
    at::mm(d, w);
    at::mm(d.t(), x);
  });
  return rate(6.0 * static_cast<double>(rows * in * out), cost);
}

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(argc > 1 ? std::atoi(argv[1]) : 1);
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 3;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const hone::ModelConfig config = bench_config();
  hone::PolicyOptions options;
  options.activation_recomputation = argc > 3 && std::atoi(argv[3]) != 0;
  if (argc > 4) options.numerics = hone::numerics_from_string(argv[4]);
  hone::Policy policy(config, hone::random_weights(config, 0.02, 1).views(), options);
  const hone::PackedBatch batch = bench_batch(config.vocab_size);
  const auto rows = static_cast<double>(batch.rows());
  for (const auto& [in, out] : std::vector<std::pair<int64_t, int64_t>>{{512, 512}, {512, 256}, {512, 1536}, {1536, 512}, {512, 4096}}) {
    std::printf("mm %.0f x %lld x %lld: %.1f GFLOP/s\n", rows, static_cast<long long>(in), static_cast<long long>(out),
                mm_rate(batch.rows(), in, out, repeats));
  }
  const Cost forward = best_cost(repeats, [&] {
    const at::NoGradGuard no_grad;
    policy.score(batch, 1.0, hone::Entropies::none);
  });
  const Cost both = best_cost(repeats, [&] {
    policy.zero_grad();
    torch::autograd::backward({policy.score(batch, 1.0, hone::Entropies::none).logprobs.sum()});
  });
  const double flops = static_cast<double>(config.parameter_count()) * rows;
  std::printf("threads %d rows %.0f: forward %.3f s (processor %.3f s, %.1f GFLOP/s of 2 N rows)\n", at::get_num_threads(), rows,
              forward.wall, forward.processor, rate(2.0 * flops, forward));
  std::printf("forward and backward %.3f s (processor %.3f s, %.1f GFLOP/s of 6 N rows)\n", both.wall, both.processor,
              rate(6.0 * flops, both));
  return 0;
}
