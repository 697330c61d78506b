// Rate of the learner on M (6,016 packed tokens: 8 groups of a prompt of 32 and 8 completions of 90), beside at::mm at the same shapes:
// forward; forward and backward; forward, backward and update (gradient norm, AdamW).
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
#include "rl/adamw.h"

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
    for (int i = 0; i < 8; ++i) completions.push_back(ids(90));
    batch.add_group(ids(32), completions);
  }
  return batch;
}

/// Cost of the three products of one linear layer (y, d x, d weight).
Cost mm_cost(int64_t rows, int64_t in, int64_t out, int repeats) {
  const at::Tensor x = at::rand({rows, in}), w = at::rand({out, in}), d = at::rand({rows, out});
  return best_cost(repeats, [&] {
    at::mm(x, w.t());
    at::mm(d, w);
    at::mm(d.t(), x);
  });
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
  struct Linear {
    int64_t in, out;
    double count;  // of such layers in the model
  };
  const auto layers = static_cast<double>(config.num_hidden_layers);
  Cost all_products{0.0, 0.0};
  double product_flops = 0.0;
  for (const Linear& l : {Linear{512, 512, 2 * layers}, {512, 256, 2 * layers}, {512, 1536, 2 * layers}, {1536, 512, layers}, {512, 4096, 1}}) {
    const Cost cost = mm_cost(batch.rows(), l.in, l.out, repeats);
    const double flops = 6.0 * rows * static_cast<double>(l.in * l.out);
    std::printf("at::mm %.0f x %lld x %lld: %.1f GFLOP/s\n", rows, static_cast<long long>(l.in), static_cast<long long>(l.out), rate(flops, cost));
    all_products.processor += l.count * cost.processor;
    product_flops += l.count * flops;
  }
  std::printf("at::mm, all products of the model: %.1f GFLOP/s\n", rate(product_flops, all_products));
  const Cost forward = best_cost(repeats, [&] {
    const at::NoGradGuard no_grad;
    policy.score(batch, 1.0, hone::Entropies::none);
  });
  const Cost both = best_cost(repeats, [&] {
    policy.zero_grad();
    torch::autograd::backward({policy.score(batch, 1.0, hone::Entropies::none).logprobs.sum()});
  });
  hone::AdamW optimizer(policy.parameters(), policy.parameter_names(), {});
  const Cost whole = best_cost(repeats, [&] {
    policy.zero_grad();
    torch::autograd::backward({policy.score(batch, 1.0, hone::Entropies::none).logprobs.sum()});
    optimizer.step(1e-6, hone::clip_factor(hone::grad_norm(policy.parameters()), 1.0));
  });
  const double flops = static_cast<double>(config.parameter_count()) * rows;
  std::printf("threads %d rows %.0f: forward %.3f s (processor %.3f s, %.1f GFLOP/s of 2 N rows)\n", at::get_num_threads(), rows,
              forward.wall, forward.processor, rate(2.0 * flops, forward));
  std::printf("forward and backward %.3f s (processor %.3f s, %.1f GFLOP/s of 6 N rows)\n", both.wall, both.processor,
              rate(6.0 * flops, both));
  std::printf("forward, backward and update %.3f s (processor %.3f s, %.1f GFLOP/s of 6 N rows)\n", whole.wall, whole.processor,
              rate(6.0 * flops, whole));
  return 0;
}
