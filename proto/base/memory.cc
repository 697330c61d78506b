#include "proto/base/memory.h"

#include <sys/resource.h>

#include <cstddef>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace hone {

int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

void keep_freed_memory() {
#if defined(__GLIBC__)
  (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest value it takes
  (void)mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
}

void release_free_memory() {
#if defined(__GLIBC__)
  constexpr std::size_t kWorthwhileBytes = std::size_t{64} << 20;
  if (mallinfo2().fordblks >= kWorthwhileBytes) (void)malloc_trim(0);
#endif
}

}  // namespace hone
