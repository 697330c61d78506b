#include "proto/base/format.h"

#include <cstdarg>
#include <cstddef>
#include <cstdio>

#include "proto/base/error.h"

namespace hone {

std::string format(const char* pattern, ...) {
  std::va_list values, again;
  va_start(values, pattern);
  va_copy(again, values);
  const int length = std::vsnprintf(nullptr, 0, pattern, values);
  va_end(values);
  std::string out(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
  if (length > 0) std::vsnprintf(out.data(), out.size() + 1, pattern, again);
  va_end(again);
  if (length < 0) throw Error(ErrorCode::invalid_argument, std::string("format: \"") + pattern + "\" cannot be printed");
  return out;
}

}  // namespace hone
