#include "proto/base/file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "proto/base/digest.h"
#include "tests/proto/error_of.h"
#include "tests/proto/temporary_folder.h"

namespace hone {
namespace {

using testing::error_of;

TEST(File, WritesAreWholeAndReadBack) {
  const TemporaryFolder folder;
  const std::string bytes("a\0b\n", 4);
  write_file_atomic(folder / "x", "old content, longer");
  write_file_atomic(folder / "x", bytes);
  EXPECT_EQ(read_file(folder / "x"), bytes);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);  // no temporary left
}

TEST(File, ErrorsNameThePath) {
  const TemporaryFolder folder;
  std::string text;
  EXPECT_EQ(error_of([&] { read_file(folder / "absent"); }, &text), ErrorCode::not_found);
  EXPECT_NE(text.find("absent"), std::string::npos);
  EXPECT_EQ(error_of([&] { read_file(folder.path()); }), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { MappedFile map(folder.path()); }), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { write_file_atomic(folder / "no/such/folder", "x"); }), ErrorCode::resource_exhausted);
  write_file_atomic(folder / "x", "12345");
  EXPECT_EQ(error_of([&] { read_file(folder / "x", 4); }), ErrorCode::invalid_argument);
  EXPECT_EQ(read_file(folder / "x", 5), "12345");
}

TEST(File, RequireSaysWhatIsWrong) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "f", "");
  EXPECT_NO_THROW(require_file(folder / "f", "model"));
  EXPECT_NO_THROW(require_directory(folder.path(), "model"));
  EXPECT_EQ(error_of([&] { require_file(folder.path(), "model"); }), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { require_directory(folder / "f", "model"); }), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { require_file(folder / "g", "model"); }), ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { require_directory(folder / "g", "model"); }), ErrorCode::not_found);
}

TEST(MappedFile, ShowsTheBytes) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "f", "hello");
  const MappedFile map(folder / "f");
  ASSERT_EQ(map.bytes().size(), 5u);
  EXPECT_EQ(static_cast<char>(map.bytes()[4]), 'o');
  write_file_atomic(folder / "empty", "");
  EXPECT_TRUE(MappedFile(folder / "empty").bytes().empty());
}

TEST(Digest, IsStable) {
  EXPECT_EQ(digest64(""), 0x2D06800538D394C2ull);  // XXH3_64bits of no bytes
  EXPECT_NE(digest64("a"), digest64("b"));
  EXPECT_EQ(digest128_hex("abc").size(), 32u);
}

}  // namespace
}  // namespace hone
