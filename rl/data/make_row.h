// What the makers of synthetic data share: each row is a pure function of (seed, kind of row, row number), so a longer file begins with
// the shorter one, and rows of different kinds share no random numbers. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "proto/base/random.h"

namespace hone {

/// The random numbers of one row.
PhiloxStream row_stream(uint64_t seed, uint32_t kind, uint64_t row);

/// Uniform integer in [low, high].
int draw_between(PhiloxStream& random, int low, int high);

/// Is the problem with this key in the held-out tenth? Decided by the key alone, whatever seed drew it.
bool held_out_by_hash(std::string_view key);

/// Limits of an option such as "2..7" or "5", both included.
struct IntRange {
  int low = 0, high = 0;
  int size() const { return high - low + 1; }
};

/// Throws invalid_argument unless `text` is "N" or "LOW..HIGH" within [least, most]; `option` starts the message.
IntRange parse_range(const std::string& text, int least, int most, const std::string& option);

/// A draw that is not within limits is drawn again, so many times.
constexpr int kMostTries = 100000;
[[noreturn]] void fail_no_row(const std::string& what);

/// Writes rows 0..count-1 as JSON Lines; `line(row)` has no newline. The file is complete or absent; "-" is standard output.
void write_rows(const std::string& file, int64_t count, const std::function<std::string(int64_t row)>& line);

}  // namespace hone
