#include "rewards/code/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "proto/base/error.h"

namespace hone {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::resource_exhausted, "code sandbox: " + what + ": " + std::strerror(errno));
}

}  // namespace

FileDescriptor new_memory_file() {
  FileDescriptor fd(memfd_create("hone", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) fail("memfd_create");
  return fd;
}

std::pair<FileDescriptor, FileDescriptor> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

MemoryFile::MemoryFile(std::string_view bytes) : fd_(new_memory_file()) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t n = write(fd_.get(), bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("writing " + std::to_string(bytes.size()) + " bytes to memory");
    at += static_cast<std::size_t>(n);
  }
  seal();
}

MemoryFile::MemoryFile(FileDescriptor written) : fd_(std::move(written)) { seal(); }

void MemoryFile::seal() {
  struct stat info{};
  if (fstat(fd_.get(), &info) != 0) fail("fstat");
  size_ = static_cast<std::size_t>(info.st_size);
  if (fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) fail("sealing memory");
}

FileDescriptor MemoryFile::open() const {
  const std::string path = "/proc/self/fd/" + std::to_string(fd_.get());
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) fail("reopening " + path);
  return fd;
}

}  // namespace hone
