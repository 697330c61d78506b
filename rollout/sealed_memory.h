// Memory that one process fills once and others of the same machine and user map read-only, without a copy.
//
// It is a memfd (memfd_create(2)) that is sealed against writing, growing and shrinking before anybody hears of it: what
// was verified stays as it is, and a mapping cannot fault. Others open it as /proc/PID/fd/FD, so nothing lies in a file
// system, and a process that is killed leaves nothing behind.
// Thread rule: immutable; any thread may read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace hone {

/// Where a SealedMemory is found by another process.
struct SealedMemoryName {
  int64_t pid = 0;
  int32_t fd = -1;
  uint64_t bytes = 0;
};

class SealedMemory {
 public:
  /// Copies the parts one after another, then seals them. Throws resource_exhausted when the system has no memory to give.
  explicit SealedMemory(std::span<const std::span<const std::byte>> parts);
  /// Maps what another process (or this one) has made. Throws unimplemented when it cannot be opened from here, is not
  /// sealed, or has another size.
  static SealedMemory open(const SealedMemoryName& name);

  SealedMemory(SealedMemory&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), data_(std::exchange(other.data_, {})) {}
  SealedMemory& operator=(SealedMemory&&) = delete;
  ~SealedMemory();

  std::span<const std::byte> data() const { return data_; }
  /// Valid as long as this object; only what the constructor made has one.
  SealedMemoryName name() const;

 private:
  SealedMemory(int fd, std::size_t bytes);  // takes the descriptor; maps

  int fd_ = -1;
  std::span<const std::byte> data_;
};

}  // namespace hone
