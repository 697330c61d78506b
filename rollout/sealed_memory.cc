#include "rollout/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

#include "proto/base/error.h"

namespace hone {
namespace {

constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

[[noreturn]] void fail(ErrorCode code, const std::string& what) {
  throw Error(code, "shared memory: " + what + ": " + std::strerror(errno));
}

/// Closes on the way out unless taken.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int take() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// write(2) rather than a writable mapping: no page fault for every 4 KiB, and no zeros written before the data.
void write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(ErrorCode::resource_exhausted, "cannot write " + std::to_string(bytes.size()) + " bytes");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace

SealedMemory::SealedMemory(std::span<const std::span<const std::byte>> parts) {
  Descriptor fd(::memfd_create("hone-weights", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd.get() < 0) fail(ErrorCode::resource_exhausted, "memfd_create");
  std::size_t bytes = 0;
  for (const std::span<const std::byte> part : parts) {
    write_all(fd.get(), part);
    bytes += part.size();
  }
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) fail(ErrorCode::resource_exhausted, "sealing");
  SealedMemory made(fd.take(), bytes);
  fd_ = std::exchange(made.fd_, -1);
  data_ = std::exchange(made.data_, {});
}

SealedMemory::SealedMemory(int fd, std::size_t bytes) : fd_(fd) {
  if (bytes == 0) return;
  void* const memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (memory == MAP_FAILED) {
    const int error = errno;
    ::close(std::exchange(fd_, -1));
    errno = error;
    fail(ErrorCode::resource_exhausted, "cannot map " + std::to_string(bytes) + " bytes");
  }
  data_ = {static_cast<const std::byte*>(memory), bytes};
}

SealedMemory::~SealedMemory() {
  if (!data_.empty()) ::munmap(const_cast<std::byte*>(data_.data()), data_.size());
  if (fd_ >= 0) ::close(fd_);
}

SealedMemory SealedMemory::open(const SealedMemoryName& name) {
  if (name.pid < 1 || name.fd < 0 || name.bytes > uint64_t{std::numeric_limits<int64_t>::max()})
    throw Error(ErrorCode::unimplemented, "shared memory: impossible process, descriptor or size");
  const std::string path = "/proc/" + std::to_string(name.pid) + "/fd/" + std::to_string(name.fd);
  // O_NONBLOCK: whatever the descriptor is, a pipe of another program for example, opening it does not wait.
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0) fail(ErrorCode::unimplemented, path + " cannot be opened from here");
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals)
    throw Error(ErrorCode::unimplemented, "shared memory: " + path + " is not sealed memory");
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail(ErrorCode::unimplemented, path);
  if (static_cast<uint64_t>(status.st_size) != name.bytes)
    throw Error(ErrorCode::unimplemented, "shared memory: " + path + " has " + std::to_string(status.st_size) +
                                              " bytes, expected " + std::to_string(name.bytes));
  return SealedMemory(fd.take(), static_cast<std::size_t>(name.bytes));
}

SealedMemoryName SealedMemory::name() const { return {::getpid(), fd_, data_.size()}; }

}  // namespace hone
