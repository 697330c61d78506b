#include "rollout/sealed_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/proto/error_of.h"
#include "tests/proto/temporary_folder.h"

namespace hone {
namespace {

using testing::error_of;

SealedMemory make(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  const std::span<const std::byte> parts[] = {bytes.first(text.size() / 3), {}, bytes.subspan(text.size() / 3)};
  return SealedMemory(parts);
}

std::string text_of(const SealedMemory& memory) {
  return std::string(reinterpret_cast<const char*>(memory.data().data()), memory.data().size());
}

ErrorCode refusal(SealedMemoryName name) {
  return error_of([&] { SealedMemory::open(name); });
}

TEST(SealedMemory, IsReadByOthers) {
  for (const std::string& text : {std::string("weights"), std::string(3'000'000, 'x')}) {
    const SealedMemory memory = make(text);
    EXPECT_EQ(text_of(memory), text);
    EXPECT_EQ(text_of(SealedMemory::open(memory.name())), text);
  }
}

TEST(SealedMemory, IsReadByAnotherProcess) {
  const SealedMemory memory = make("weights");
  const SealedMemoryName name = memory.name();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(name.fd);  // what it inherited: it must open the parent's
    bool same = false;
    try {
      same = text_of(SealedMemory::open(name)) == "weights";
    } catch (...) {
    }
    ::_exit(same ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(SealedMemory, NobodyCanChangeIt) {
  const SealedMemory memory = make("weights");
  const std::string path = "/proc/self/fd/" + std::to_string(memory.name().fd);
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(::pwrite(fd, "W", 1, 0), -1);
  EXPECT_EQ(::ftruncate(fd, 0), -1);
  EXPECT_EQ(::ftruncate(fd, 100), -1);
  EXPECT_EQ(::mmap(nullptr, 7, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
  ::close(fd);
  EXPECT_EQ(text_of(memory), "weights");
}

TEST(SealedMemory, OutlivesItsMakerWhereItIsMapped) {
  auto memory = std::make_unique<SealedMemory>(make("weights"));
  const SealedMemoryName name = memory->name();
  const SealedMemory mapped = SealedMemory::open(name);
  memory.reset();
  EXPECT_EQ(text_of(mapped), "weights");
  EXPECT_EQ(refusal(name), ErrorCode::unimplemented);
}

TEST(SealedMemory, EmptyIsFine) {
  const SealedMemory memory({});
  EXPECT_TRUE(memory.data().empty());
  EXPECT_TRUE(SealedMemory::open(memory.name()).data().empty());
}

TEST(SealedMemory, OtherThingsAreRefused) {
  const SealedMemory memory = make("weights");
  const int64_t pid = ::getpid();
  EXPECT_EQ(refusal({pid, memory.name().fd, 6}), ErrorCode::unimplemented);
  EXPECT_EQ(refusal({pid, memory.name().fd, uint64_t{1} << 63}), ErrorCode::unimplemented);
  EXPECT_EQ(refusal({pid, 1 << 20, 7}), ErrorCode::unimplemented);
  EXPECT_EQ(refusal({pid, -1, 7}), ErrorCode::unimplemented);
  EXPECT_EQ(refusal({0, memory.name().fd, 7}), ErrorCode::unimplemented);
  EXPECT_EQ(refusal({int64_t{1} << 40, memory.name().fd, 7}), ErrorCode::unimplemented);

  const int unsealed = ::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_EQ(::ftruncate(unsealed, 7), 0);
  EXPECT_EQ(refusal({pid, unsealed, 7}), ErrorCode::unimplemented);
  ASSERT_EQ(::fcntl(unsealed, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
  EXPECT_EQ(refusal({pid, unsealed, 7}), ErrorCode::unimplemented) << "it could still be written";
  ::close(unsealed);

  TemporaryFolder folder;
  const int file = ::open((folder / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::ftruncate(file, 7), 0);
  EXPECT_EQ(refusal({pid, file, 7}), ErrorCode::unimplemented);
  ::close(file);
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  EXPECT_EQ(refusal({pid, pipe[0], 0}), ErrorCode::unimplemented);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace hone
