#include "proto/base/new_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <future>
#include <string>

#include "proto/base/file.h"
#include "tests/proto/error_of.h"
#include "tests/proto/temporary_folder.h"

namespace hone {
namespace {

using testing::error_of;
namespace fs = std::filesystem;

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(NewFile, IsThereWhenItIsWhole) {
  const TemporaryFolder folder;
  const std::string path = folder.write("rows", "old\n");
  {
    NewFile file(path);
    file.line("new");
    file.out() << "and more\n";
    EXPECT_EQ(read_file(file.flush()), "new\nand more\n");
    EXPECT_EQ(read_file(path), "old\n");
    file.publish();
    EXPECT_EQ(read_file(path), "new\nand more\n");
  }
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(NewFile, OneThatIsNotPublishedLeavesNothing) {
  const TemporaryFolder folder;
  { NewFile(folder / "rows").line("half"); }
  EXPECT_EQ(entries(folder.path()), 0u);
  EXPECT_EQ(error_of([&] { NewFile file(folder / "absent/rows"); }), ErrorCode::invalid_argument);
}

TEST(NewFile, APipeIsWrittenAsItIs) {
  const TemporaryFolder folder;
  const fs::path pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::future<std::string> reader = std::async(std::launch::async, [&] { return read_file(pipe); });
  {
    NewFile file(pipe);
    file.line("through");
    file.publish();
  }
  EXPECT_EQ(reader.get(), "through\n");
  EXPECT_TRUE(fs::is_fifo(pipe));
}

}  // namespace
}  // namespace hone
