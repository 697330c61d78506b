// Where reference data lies: HONE_REFERENCE_DIR, else the copy in the repository.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hone {

inline std::filesystem::path reference_file(const std::string& pack, const std::string& file) {
  const char* dir = std::getenv("HONE_REFERENCE_DIR");
  return std::filesystem::path(dir != nullptr && *dir != '\0' ? dir : HONE_SOURCE_DIR "/tests/reference") / pack / file;
}

}  // namespace hone

/// Leaves the test with a message when the file is absent.
#define HONE_SKIP_WITHOUT(path) \
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no reference file " << (path).string()
