// `hone data filter`: the rows without a flaw, as they stand, in order; what was dropped and why. Thread rule: one thread.
#pragma once

#include <string>

#include "rl/data/data_check.h"
#include "rl/data/row_screen.h"

namespace hone {

struct FilterOptions {
  ScreenOptions screen;
  std::string output;
  std::string rejected;  // JSONL of {"row", "flaw", "detail", "text"}; "" = not written
  int64_t sample = 0;    // of the rows that stay, so many, each as likely; 0 = all
  uint64_t seed = 0;     // of the sample
  std::size_t examples = 3;
};

/// Writes under temporary names and renames when all is done. Throws invalid_argument when the output is one of the inputs,
/// resource_exhausted when it cannot be written. A row that spans lines (of a JSON array) is written on one.
DataReport filter_data(RowFiles& files, const FilterOptions& options);

}  // namespace hone
