#include "proto/base/new_file.h"

#include <unistd.h>

#include <system_error>

#include "proto/base/error.h"
#include "proto/base/file.h"

namespace hone {

NewFile::NewFile(const std::filesystem::path& path, std::string_view mark) : path_(path), written_(path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored) || std::filesystem::is_regular_file(path_, ignored))
    written_ += ".tmp." + std::to_string(::getpid()) + std::string(mark);
  out_.open(written_, std::ios::binary | std::ios::trunc);
  if (!out_) throw Error(ErrorCode::invalid_argument, path_.string() + ": cannot be written");
}

NewFile::~NewFile() {
  std::error_code ignored;
  if (written_ != path_) std::filesystem::remove(written_, ignored);
}

const std::filesystem::path& NewFile::flush() {
  out_.flush();
  if (!out_) throw Error(ErrorCode::resource_exhausted, path_.string() + ": cannot be written to the end");
  return written_;
}

void NewFile::publish() {
  flush();
  if (written_ == path_) return;
  sync_path(written_);
  std::filesystem::rename(written_, path_);
  sync_path(path_.has_parent_path() ? path_.parent_path() : std::filesystem::path("."));
}

}  // namespace hone
