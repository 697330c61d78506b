// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//
// A number is a pure function of (key, counter), so a sample does not depend on the worker that drew it, on its batch
// mates, on the number of threads or on a restart. Known-answer tests: tests/proto/random_test.cc.
// Thread rule: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hone {

using PhiloxCounter = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

/// Ten rounds of Philox4x32.
inline PhiloxCounter philox4x32(PhiloxCounter c, PhiloxKey k) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53u} * c[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(p0)};
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  return c;
}

inline PhiloxKey philox_key(uint64_t seed) {
  return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
}

/// Uniform double in (0, 1): 52 bits from two words, centred so that 0 and 1 never occur (with 53 the largest would round to 1).
inline double uniform_open(uint32_t lo, uint32_t hi) {
  const uint64_t bits = ((uint64_t{hi} << 32) | lo) >> 12;
  return (static_cast<double>(bits) + 0.5) * 0x1.0p-52;
}

/// The uniform number for one sampled token.
inline double sample_uniform(uint64_t run_seed, uint32_t step, uint32_t slot, uint32_t sample, uint32_t position) {
  const PhiloxCounter r = philox4x32({position, sample, slot, step}, philox_key(run_seed));
  return uniform_open(r[0], r[1]);
}

/// A sequential stream over one key, for shuffles and initial weights.
class PhiloxStream {
 public:
  explicit PhiloxStream(uint64_t seed, uint32_t stream = 0) : key_(philox_key(seed)), counter_{0, 0, 0, stream} {}

  uint32_t next_u32() {
    if (used_ == 4) {
      block_ = philox4x32(counter_, key_);
      if (++counter_[0] == 0) ++counter_[1];
      used_ = 0;
    }
    return block_[used_++];
  }
  double next_uniform() {
    const uint32_t lo = next_u32();
    return uniform_open(lo, next_u32());
  }
  /// Uniform integer in [0, n), n >= 1, without modulo bias.
  uint64_t next_below(uint64_t n) {
    const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t v = 0;
    do {
      const uint64_t lo = next_u32();
      v = (uint64_t{next_u32()} << 32) | lo;
    } while (v >= limit);
    return v % n;
  }

 private:
  PhiloxKey key_;
  PhiloxCounter counter_;
  PhiloxCounter block_{};
  int used_ = 4;
};

/// Fisher-Yates permutation of 0..n-1, a pure function of (seed, epoch).
inline std::vector<uint32_t> permutation(std::size_t n, uint64_t seed, uint32_t epoch) {
  std::vector<uint32_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<uint32_t>(i);
  PhiloxStream rng(seed, 0x5EED0000u + epoch);
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[rng.next_below(i)]);
  return order;
}

}  // namespace hone
