#include "proto/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "proto/base/error.h"

namespace hone {
namespace {

std::string reason() { return std::strerror(errno); }

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

int open_for_reading(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Error(ErrorCode::not_found, path.string() + ": cannot open: " + reason());
  struct stat st {};
  if (::fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
    ::close(fd);
    throw Error(ErrorCode::invalid_argument, path.string() + ": is a directory, a file is needed");
  }
  return fd;
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(ErrorCode::resource_exhausted, path.string() + ": cannot write: " + reason());
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  Descriptor d{open_for_reading(path)};
  std::string out;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(d.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(ErrorCode::data_loss, path.string() + ": cannot read: " + reason());
    if (n == 0) return out;
    out.append(buffer, static_cast<std::size_t>(n));
    if (out.size() > limit_bytes)
      throw Error(ErrorCode::invalid_argument, path.string() + ": larger than " + std::to_string(limit_bytes) + " bytes");
  }
}

void sync_path(const std::filesystem::path& path) {
  Descriptor d{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (d.fd < 0 || ::fsync(d.fd) != 0)
    throw Error(ErrorCode::resource_exhausted, path.string() + ": cannot sync: " + reason());
}

void write_file_atomic(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path tmp = path;
  tmp += ".tmp." + std::to_string(::getpid());
  {
    Descriptor d{::open(tmp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (d.fd < 0) throw Error(ErrorCode::resource_exhausted, tmp.string() + ": cannot create: " + reason());
    write_all(d.fd, bytes, tmp);
    if (::fsync(d.fd) != 0) throw Error(ErrorCode::resource_exhausted, tmp.string() + ": cannot sync: " + reason());
  }
  if (::rename(tmp.c_str(), path.c_str()) != 0)
    throw Error(ErrorCode::resource_exhausted, path.string() + ": cannot rename " + tmp.string() + ": " + reason());
  sync_path(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

void require_directory(const std::filesystem::path& path, std::string_view what) {
  if (!std::filesystem::exists(path))
    throw Error(ErrorCode::not_found, std::string(what) + ": " + path.string() + " does not exist");
  if (!std::filesystem::is_directory(path))
    throw Error(ErrorCode::invalid_argument, std::string(what) + ": " + path.string() + " is not a directory");
}

void require_file(const std::filesystem::path& path, std::string_view what) {
  if (!std::filesystem::exists(path))
    throw Error(ErrorCode::not_found, std::string(what) + ": " + path.string() + " does not exist");
  if (std::filesystem::is_directory(path))
    throw Error(ErrorCode::invalid_argument, std::string(what) + ": " + path.string() + " is a directory, a file is needed");
}

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  Descriptor d{open_for_reading(path)};
  struct stat st {};
  if (::fstat(d.fd, &st) != 0) throw Error(ErrorCode::data_loss, path.string() + ": cannot stat: " + reason());
  size_ = static_cast<std::size_t>(st.st_size);
  if (size_ == 0) return;
  data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, d.fd, 0);
  if (data_ == MAP_FAILED) throw Error(ErrorCode::resource_exhausted, path.string() + ": cannot map: " + reason());
}

MappedFile::~MappedFile() {
  if (data_ != nullptr && data_ != MAP_FAILED) ::munmap(data_, size_);
}

}  // namespace hone
