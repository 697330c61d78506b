#include "rewards/process/helper_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <string>

#include "proto/base/error.h"
#include "tests/rewards/process/test_helper.h"

namespace hone {
namespace {

using std::chrono::milliseconds;

TEST(HelperProcess, AnswersLineByLine) {
  HelperProcess helper(test_helper());
  EXPECT_EQ(helper.pid(), 0);
  for (const std::string text : {"a", "", "two words", "\xC3\xA9 \xFF"}) {
    const HelperReply reply = helper.request("echo " + text);
    EXPECT_EQ(reply.status, HelperStatus::ok);
    EXPECT_EQ(reply.text, text);
  }
  EXPECT_EQ(helper.starts(), 1);
  EXPECT_THROW(helper.request("echo a\necho b"), Error);
}

TEST(HelperProcess, LongLinesBothWays) {
  HelperProcess helper(test_helper());
  const std::string text(3 << 20, 'y');
  EXPECT_EQ(helper.request("echo " + text).text, text);
  EXPECT_EQ(helper.request("size " + text).text, std::to_string(text.size()));
}

TEST(HelperProcess, EveryFailureCostsOneRequestAndARestart) {
  struct Case {
    const char* request;
    HelperStatus status;
    const char* reason;
  };
  HelperProcess helper(test_helper());
  int starts = 0;
  for (const Case& c : {Case{"abort", HelperStatus::crashed, "was killed by signal 6 (Aborted)"},
                        Case{"exit 3", HelperStatus::crashed, "exited with status 3"},
                        Case{"exit 0", HelperStatus::crashed, "exited with status 0"},
                        Case{"closed", HelperStatus::crashed, "was killed by signal 9"},
                        Case{"hang", HelperStatus::hung, "gave no answer in time"},
                        Case{"flood", HelperStatus::overlong, "wrote more than 16777216 bytes"},
                        Case{"two", HelperStatus::garbled, "wrote more than one line for one request"}}) {
    EXPECT_EQ(helper.request("echo before").text, "before");
    EXPECT_EQ(helper.starts(), ++starts);
    const bool hangs = c.status == HelperStatus::hung;
    const HelperReply reply = hangs ? helper.request(c.request, milliseconds(50)) : helper.request(c.request);
    EXPECT_EQ(reply.status, c.status) << c.request << ": " << to_string(reply.status) << " " << reply.text;
    EXPECT_NE(reply.text.find(std::string("test: the helper ") + c.reason), std::string::npos) << reply.text;
    EXPECT_EQ(helper.pid(), 0);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a zombie is left";
  }
}

TEST(HelperProcess, GarbageIsTextForTheCallerToJudge) {
  HelperProcess helper(test_helper());
  EXPECT_EQ(helper.request("garbage").text, std::string("\0\xFF\x01 garbage", 11));
  const AcceptReply digits = [](std::string_view reply) {
    return reply.find_first_not_of("0123456789") == std::string_view::npos;
  };
  EXPECT_EQ(helper.request("echo 12", digits).text, "12");
  const HelperReply refused = helper.request("garbage", digits);
  EXPECT_EQ(refused.status, HelperStatus::garbled);
  EXPECT_EQ(refused.text, "test: the helper wrote what is not an answer: ??? garbage");
  EXPECT_EQ(helper.request("echo 13", digits).text, "13");
  EXPECT_EQ(helper.starts(), 2);
}

TEST(HelperProcess, ALineThatNobodyAskedForIsNeverTakenForAnAnswer) {
  HelperProcess helper(test_helper());
  for (int i = 0; i < 20; ++i) {
    const std::string wanted = "n" + std::to_string(i);
    const AcceptReply numbered = [&](std::string_view reply) { return reply == wanted; };
    const HelperReply reply = helper.request("echo " + wanted, numbered);
    EXPECT_TRUE(reply.text == wanted || reply.status == HelperStatus::garbled) << reply.text;
    const HelperReply late = helper.request("late");
    EXPECT_TRUE(late.status == HelperStatus::ok || late.status == HelperStatus::garbled);
  }
}

TEST(HelperProcess, AnAnswerBeforeTheRequestIsReadIsGarbled) {
  HelperOptions options = test_helper();
  options.argv.push_back("early");
  HelperProcess helper(options);
  EXPECT_EQ(helper.request("size " + std::string(1 << 20, 'z')).status, HelperStatus::garbled);
}

TEST(HelperProcess, ABrokenPipeDoesNotKillUs) {
  HelperOptions options = test_helper();
  options.argv.push_back("deaf");
  options.start_allowance = milliseconds(0);
  options.deadline = milliseconds(300);
  HelperProcess helper(options);
  EXPECT_EQ(helper.request("size " + std::string(1 << 20, 'z')).status, HelperStatus::hung);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(HelperProcess, ThatEndedWhileIdleIsStartedAnew) {
  HelperProcess helper(test_helper());
  EXPECT_EQ(helper.request("echo 1").text, "1");
  kill(helper.pid(), SIGKILL);
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(helper.pid()), &info, WEXITED | WNOWAIT);
  EXPECT_EQ(helper.request("echo 2").text, "2");
  EXPECT_EQ(helper.starts(), 2);
}

TEST(HelperProcess, TheWholeGroupDies) {
  pid_t grandchild = 0;
  {
    HelperProcess helper(test_helper());
    grandchild = std::stoi(helper.request("child").text);
    EXPECT_EQ(helper.request("exit 1", milliseconds(50)).status,
              HelperStatus::hung);  // the grandchild holds the pipe open
  }
  for (int i = 0; i < 5000 && process_lives(grandchild); ++i) poll(nullptr, 0, 1);
  EXPECT_FALSE(process_lives(grandchild));
}

TEST(HelperProcess, EnvironmentDescriptorsAndSignals) {
  HelperOptions options = test_helper();
  options.environment = {"HONE_TEST=laid over"};
  HelperProcess helper(options);
  EXPECT_EQ(helper.request("env HONE_TEST").text, "laid over");
  EXPECT_NE(helper.request("env PATH").text, "(unset)");
  EXPECT_EQ(helper.request("descriptors").text, "3");
  signal(SIGPIPE, SIG_IGN);
  options.inherit_environment = false;
  HelperProcess bare(options);
  EXPECT_EQ(bare.request("env HONE_TEST").text, "laid over");
  EXPECT_EQ(bare.request("env PATH").text, "(unset)");
  EXPECT_EQ(bare.request("sigpipe").text, "default");
  signal(SIGPIPE, SIG_DFL);
}

TEST(HelperProcess, StandardErrorDoesNotBlockAndEndsTheReason) {
  HelperProcess helper(test_helper());
  EXPECT_EQ(helper.request("errors 1000000").text, "done");
  EXPECT_EQ(helper.request("say out of cheese").text, "said");
  EXPECT_EQ(helper.request("abort").text,
            "test: the helper was killed by signal 6 (Aborted); its last message: out of cheese");
}

TEST(HelperProcess, HelloGoesToEveryNewProcessFirst) {
  HelperOptions options = test_helper();
  options.hello = "echo welcome";
  HelperProcess helper(options);
  EXPECT_EQ(helper.check().text, "welcome");
  EXPECT_EQ(helper.request("abort").status, HelperStatus::crashed);
  EXPECT_EQ(helper.request("echo next").text, "next");
  EXPECT_EQ(helper.check().text, "welcome");
  EXPECT_EQ(helper.starts(), 2);
  options.hello = "hang";
  options.start_allowance = milliseconds(50);
  HelperProcess silent(options);
  EXPECT_EQ(silent.check().status, HelperStatus::hung);
  EXPECT_EQ(silent.request("echo next").status, HelperStatus::hung);
}

TEST(HelperProcess, AbsentPrograms) {
  EXPECT_THROW(HelperProcess({.name = "x", .argv = {"/no/such/program"}}), Error);
  HelperProcess folder({.name = "x", .argv = {"/bin/sh", "-c", "exit 5"}});
  EXPECT_EQ(folder.request("a").status, HelperStatus::crashed);
}

}  // namespace
}  // namespace hone
