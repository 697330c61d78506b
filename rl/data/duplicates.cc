#include "rl/data/duplicates.h"

#include <algorithm>
#include <cmath>

#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "rewards/text.h"
#include "rl/data/words.h"

namespace hone {
namespace {

constexpr int kMostInBand = 20;
constexpr double kSure = 0.95;

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

int largest_band(double jaccard) {
  int size = 1;
  while (size < kMostInBand && 1.0 - std::pow(1.0 - std::pow(jaccard, size + 1), DuplicateFinder::kBands) >= kSure) ++size;
  return size;
}

/// One of a family of hash functions on 32 bits (murmur's finalizer, seeded).
uint32_t hashed(uint32_t x, uint32_t seed) {
  x ^= seed;
  x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
  x = (x ^ (x >> 13)) * 0xC2B2AE35u;
  return x ^ (x >> 16);
}

}  // namespace

DuplicateFinder::DuplicateFinder(const DuplicateOptions& options, std::function<std::string(const RowPlace&)> prompt_of)
    : options_(options), prompt_of_(std::move(prompt_of)) {
  if (!(options.jaccard > 0.0 && options.jaccard <= 1.0)) fail("jaccard " + std::to_string(options.jaccard) + ": must be in (0, 1]");
  if (options.ngram < 1) fail("near-duplicate n-grams of " + std::to_string(options.ngram) + " words: must be at least 1");
  band_size_ = largest_band(options.jaccard);
}

std::vector<uint64_t> DuplicateFinder::band_hashes(std::span<const uint64_t> set) const {
  std::vector<uint32_t> least(static_cast<std::size_t>(kBands * band_size_), UINT32_MAX);
  for (const uint64_t gram : set) {
    const auto x = static_cast<uint32_t>(gram ^ (gram >> 32));
    for (std::size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], hashed(x, 0x9E3779B9u * static_cast<uint32_t>(i + 1)));
  }
  std::vector<uint64_t> out;
  for (int band = 0; band < kBands; ++band) {
    const auto values = std::as_bytes(std::span(least).subspan(static_cast<std::size_t>(band * band_size_), static_cast<std::size_t>(band_size_)));
    out.push_back(digest64(values) + 0x9E3779B97F4A7C15u * static_cast<uint64_t>(band));
  }
  return out;
}

std::optional<Duplicate> DuplicateFinder::near_duplicate(const std::vector<uint64_t>& set, std::span<const uint64_t> bands) {
  std::vector<uint32_t> tried;
  for (const uint64_t band : bands) {
    const auto first = bands_.find(band);
    if (!first || std::find(tried.begin(), tried.end(), *first) != tried.end()) continue;
    tried.push_back(*first);
    const RowPlace& earlier = places_[*first];
    const double similarity = jaccard(set, ngram_set(word_hashes(prompt_of_(earlier)), static_cast<std::size_t>(options_.ngram)));
    if (similarity >= options_.jaccard) return Duplicate{Duplicate::Kind::near, earlier, similarity};
  }
  return std::nullopt;
}

std::optional<Duplicate> DuplicateFinder::add(std::string_view prompt, std::span<const uint64_t> words, std::string_view reference,
                                              const RowPlace& place) {
  const auto row = static_cast<uint32_t>(places_.size());
  const uint64_t prompt_hash = digest64(trim(prompt));
  const uint64_t pair_hash = prompt_hash * 31 + digest64(trim(reference));
  if (const auto first = pairs_.find(pair_hash)) return Duplicate{Duplicate::Kind::exact, places_[*first]};
  if (options_.prompts)
    if (const auto first = prompts_.find(prompt_hash)) return Duplicate{Duplicate::Kind::conflicting, places_[*first]};
  if (options_.near && !words.empty()) {
    const std::vector<uint64_t> set = ngram_set(words, static_cast<std::size_t>(options_.ngram));
    const std::vector<uint64_t> bands = band_hashes(set);
    if (auto found = near_duplicate(set, bands)) return found;
    for (const uint64_t band : bands) bands_.insert(band, row);
  }
  if (options_.prompts) prompts_.insert(prompt_hash, row);
  pairs_.insert(pair_hash, row);
  places_.push_back(place);
  return std::nullopt;
}

}  // namespace hone
