// Uninitialised, 64-byte aligned float storage for packed weights, K/V blocks and activations. Large buffers ask for huge pages, as far
// as they fill whole ones, which keeps the TLB out of the way when weights are streamed.
// Thread rule: as a vector.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <span>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace hone {

class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  /// Throws std::bad_alloc.
  explicit AlignedBuffer(std::size_t size) : size_(size) {
    if (size == 0) return;
    if (size > std::numeric_limits<std::size_t>::max() / (2 * sizeof(float))) throw std::bad_alloc();
    const std::size_t bytes = size * sizeof(float);
    const std::size_t whole_pages = bytes / kHugePage * kHugePage;
    void* memory = nullptr;
    if (posix_memalign(&memory, whole_pages > 0 ? kHugePage : 64, bytes) != 0) throw std::bad_alloc();
    data_.reset(static_cast<float*>(memory));
#if defined(__linux__)
    if (whole_pages > 0) (void)madvise(memory, whole_pages, MADV_HUGEPAGE);
#endif
  }

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

  /// Makes room for at least `size` floats; the old content is lost when it grows.
  float* reserve(std::size_t size) {
    if (size > size_) *this = AlignedBuffer(size);
    return data();
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  std::unique_ptr<float[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace hone
