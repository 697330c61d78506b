// Files: whole reads, memory maps, and writes that are either complete or absent.
// Every error names the path. Thread rule: free functions are thread-safe on different paths; MappedFile is immutable.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace hone {

/// Whole file as bytes. Throws not_found, or data_loss when it cannot be read. `limit_bytes` guards against absurd input.
std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes = std::size_t{1} << 31);

/// Writes to "<path>.tmp.<pid>", flushes, renames over `path`, syncs the directory: a reader sees the old file or the new one.
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

/// fsync of a file or directory.
void sync_path(const std::filesystem::path& path);

/// Throws invalid_argument unless `path` is an existing directory / regular file; `what` names its role in the message.
void require_directory(const std::filesystem::path& path, std::string_view what);
void require_file(const std::filesystem::path& path, std::string_view what);

/// Read-only memory map of a whole file; empty files map to an empty span.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace hone
