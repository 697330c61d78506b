#include "proto/base/suggest.h"

#include <algorithm>
#include <vector>

namespace hone {
namespace {

/// Optimal-string-alignment distance.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> d((a.size() + 1) * width);
  for (std::size_t i = 0; i <= a.size(); ++i) d[i * width] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = d[(i - 1) * width + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      std::size_t best = std::min({d[(i - 1) * width + j] + 1, d[i * width + j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = std::min(best, d[(i - 2) * width + j - 2] + 1);
      d[i * width + j] = best;
    }
  }
  return d.back();
}

}  // namespace

std::string suggestion(std::string_view name, std::span<const std::string> known) {
  constexpr std::size_t kMaxLength = 64;
  const std::string* nearest = nullptr;
  std::size_t best = 1 + name.size() / 4;
  if (name.size() <= kMaxLength) {
    for (const std::string& candidate : known) {
      const std::size_t distance = edit_distance(name, candidate);
      if (distance < best || (distance == best && nearest == nullptr)) {
        best = distance;
        nearest = &candidate;
      }
    }
  }
  if (nearest != nullptr) return "; did you mean " + *nearest + "?";
  std::string out = known.empty() ? "" : "; known: ";
  for (std::size_t i = 0; i < known.size() && i < 12; ++i) out += (i ? ", " : "") + known[i];
  if (known.size() > 12) out += ", ...";
  return out;
}

}  // namespace hone
