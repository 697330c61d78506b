#include "policy/format/rotary_layout.h"

#include <algorithm>
#include <vector>

#include "proto/base/error.h"

namespace hone {

void adjacent_to_half_split(std::span<float> data, std::size_t heads, std::size_t head_dim, std::size_t columns) {
  HONE_CHECK(data.size() == heads * head_dim * columns && head_dim % 2 == 0, "rotary rows of another shape");
  const std::size_t half = head_dim / 2;
  std::vector<float> head(head_dim * columns);
  for (std::size_t h = 0; h < heads; ++h) {
    const std::span<float> rows = data.subspan(h * head.size(), head.size());
    for (std::size_t i = 0; i < half; ++i) {
      const auto pair = rows.subspan(2 * i * columns, 2 * columns);
      std::copy_n(pair.begin(), columns, head.begin() + static_cast<std::ptrdiff_t>(i * columns));
      std::copy_n(pair.begin() + static_cast<std::ptrdiff_t>(columns), columns,
                  head.begin() + static_cast<std::ptrdiff_t>((i + half) * columns));
    }
    std::copy(head.begin(), head.end(), rows.begin());
  }
}

}  // namespace hone
