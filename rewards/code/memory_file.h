// Bytes in an anonymous, sealed memory file: what goes into a jail as a file or as standard input without a file on
// the host. Nothing can change it, and it is gone with its last descriptor.
// Thread rule: immutable; open() may be called from several threads.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "rewards/process/file_descriptor.h"

namespace hone {

class MemoryFile {
 public:
  /// Throws resource_exhausted when there is no memory or no descriptor left.
  explicit MemoryFile(std::string_view bytes);
  /// Takes over a memory file that something else has written, and seals it.
  explicit MemoryFile(FileDescriptor written);

  /// A read-only descriptor with a position of its own, at the start.
  FileDescriptor open() const;
  std::size_t size() const { return size_; }

 private:
  void seal();

  FileDescriptor fd_;
  std::size_t size_ = 0;
};

/// An empty, writable memory file.
FileDescriptor new_memory_file();

/// A pipe: {read end, write end}, both close-on-exec.
std::pair<FileDescriptor, FileDescriptor> make_pipe();

}  // namespace hone
