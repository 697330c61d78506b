#include "proto/base/jsonl.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <istream>
#include <streambuf>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/text_input.h"

namespace hone {

void for_each_jsonl(const std::filesystem::path& path,
                    const std::function<void(const nlohmann::json&, std::size_t)>& row) {
  for_each_jsonl_line(path, [&](const Json& value, const std::string&, std::size_t number) { row(value, number); });
}

namespace {

constexpr const char* kWhiteSpace = " \t\r\n";

/// The elements of a JSON array as text, one at a time. What is inside of an element is left to its parser.
class ArrayReader {
 public:
  explicit ArrayReader(TextInput& input) : input_(input), in_(*input.stream().rdbuf()) { take(); }

  bool next(std::string& element) {
    element.clear();
    int c = skip_space();
    begin_ = position_ - 1;
    if (c == ']' && !comma_) return false;
    int depth = 0;
    bool quoted = false, escaped = false;
    for (;; c = take()) {
      if (c == kEnd) fail("the array does not end");
      if (!quoted && depth == 0 && (c == ',' || c == ']')) break;
      element += static_cast<char>(c);
      if (quoted) {
        quoted = escaped || c != '"';
        escaped = !escaped && c == '\\';
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        --depth;
      }
    }
    ++count_;
    comma_ = c == ',';
    if (!comma_) {
      in_.sungetc();
      --position_;
    }
    return true;
  }
  /// Of the element's first byte.
  uint64_t offset() const { return begin_; }

 private:
  static constexpr int kEnd = std::char_traits<char>::eof();

  int skip_space() {
    int c = take();
    while (c != kEnd && std::strchr(kWhiteSpace, c) != nullptr) c = take();
    return c;
  }
  int take() {
    ++position_;
    return in_.sbumpc();
  }
  [[noreturn]] void fail(const std::string& what) {
    input_.require_whole();
    throw Error(ErrorCode::invalid_argument, input_.source() + ":" + std::to_string(count_ + 1) + ": " + what);
  }

  TextInput& input_;
  std::streambuf& in_;
  std::size_t count_ = 0;
  uint64_t position_ = 0, begin_ = 0;
  bool comma_ = false;
};

}  // namespace

void for_each_raw_row(const std::filesystem::path& path, const std::function<bool(const RawRow&)>& row) {
  TextInput input(path, "JSONL file");
  std::istream& in = input.stream();
  std::string text;
  std::size_t number = 1;
  if (in.peek() == '[') {
    ArrayReader array(input);
    while (array.next(text))
      if (!row({text, number++, array.offset()})) return;
  } else {
    for (uint64_t offset = 0; std::getline(in, text); offset += text.size() + 1, ++number) {
      if (in.eof()) input.require_whole();  // a last line that was cut off is no broken row
      if (text.find_first_not_of(kWhiteSpace) != std::string::npos && !row({text, number, offset})) return;
    }
  }
  input.require_whole();
}

Json parse_row(const std::string& line, const std::string& source, std::size_t number) {
  const std::string where = source + ":" + std::to_string(number);
  Json value;
  try {
    value = Json::parse(line);
  } catch (const Json::parse_error& e) {
    throw Error(ErrorCode::invalid_argument, where + ": not valid JSON (column " + std::to_string(e.byte) + ")");
  }
  if (!value.is_object()) throw Error(ErrorCode::invalid_argument, where + ": expected an object, found " + json_type_name(value));
  return value;
}

void for_each_jsonl_line(const std::filesystem::path& path,
                         const std::function<void(const nlohmann::json&, const std::string&, std::size_t)>& row) {
  const std::string source = path == "-" ? "<stdin>" : path.string();
  for_each_raw_row(path, [&](const RawRow& raw) {
    row(parse_row(raw.text, source, raw.number), raw.text, raw.number);
    return true;
  });
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
