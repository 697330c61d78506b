// The rows of several files, one after another in constant memory, and single rows again by their place.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace hone {

/// Where a row stands; 16 bytes, since one is kept for each unique row.
struct RowPlace {
  uint64_t file_and_offset = 0;  // file in the high 16 bits
  uint32_t length = 0;
  uint32_t line = 0;  // or element, from 1

  uint64_t offset() const { return file_and_offset & ((uint64_t{1} << 48) - 1); }
  std::size_t file() const { return static_cast<std::size_t>(file_and_offset >> 48); }
};

class RowFiles {
 public:
  /// 1 to 65,535 files as for_each_raw_row reads them. Throws not_found / invalid_argument for one that is no file.
  explicit RowFiles(std::vector<std::string> files);

  /// Throws as for_each_raw_row does, and invalid_argument for a row of 4 GiB or more.
  void for_each(const std::function<void(const RowPlace&, const std::string& text)>& row) const;

  /// True when rows can be read again: no file is gzip or standard input.
  bool readable_again() const { return readable_again_; }
  std::string read_again(const RowPlace& place);

  const std::vector<std::string>& names() const { return names_; }
  /// "FILE:LINE"
  std::string where(const RowPlace& place) const { return names_[place.file()] + ":" + std::to_string(place.line); }

 private:
  std::vector<std::string> names_;
  std::vector<std::ifstream> open_;
  bool readable_again_ = true;
};

}  // namespace hone
