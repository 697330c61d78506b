// A file, written piece by piece, that is there when it is whole. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>

namespace hone {

/// Grows under "<path>.tmp.<pid><mark>"; publish() syncs and renames it over `path`. One that is not published leaves nothing behind.
/// A path that exists and is no regular file (a pipe, /dev/stdout) is written as it is.
class NewFile {
 public:
  /// Throws invalid_argument when the file cannot be made.
  explicit NewFile(const std::filesystem::path& path, std::string_view mark = "");
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  std::ostream& out() { return out_; }
  void line(std::string_view text) { out_ << text << '\n'; }
  /// All that was written can now be read by the name that this returns. Throws resource_exhausted when it could not be written.
  const std::filesystem::path& flush();
  void publish();

 private:
  std::filesystem::path path_, written_;  // the same for what is no regular file
  std::ofstream out_;
};

}  // namespace hone
