#include "rewards/process/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "proto/base/error.h"
#include "tests/rewards/process/test_helper.h"

namespace hone {
namespace {

template <class Body>
std::string error_of(ErrorCode code, Body body) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  return "no error";
}

std::string read_all(const FileDescriptor& fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    pollfd wait{fd.get(), POLLIN, 0};
    poll(&wait, 1, -1);
    const ssize_t count = read(fd.get(), buffer, sizeof buffer);
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

std::string shell(const std::string& script, std::vector<std::string> environment = {}) {
  ChildProcess child = spawn_child({"/bin/sh", {"sh", "-c", script}, std::move(environment)});
  child.input.reset();
  const std::string out = read_all(child.output);
  EXPECT_EQ(kill_and_reap(child.pid, 1000), 0);
  return out;
}

TEST(Spawn, RunsWithThePipesAndTheEnvironmentGiven) {
  EXPECT_EQ(shell("echo $GREETING; echo lost >&2", {"GREETING=hello there"}), "hello there\n");
  ChildProcess child = spawn_child({"/bin/cat", {"cat"}, {}});
  ASSERT_EQ(write(child.input.get(), "ping", 4), 4);
  child.input.reset();
  EXPECT_EQ(read_all(child.output), "ping");
  EXPECT_EQ(kill_and_reap(child.pid, 1000), 0);
}

TEST(Spawn, TheChildSeesNoOtherDescriptor) {
  const FileDescriptor leaky(open("/dev/null", O_RDONLY));  // not close-on-exec
  ASSERT_TRUE(leaky);
  EXPECT_EQ(shell("ls /proc/self/fd | wc -l"), "4\n");  // 0, 1, 2 and the folder that ls reads
}

TEST(Spawn, TheChildLeadsItsOwnGroup) {
  EXPECT_EQ(shell("read pid a b c group rest < /proc/self/stat; [ \"$group\" = \"$$\" ] && echo leads"), "leads\n");
}

/// The program that the next test kills: it starts a child, tells its number and dies without a chance to clean up.
TEST(Spawn, DISABLED_ProgramThatIsKilled) {
  std::thread([] {
    static const ChildProcess child = spawn_child({"/bin/cat", {"cat"}, {}});
    std::cout << "\nchild " << child.pid << std::endl;
  }).join();
  raise(SIGKILL);
}

TEST(Spawn, TheChildDiesWithTheProgram) {
  ChildProcess program =
      spawn_child({std::filesystem::read_symlink("/proc/self/exe"),
                   {"process_test", "--gtest_also_run_disabled_tests", "--gtest_filter=*ProgramThatIsKilled"},
                   environment_with({})});
  const std::string out = read_all(program.output);
  EXPECT_EQ(describe_exit(kill_and_reap(program.pid, 5000)), "was killed by signal 9 (Killed)");
  const std::size_t at = out.find("\nchild ");
  ASSERT_NE(at, std::string::npos) << out;
  const pid_t child = std::stoi(out.substr(at + 7));
  for (int i = 0; i < 5000 && process_lives(child); ++i) poll(nullptr, 0, 1);
  EXPECT_FALSE(process_lives(child));
}

TEST(Spawn, WhatCannotRunIsAnError) {
  EXPECT_NE(error_of(ErrorCode::failed_precondition,
                     [] {
                       spawn_child({"/no/such/program", {"x"}, {}});
                     })
                .find("cannot execute /no/such/program: No such file or directory"),
            std::string::npos);
  const std::filesystem::path script =
      std::filesystem::temp_directory_path() / ("hone_script_" + std::to_string(getpid()));
  std::ofstream(script) << "echo no interpreter line\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  EXPECT_NE(error_of(ErrorCode::failed_precondition,
                     [&] {
                       spawn_child({script, {"x"}, {}});
                     })
                .find("a script needs a #! line"),
            std::string::npos);
  std::filesystem::remove(script);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // no child is left
}

TEST(Spawn, ExitStatusesInWords) {
  EXPECT_EQ(describe_exit(kill_and_reap(spawn_child({"/bin/sh", {"sh", "-c", "exit 3"}, {}}).pid, 5000)),
            "exited with status 3");
  EXPECT_EQ(describe_exit(kill_and_reap(spawn_child({"/bin/sh", {"sh", "-c", "kill -SEGV $$"}, {}}).pid, 5000)),
            "was killed by signal 11 (Segmentation fault)");
  const ChildProcess endless = spawn_child({"/bin/cat", {"cat"}, {}});
  EXPECT_EQ(describe_exit(kill_and_reap(endless.pid)), "was killed by signal 9 (Killed)");
}

TEST(FindProgram, ByPathAndInPath) {
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_TRUE(find_program("sh").ends_with("/sh"));
  for (const char* absent : {"", "/no/such/program", "no-such-program-anywhere", "/tmp", "/etc/passwd"})
    EXPECT_NE(error_of(ErrorCode::not_found, [&] { find_program(absent); }).find("is not an executable file"),
              std::string::npos)
        << absent;
}

TEST(HelperPath, BesideTheProgramOrInTheFolderNamed) {
  EXPECT_EQ(std::filesystem::path(helper_path("helper_for_test")).filename(), "helper_for_test");
  const std::string error = error_of(ErrorCode::not_found, [] { helper_path("hone-no-such-helper"); });
  EXPECT_NE(error.find("hone-no-such-helper is in none of: "), std::string::npos) << error;
  EXPECT_NE(error.find("HONE_LIBEXEC_DIR"), std::string::npos) << error;
  setenv("HONE_LIBEXEC_DIR", "/bin", 1);
  EXPECT_EQ(helper_path("sh"), "/bin/sh");
  unsetenv("HONE_LIBEXEC_DIR");
}

TEST(Environment, ChangesReplaceByName) {
  setenv("HONE_TEST_A", "old", 1);
  setenv("HONE_TEST_AB", "kept", 1);
  const std::vector<std::string> all = environment_with({"HONE_TEST_A=new"});
  EXPECT_EQ(std::count(all.begin(), all.end(), "HONE_TEST_A=new"), 1);
  EXPECT_EQ(std::count(all.begin(), all.end(), "HONE_TEST_A=old"), 0);
  EXPECT_EQ(std::count(all.begin(), all.end(), "HONE_TEST_AB=kept"), 1);
  unsetenv("HONE_TEST_A");
  unsetenv("HONE_TEST_AB");
}

}  // namespace
}  // namespace hone
