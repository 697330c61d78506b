// What a folder of reference data held for a test: one line with counts and names. HONE_REFERENCE_DIR may name a folder with models,
// tokenizers or files that Hone does not support; one in which it supports nothing is no test and fails.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace hone::test {

class ReferenceTally {
 public:
  explicit ReferenceTally(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void checked(const std::filesystem::path& entry, const std::string& detail = "") { checked_.push_back(text_of(entry, detail)); }
  void unsupported(const std::filesystem::path& entry, const std::string& reason) { unsupported_.push_back(text_of(entry, reason)); }

  std::string summary() const {
    return folder_.string() + ": " + std::to_string(checked_.size()) + " checked" + names(checked_) + ", " + std::to_string(unsupported_.size()) +
           " skipped as not supported" + names(unsupported_);
  }
  /// Prints the line and fails the test when nothing was checked.
  void finish() const {
    std::cout << summary() << "\n";
    EXPECT_FALSE(checked_.empty()) << "nothing in " << folder_ << " is supported";
  }

 private:
  static std::string text_of(const std::filesystem::path& entry, const std::string& detail) {
    return entry.filename().string() + (detail.empty() ? "" : ": " + detail);
  }
  static std::string names(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& name : list) out += (out.empty() ? " (" : "; ") + name;
    return out.empty() ? out : out + ")";
  }

  std::filesystem::path folder_;
  std::vector<std::string> checked_, unsupported_;
};

}  // namespace hone::test
