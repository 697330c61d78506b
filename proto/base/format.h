// printf's patterns as text of any length. Thread rule: any thread.
#pragma once

#include <string>

namespace hone {

/// The whole text, however long; the compiler checks the pattern against the values. Throws invalid_argument where printf fails.
[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...);

}  // namespace hone
