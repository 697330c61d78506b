#include "rl/stages/stage_runner.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "proto/base/file.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

constexpr const char* kShell = "/bin/sh";

Stage stage(const TemporaryFolder& folder, const std::string& script) {
  return {"first", {"-c", script}, folder.path() / "first", "identity"};
}

TEST(StageRunner, RunsOnceAndLeavesItsMarker) {
  const TemporaryFolder folder;
  const std::atomic<bool> stop{false};
  const Stage s = stage(folder, "echo ran >>" + (folder.path() / "log").string());
  EXPECT_FALSE(stage_is_done(s));
  EXPECT_EQ(run_stage_program(kShell, s, stop), StageEnd::done);
  EXPECT_EQ(run_stage_program(kShell, s, stop), StageEnd::already_done);
  EXPECT_EQ(read_file(folder.path() / "log"), "ran\n");
  Stage other = s;
  other.identity = "another";
  EXPECT_HONE_ERROR(run_stage_program(kShell, other, stop), ErrorCode::failed_precondition, "stage first");
}

TEST(StageRunner, AFailureHasTheChildsKindAndNoMarker) {
  const TemporaryFolder folder;
  const std::atomic<bool> stop{false};
  EXPECT_HONE_ERROR(run_stage_program(kShell, stage(folder, "exit 2"), stop), ErrorCode::invalid_argument, "exited with status 2");
  EXPECT_HONE_ERROR(run_stage_program(kShell, stage(folder, "exit 1"), stop), ErrorCode::internal, "exited with status 1");
  EXPECT_HONE_ERROR(run_stage_program(kShell, stage(folder, "kill -9 $$"), stop), ErrorCode::internal, "signal 9");
  EXPECT_EQ(run_stage_program(kShell, stage(folder, "exit 75"), stop), StageEnd::stopped);
  EXPECT_FALSE(stage_is_done(stage(folder, "")));
}

TEST(StageRunner, AStopReachesTheChildAsOneTermSignal) {
  const TemporaryFolder folder;
  std::atomic<bool> stop{false};
  const std::string log = (folder.path() / "log").string(), ready = (folder.path() / "ready").string(), never = (folder.path() / "never").string();
  ASSERT_EQ(mkfifo(ready.c_str(), 0600), 0);
  ASSERT_EQ(mkfifo(never.c_str(), 0600), 0);
  const std::jthread stopper([&] {
    std::string line;
    std::ifstream in(ready);
    std::getline(in, line);
    stop = true;
  });
  const Stage s = stage(folder, "trap 'echo term >>" + log + "; kill $!; exit 75' TERM; cat " + never + " & echo ready >" + ready + "; wait");
  EXPECT_EQ(run_stage_program(kShell, s, stop), StageEnd::stopped);
  EXPECT_EQ(read_file(log), "term\n");
}

}  // namespace
}  // namespace hone
