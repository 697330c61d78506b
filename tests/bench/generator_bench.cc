// bench_generator: products with packed weights, and generation with random Qwen2-architecture models.
//   bench_generator gemm [THREADS [STORAGE]]          GFLOP/s and GB/s per shape and number of rows
//   bench_generator decode S|M [THREADS [STORAGE]]    tokens/s at batch 1, 8, 64 (prompt of 32 tokens, 64 new ones each; then without the
//                                                     prompts: what the 63 tokens after the first take), and of a prompt
//   bench_generator folder DIR [THREADS [STORAGE]]    the same for a model folder
//   bench_generator overhead [THREADS]                seconds a sampled token that are not arithmetic: a model of next to none, batch of 64
//   bench_generator limits MIB [THREADS]              how fast this machine reads MIB of memory and multiplies matrices
// STORAGE is float32, bfloat16 or int8; HONE_SIMD=AVX2 in the environment takes another instruction set than the best. Times are the best of several runs; with one thread products are timed in CPU time, so that a busy
// machine says the same.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "policy/generator.h"
#include "policy/kernels/gemm.h"
#include "policy/kernels/simd_targets.h"
#include "policy/model_folder.h"
#include "policy/weights.h"
#include "proto/base/random.h"
#include "proto/base/thread_pool.h"

namespace hone {
namespace {

double now(bool cpu_time) {
  timespec t{};
  clock_gettime(cpu_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

std::vector<float> random_values(int64_t n) {
  PhiloxStream stream(1);
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& v : values) v = static_cast<float>(stream.next_uniform() - 0.5);
  return values;
}

void bench_gemm(ThreadPool& pool, WeightStorage storage) {
  struct Shape {
    int64_t n, k;
  };
  std::printf("%8s %6s %5s %12s %10s %8s\n", "N", "K", "M", "us", "GFLOP/s", "GB/s");
  for (const Shape s : {Shape{576, 576}, Shape{1536, 576}, Shape{576, 1536}, Shape{49152, 576}}) {
    PackedMatrix w(s.n, s.k, storage);
    w.pack_rows(0, s.n, random_values(s.n * s.k).data());
    for (const int64_t m : {1, 8, 64, 128, 512}) {
      const std::vector<float> x = random_values(m * s.k);
      std::vector<float> y(static_cast<std::size_t>(m * s.n));
      const double flop = 2.0 * static_cast<double>(m * s.n * s.k);
      double best = 1e30, spent = 0.0;
      for (int r = 0; r < 2000 && (spent < 0.5 || r < 3); ++r) {
        const double start = now(pool.size() == 1);
        gemm(x.data(), s.k, m, w, nullptr, y.data(), s.n, &pool);
        const double seconds = now(pool.size() == 1) - start;
        best = std::min(best, seconds);
        spent += seconds;
      }
      std::printf("%8lld %6lld %5lld %12.1f %10.1f %8.1f\n", static_cast<long long>(s.n), static_cast<long long>(s.k),
                  static_cast<long long>(m), best * 1e6, flop / best * 1e-9, 1e-9 * static_cast<double>(w.bytes()) / best);
    }
  }
}

ModelConfig random_model(const std::string& size) {
  const bool small = size == "S";
  ModelConfig config;
  config.model_type = "qwen2";
  config.vocab_size = small ? 512 : 4096;
  config.hidden_size = small ? 128 : 512;
  config.intermediate_size = small ? 512 : 1536;
  config.num_hidden_layers = small ? 4 : 8;
  config.num_attention_heads = small ? 4 : 8;
  config.num_key_value_heads = small ? 2 : 4;
  config.head_dim = config.hidden_size / config.num_attention_heads;
  config.max_position_embeddings = 2048;
  config.attention_bias = true;
  config.tie_word_embeddings = true;
  return config;
}

std::vector<RolloutRequest> equal_requests(uint32_t count, int64_t prompt_tokens, int64_t vocab, int32_t new_tokens) {
  std::vector<RolloutRequest> requests;
  for (uint32_t i = 0; i < count; ++i) {
    RolloutRequest r;
    r.key.slot = i;
    for (int64_t t = 0; t < prompt_tokens; ++t) r.prompt_token_ids.push_back(static_cast<int32_t>((i * 37 + t * 101 + 3) % vocab));
    r.params.max_new_tokens = new_tokens;
    r.params.ignore_eos = true;
    requests.push_back(r);
  }
  return requests;
}

GenerationStats best_of(Generator& generator, std::span<const RolloutRequest> requests, int repeats) {
  GenerationStats best;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const GenerationStats stats = generator.generate(requests, [](std::size_t, RolloutResult) {});
    if (repeat == 0 || stats.seconds < best.seconds) best = stats;
  }
  return best;
}

void bench_decode(Generator& generator, const ModelConfig& config) {
  constexpr int64_t kPrefillTokens = 384;
  std::printf("%8s %12s %12s %12s\n", "batch", "tokens", "seconds", "tokens/s");
  const auto line = [](const std::string& what, int64_t tokens, double seconds) {
    std::printf("%8s %12lld %12.4f %12.1f\n", what.c_str(), static_cast<long long>(tokens), seconds, static_cast<double>(tokens) / seconds);
    std::fflush(stdout);
  };
  for (const uint32_t batch : {1u, 8u, 64u}) {
    const GenerationStats all = best_of(generator, equal_requests(batch, 32, config.vocab_size, 64), 3);
    const GenerationStats first = best_of(generator, equal_requests(batch, 32, config.vocab_size, 1), 3);
    line(std::to_string(batch), all.generated_tokens, all.seconds);
    line(std::to_string(batch) + "-alone", all.generated_tokens - first.generated_tokens, all.seconds - first.seconds);
  }
  const int64_t prompt = std::min<int64_t>(kPrefillTokens, config.max_position_embeddings - 1);
  line("prefill", prompt, best_of(generator, equal_requests(1, prompt, config.vocab_size, 1), 3).seconds);
}

/// Scheduling, sampling, texts of the results: all that a token costs beside the model.
void bench_overhead(ThreadPool& pool) {
  ModelConfig config = random_model("S");
  config.vocab_size = 64;
  config.hidden_size = 16;
  config.intermediate_size = 16;
  config.num_hidden_layers = 1;
  config.num_attention_heads = config.num_key_value_heads = 1;
  config.head_dim = 16;
  Generator generator(config, nullptr, pool, {});
  generator.load_weights(random_weights(config, 0.05, 1).views(), 1);
  const GenerationStats best = best_of(generator, equal_requests(64, 2, config.vocab_size, 256), 5);
  std::printf("%8s %12.3f us\n", "token", 1e6 * best.seconds / static_cast<double>(best.generated_tokens));
}

/// How long generation stops for new weights: they are packed, beside a plain copy of as many bytes.
void bench_load(Generator& generator, const WeightSet& weights) {
  double pack = 1e30, copy = 1e30;
  std::size_t bytes = 0;
  std::vector<std::vector<float>> copies;
  for (const WeightSet::Tensor& t : weights.tensors) bytes += sizeof(float) * copies.emplace_back(t.data.size(), 1.0f).size();
  for (uint64_t round = 1; round <= 5; ++round) {
    double start = now(false);
    generator.load_weights(weights.views(), round);
    pack = std::min(pack, now(false) - start);
    start = now(false);
    for (std::size_t i = 0; i < copies.size(); ++i) std::copy(weights.tensors[i].data.begin(), weights.tensors[i].data.end(), copies[i].begin());
    copy = std::min(copy, now(false) - start);
  }
  std::printf("load_weights: %.1f MB packed in %.1f ms, copied in %.1f ms\n", 1e-6 * static_cast<double>(bytes), 1e3 * pack, 1e3 * copy);
}

/// What the machine allows: reading `bytes` of memory over and over, and a product of 1024 x 1024 matrices.
void bench_limits(ThreadPool& pool, int64_t bytes) {
  const std::vector<float> memory(static_cast<std::size_t>(bytes) / sizeof(float), 1.0f);
  const int64_t part = static_cast<int64_t>(memory.size()) / pool.size();
  std::vector<float> sums(static_cast<std::size_t>(pool.size()) * 64);
  const auto read = [&](std::size_t thread) {
    const float* p = memory.data() + static_cast<int64_t>(thread) * part;
    float lanes[64] = {};
    for (int64_t i = 0; i + 64 <= part; i += 64) {
      for (int64_t l = 0; l < 64; ++l) lanes[l] += p[i + l];
    }
    std::copy(lanes, lanes + 64, sums.begin() + static_cast<std::ptrdiff_t>(thread) * 64);
  };
  double best_read = 1e30, best_product = 1e30;
  for (int r = 0; r < 30; ++r) {
    const double start = now(false);
    pool.parallel_for(static_cast<std::size_t>(pool.size()), read);
    best_read = std::min(best_read, now(false) - start);
  }
  constexpr int64_t kSide = 1024;
  PackedMatrix w(kSide, kSide);
  w.pack_rows(0, kSide, random_values(kSide * kSide).data());
  const std::vector<float> x = random_values(kSide * kSide);
  std::vector<float> y(kSide * kSide);
  for (int r = 0; r < 10; ++r) {
    const double start = now(false);
    gemm(x.data(), kSide, kSide, w, nullptr, y.data(), kSide, &pool);
    best_product = std::min(best_product, now(false) - start);
  }
  std::printf("%8s %12.2f GB/s\n%8s %12.2f GFLOP/s\n", "read", 1e-9 * static_cast<double>(bytes) / best_read, "product",
              2e-9 * static_cast<double>(kSide * kSide * kSide) / best_product);
}

int run(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const bool gemm_only = what == "gemm" || what == "overhead";
  if (!gemm_only && (argc < 3 || (what != "decode" && what != "folder" && what != "limits"))) {
    std::fprintf(stderr, "usage: bench_generator gemm|overhead|decode S|M|folder DIR|limits MIB [THREADS [STORAGE]]\n");
    return 2;
  }
  limit_simd_target_by_environment();
  const int threads_at = gemm_only ? 2 : 3;
  ThreadPool pool(argc > threads_at ? std::atoi(argv[threads_at]) : 1);
  const WeightStorage storage = weight_storage_from_string(argc > threads_at + 1 ? argv[threads_at + 1] : "float32");
  std::printf("%s, %d threads, %s\n", current_simd_target_name().c_str(), pool.size(), std::string(to_string(storage)).c_str());
  if (gemm_only) {
    what == "gemm" ? bench_gemm(pool, storage) : bench_overhead(pool);
    return 0;
  }
  if (what == "limits") {
    bench_limits(pool, std::max(1, std::atoi(argv[2])) * (int64_t{1} << 20));
    return 0;
  }
  ModelConfig config;
  WeightSet weights;
  if (what == "decode") {
    config = random_model(argv[2]);
    weights = random_weights(config, 0.05, 1);
  } else {
    const ModelFolder folder = open_model_folder(argv[2]);
    config = folder.config;
    weights = load_weights(folder);
  }
  Generator generator(config, nullptr, pool, {.weight_storage = storage});
  bench_load(generator, weights);
  weights = WeightSet();
  bench_decode(generator, config);
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  try {
    return hone::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_generator: %s\n", error.what());
    return 1;
  }
}
