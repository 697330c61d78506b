// The sandbox itself with honest programs: what it reports, and that its limits are the ones asked for.
#include "rewards/code/sandbox.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "rewards/code/seccomp_filter.h"
#include "tests/rewards/code/sandbox_fixture.h"

namespace hone {
namespace {

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    HONE_SKIP_WITHOUT_SANDBOX();
    sandbox_ = std::make_unique<Sandbox>(SandboxOptions{});
  }
  SandboxResult shell(const std::string& script, RunLimits limits = {}) const {
    SandboxRun run;
    run.argv = {"/bin/sh", "-c", script};
    run.limits = limits;
    return sandbox_->run(run);
  }
  std::unique_ptr<Sandbox> sandbox_;
};

TEST_F(SandboxTest, EveryRequiredLayerIsActive) {
  EXPECT_EQ(sandbox_->layers().missing(), "");
  for (const char* name : {"bubblewrap", "user namespace", "mount namespace", "pid namespace", "net namespace", "ipc namespace",
                           "uts namespace", "cgroup namespace", "read-only root", "limited /tmp", "seccomp", "no_new_privs",
                           "no capabilities", "resource limits"})
    EXPECT_TRUE(sandbox_->layers().active(name)) << name;
  EXPECT_NE(sandbox_->layers().describe().find("seccomp"), std::string::npos);
}

TEST_F(SandboxTest, ReportsExitStatusSignalAndOutput) {
  const SandboxResult good = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(good.end, RunEnd::exited) << good.failure;
  EXPECT_EQ(good.value, 3);
  EXPECT_EQ(good.output, "out\n");
  EXPECT_EQ(good.error, "err\n");
  const SandboxResult killed = shell("kill -SEGV $$");
  EXPECT_EQ(killed.end, RunEnd::signaled);
  EXPECT_EQ(killed.value, SIGSEGV);
}

TEST_F(SandboxTest, ReportsWhatARunUsed) {
  const SandboxResult result = shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
  EXPECT_EQ(result.end, RunEnd::exited);
  EXPECT_GT(result.cpu_s, 0.0);
  EXPECT_GT(result.wall_s, 0.0);
  EXPECT_GT(result.peak_memory_bytes, 100 << 10);
  EXPECT_LT(result.peak_memory_bytes, 100 << 20);
}

TEST_F(SandboxTest, InputAndFilesArriveWhole) {
  const std::string big(3 << 20, 'x');
  const MemoryFile input(big);
  SandboxRun run;
  run.argv = {"/bin/sh", "-c", "wc -c; cat /box/note"};
  run.input = &input;
  run.files.push_back({"note", std::make_shared<MemoryFile>("hello"), false});
  EXPECT_EQ(sandbox_->run(run).output, std::to_string(big.size()) + "\nhello");
}

TEST_F(SandboxTest, ArtifactsComeBackUnlessTheyAreNoPlainFile) {
  SandboxRun run;
  run.artifact = "/tmp/x";
  run.argv = {"/bin/sh", "-c", "printf made > /tmp/x"};
  const SandboxResult good = sandbox_->run(run);
  ASSERT_TRUE(good.artifact) << good.failure;
  EXPECT_EQ(good.artifact->size(), 4u);
  for (const char* script : {"ln -s /usr/bin/env /tmp/x", "mkfifo /tmp/x", "mkdir /tmp/x", ":", "printf made > /tmp/x; exit 1"}) {
    run.argv[2] = script;
    EXPECT_FALSE(sandbox_->run(run).artifact) << script;
  }
  run.argv[2] = "head -c 2000 /dev/zero > /tmp/x";
  run.artifact_limit = 1000;
  EXPECT_FALSE(sandbox_->run(run).artifact);
}

TEST_F(SandboxTest, OutputIsCutAtTheLimit) {
  RunLimits limits;
  limits.output_bytes = 100000;
  const SandboxResult result = shell("yes", limits);
  EXPECT_EQ(result.end, RunEnd::output);
  EXPECT_LE(result.output.size(), 100100u);
}

TEST_F(SandboxTest, AMissingProgramIsInternalAndNamesTheStep) {
  SandboxRun run;
  run.argv = {"/box/absent"};
  const SandboxResult result = sandbox_->run(run);
  EXPECT_EQ(result.end, RunEnd::internal);
  EXPECT_EQ(result.failure, "exec: No such file or directory");
}

TEST_F(SandboxTest, RunsDoNotMixAcrossThreads) {
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(4);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 5; ++n) outputs[i] += shell("echo " + std::to_string(i)).output;
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string line = std::to_string(i) + "\n";
    EXPECT_EQ(outputs[i], line + line + line + line + line);
  }
}

std::string child_of(const std::string& pid) {
  std::string child;
  if (!pid.empty()) std::ifstream("/proc/" + pid + "/task/" + pid + "/children") >> child;
  return child;
}

TEST_F(SandboxTest, DiesWithItsServer) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t server = fork();
  ASSERT_GE(server, 0);
  if (server == 0) {
    SandboxRun run;
    run.argv = {"/bin/sh", "-c", "sleep 3000 & sleep 3000"};
    run.limits.wall_s = 3000;
    sandbox_->run(run);
    _exit(0);
  }
  const std::string id = std::to_string(server);
  if (!std::ifstream("/proc/self/task/" + std::to_string(getpid()) + "/children").good()) GTEST_SKIP() << "no /proc/.../children";
  while (child_of(child_of(child_of(id))).empty() && kill(server, 0) == 0) {  // bwrap, process 1, the shell
  }
  kill(server, SIGKILL);
  int status = 0;
  while (waitpid(-1, &status, 0) > 0 || errno == EINTR) {  // every process of the jail comes to us, and must end
  }
  EXPECT_EQ(errno, ECHILD);
  for (const CgroupRoot::Hierarchy& h : CgroupRoot::find().hierarchies)
    for (const auto& entry : std::filesystem::directory_iterator(h.folder))
      EXPECT_EQ(entry.path().filename().string().find("hone-run-" + id), std::string::npos) << entry.path();
}

TEST(SandboxOptionsTest, RefusesWithoutBubblewrapUnlessTold) {
  SandboxOptions options;
  options.bubblewrap = "/bin/false";
  try {
    const Sandbox sandbox(options);
    FAIL() << "ran without bubblewrap";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::failed_precondition);
    EXPECT_NE(std::string(e.what()).find("sandbox.allow_weaker"), std::string::npos) << e.what();
  }
  options.allow_weaker = true;
  const Sandbox weaker(options);
  EXPECT_FALSE(weaker.layers().active("bubblewrap"));
  EXPECT_TRUE(weaker.layers().active("seccomp"));
  EXPECT_TRUE(weaker.layers().active("no_new_privs"));
  EXPECT_NE(weaker.layers().missing().find("mount namespace"), std::string::npos);
  SandboxRun run;
  run.argv = {"/bin/sh", "-c", "cat /tmp/absent; echo ran"};
  EXPECT_EQ(weaker.run(run).output, "ran\n");
}

TEST(SeccompFilterTest, IsAProgramOfWholeInstructions) {
  const std::string filter = make_seccomp_filter();
  EXPECT_GT(filter.size(), 100u * 8);
  EXPECT_EQ(filter.size() % 8, 0u);
  EXPECT_LT(filter.size() / 8, 4096u);
}

}  // namespace
}  // namespace hone
