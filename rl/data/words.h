// Texts as sequences of normalised words, for finding equal, similar and overlapping ones.
//
// A word is a maximal run of Unicode letters and digits, case-folded (simple folding), or one mathematical sign (Unicode's category Sm, and
// - * / ^ %), since "4 + 3" and "4 - 3" are two problems; all else separates: "1,000 Cars = 3?" is the words 1 000 cars = 3.
// GPT-3's contamination study (Brown et al. 2020, arXiv:2005.14165, appendix C) likewise lowers case and drops punctuation.
// Words and n-grams are known by 64-bit hashes only; two different ones collide with a chance of 2^-64.
// Thread rule: pure functions. Linear in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hone {

/// Hashes of the words, in order. Invalid UTF-8 separates.
std::vector<uint64_t> word_hashes(std::string_view text);

/// Hashes of all runs of n words, in order; of all words together where there are fewer, nothing for no words. n >= 1.
std::vector<uint64_t> ngram_hashes(std::span<const uint64_t> words, std::size_t n);

/// The same as a set: ascending, each once.
std::vector<uint64_t> ngram_set(std::span<const uint64_t> words, std::size_t n);

/// |a and b| / |a or b| of two such sets; 1 for two empty ones.
double jaccard(std::span<const uint64_t> a, std::span<const uint64_t> b);

}  // namespace hone
