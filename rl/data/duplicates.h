// Equal and nearly equal prompts in a stream of rows, with bounded memory a row.
//
// Near duplicates are found by MinHash (Broder 1997) over sets of word n-grams and locality-sensitive hashing: kBands bands of r hash values;
// rows that agree in a whole band are candidates, and a candidate counts when the exact Jaccard index of the two sets, the earlier row read
// again, reaches the threshold. So what is reported is true; what is missed is bounded by chance: a pair at the threshold itself is a
// candidate with probability 1 - (1 - jaccard^r)^kBands >= 0.95, more similar ones more surely. Each row is compared with the
// first rows of its bands only, and a duplicate stands for nothing: later rows are compared with the row it repeats.
//
// Memory for a row that repeats nothing: 16 bytes of place, 12 band entries and 2 exact ones: 176 to 336 bytes (rl/data/first_seen.h).
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rl/data/first_seen.h"
#include "rl/data/row_files.h"

namespace hone {

struct DuplicateOptions {
  bool prompts = true;   // equal prompts with other references too, not only equal pairs
  bool near = true;
  double jaccard = 0.8;  // in (0, 1]
  int64_t ngram = 3;     // words, >= 1
};

struct Duplicate {
  enum class Kind : uint8_t {
    exact,        // the same prompt and reference
    conflicting,  // the same prompt, another reference
    near,
  };
  Kind kind = Kind::exact;
  RowPlace of;              // the earlier row
  double similarity = 1.0;  // Jaccard index
};

class DuplicateFinder {
 public:
  /// `prompt_of` reads an earlier row's prompt again. Throws invalid_argument for options outside their limits.
  DuplicateFinder(const DuplicateOptions& options, std::function<std::string(const RowPlace&)> prompt_of);

  /// `words`: the prompt's (rl/data/words.h). A row that repeats nothing is remembered.
  std::optional<Duplicate> add(std::string_view prompt, std::span<const uint64_t> words, std::string_view reference, const RowPlace& place);

  /// Hash values in a band: the most for which a pair at the threshold is a candidate with probability >= 0.95.
  int band_size() const { return band_size_; }
  std::size_t unique_rows() const { return places_.size(); }
  std::size_t bytes() const { return places_.size() * sizeof(RowPlace) + prompts_.bytes() + pairs_.bytes() + bands_.bytes(); }

  static constexpr int kBands = 12;

 private:
  std::optional<Duplicate> near_duplicate(const std::vector<uint64_t>& set, std::span<const uint64_t> bands);
  std::vector<uint64_t> band_hashes(std::span<const uint64_t> set) const;

  DuplicateOptions options_;
  std::function<std::string(const RowPlace&)> prompt_of_;
  int band_size_ = 1;
  std::deque<RowPlace> places_;
  FirstSeen<uint64_t> prompts_, pairs_;  // of a prompt, of prompt and reference
  FirstSeen<uint32_t> bands_;
};

}  // namespace hone
