#include "proto/base/jsonl.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"

namespace hone {

void for_each_jsonl(const std::filesystem::path& path,
                    const std::function<void(const nlohmann::json&, std::size_t)>& row) {
  for_each_jsonl_line(path, [&](const Json& value, const std::string&, std::size_t number) { row(value, number); });
}

void for_each_jsonl_line(const std::filesystem::path& path,
                         const std::function<void(const nlohmann::json&, const std::string&, std::size_t)>& row) {
  std::ifstream file;
  const bool standard_input = path == "-";
  if (!standard_input) {
    require_file(path, "JSONL file");
    file.open(path, std::ios::binary);
    if (!file) throw Error(ErrorCode::not_found, path.string() + ": cannot open");
  }
  std::istream& in = standard_input ? std::cin : file;
  const std::string source = standard_input ? "<stdin>" : path.string();
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = source + ":" + std::to_string(number);
    Json value;
    try {
      value = Json::parse(line);
    } catch (const Json::parse_error& e) {
      throw Error(ErrorCode::invalid_argument, where + ": not valid JSON (column " + std::to_string(e.byte) + ")");
    }
    if (!value.is_object())
      throw Error(ErrorCode::invalid_argument, where + ": expected an object, found " + json_type_name(value));
    row(value, line, number);
  }
  if (in.bad()) throw Error(ErrorCode::data_loss, source + ": read error");
}

JsonlWriter::JsonlWriter(const std::filesystem::path& path, int64_t keep_bytes) : path_(path) {
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) throw Error(ErrorCode::resource_exhausted, path.string() + ": cannot open: " + std::strerror(errno));
  size_ = ::lseek(fd_, 0, SEEK_END);
  int64_t keep = keep_bytes >= 0 && keep_bytes < size_ ? keep_bytes : size_;
  char c = '\n';
  while (keep > 0 && ::pread(fd_, &c, 1, keep - 1) == 1 && c != '\n') --keep;
  if (keep != size_ && ::ftruncate(fd_, keep) != 0)
    throw Error(ErrorCode::resource_exhausted, path.string() + ": cannot truncate: " + std::strerror(errno));
  size_ = ::lseek(fd_, keep, SEEK_SET);
}

JsonlWriter::~JsonlWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void JsonlWriter::write_line(const std::string& line) {
  const std::string bytes = line + "\n";
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(ErrorCode::resource_exhausted, path_.string() + ": cannot write: " + std::strerror(errno));
    done += static_cast<std::size_t>(n);
  }
  size_ += static_cast<int64_t>(bytes.size());
}

void JsonlWriter::sync() {
  if (::fsync(fd_) != 0)
    throw Error(ErrorCode::resource_exhausted, path_.string() + ": cannot sync: " + std::strerror(errno));
}

}  // namespace hone
