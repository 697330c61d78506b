// Verbs for the tests of model formats.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "proto/base/error.h"
#include "tests/proto/temporary_folder.h"

namespace hone::test {

inline std::filesystem::path reference_dir() {
  const char* dir = std::getenv("HONE_REFERENCE_DIR");
  return dir != nullptr && *dir != '\0' ? dir : HONE_SOURCE_DIR "/tests/reference";
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Little-endian bytes of numbers, and raw text.
class Bytes {
 public:
  template <class T>
  Bytes& add(T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    text_.append(raw, sizeof raw);
    return *this;
  }
  Bytes& add_text(std::string_view text) {
    text_ += text;
    return *this;
  }
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

/// The message must hold `part`: the field, value or limit that a person needs.
template <class Function>
void expect_error(ErrorCode code, const std::string& part, Function function) {
  try {
    function();
    ADD_FAILURE() << "no error; expected one with \"" << part << '"';
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what() << "\n  lacks \"" << part << '"';
  }
}

}  // namespace hone::test
