// JSON Lines: one JSON object a line. Reading reports file and line number of what is wrong; blank lines are skipped. A file whose first
// character is '[' is read as one JSON array of objects, element by element: its "line numbers" count elements from 1. Both may be gzip.
// Writing appends whole lines with one write(2) each, so that a killed run leaves at most one partial last line,
// which JsonlWriter cuts off when it opens the file again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hone {

/// Calls `row(object, line_number)` for each line, holding one at a time; "-" reads standard input. Throws invalid_argument
/// "<file>:<line>: ..." on a broken line or one that is not an object, and passes on what `row` throws.
void for_each_jsonl(const std::filesystem::path& path, const std::function<void(const nlohmann::json&, std::size_t)>& row);

/// The same with the line itself, for those who need what a parsed object does not keep (the order of its keys).
void for_each_jsonl_line(const std::filesystem::path& path,
                         const std::function<void(const nlohmann::json&, const std::string& line, std::size_t)>& row);

struct RawRow {
  const std::string& text;  // without the end of line; an array's element may span lines
  std::size_t number;       // line or element, from 1
  uint64_t offset;          // of its first byte in the (decompressed) file
};
/// The lines (or elements) as they stand, unparsed; `row` gives false to end.
void for_each_raw_row(const std::filesystem::path& path, const std::function<bool(const RawRow&)>& row);

/// One of them as an object; throws as for_each_jsonl does. `source` and `number` name it in the message.
nlohmann::json parse_row(const std::string& line, const std::string& source, std::size_t number);

class JsonlWriter {
 public:
  /// Opens for appending (creates). `keep_bytes`: when resuming, the length to cut the file to first (-1 = only cut a
  /// partial last line).
  explicit JsonlWriter(const std::filesystem::path& path, int64_t keep_bytes = -1);
  ~JsonlWriter();
  JsonlWriter(const JsonlWriter&) = delete;
  JsonlWriter& operator=(const JsonlWriter&) = delete;

  void write_line(const std::string& line);  // without the newline
  int64_t size_bytes() const { return size_; }
  void sync();

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  int64_t size_ = 0;
};

}  // namespace hone
