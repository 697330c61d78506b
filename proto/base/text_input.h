// A text file to read from front to back, whatever its size: plain, gzip (told by its first bytes), or "-" for standard input.
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <istream>
#include <memory>
#include <string>

namespace hone {

class TextInput {
 public:
  /// Throws not_found / invalid_argument when `path` is no readable file; `what` names its role in the message.
  TextInput(const std::filesystem::path& path, std::string_view what);
  ~TextInput();
  TextInput(const TextInput&) = delete;
  TextInput& operator=(const TextInput&) = delete;

  std::istream& stream() { return *stream_; }
  /// For messages: the path, or "<stdin>".
  const std::string& source() const { return source_; }
  /// A file that can be read again at any byte: neither gzip nor standard input.
  bool is_plain() const;
  /// Throws data_loss when reading ended before the file did: a device error, a damaged or cut gzip file.
  void require_whole() const;

 private:
  class GzipBuffer;
  std::string source_;
  std::unique_ptr<GzipBuffer> buffer_;
  std::unique_ptr<std::istream> owned_;
  std::istream* stream_ = nullptr;
};

}  // namespace hone
