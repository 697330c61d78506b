// hone reward-server as real processes: killed, stopped, ended and restarted under load; nothing is lost, nothing made
// up.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "proto/rpc/channel.h"
#include "tests/proto/raw_call.h"
#include "tests/proto/test_certificates.h"
#include "tests/rewards/rpc_fixture.h"
#include "tests/rewards/server_process.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

using namespace hone::testing;

constexpr char kHone[] = HONE_BINARY_DIR "/hone";
constexpr char kGated[] = HONE_BINARY_DIR "/tests/gated_reward_server";
constexpr char kNumeric[] = R"([{"name":"numeric"}])";

ServerProcess serve(const std::string& functions, const std::string& address = "127.0.0.1:0") {
  return ServerProcess({kHone, "reward-server", "--functions", functions, "--listen", address});
}

RemoteRewarderSettings settings_for_load(double call_timeout_s = 30.0) {
  RemoteRewarderSettings settings = fast_settings(60.0);
  settings.rpc.call_timeout_s = call_timeout_s;
  return settings;
}

/// Threads that score groups with known scores until all are done.
class Load {
 public:
  Load(Rewarder& rewarder, int groups) : rewarder_(rewarder), groups_(groups) {
    for (int t = 0; t < 4; ++t) threads_.emplace_back([this] { work(); });
  }
  ~Load() {
    for (std::thread& thread : threads_) thread.join();
  }
  /// Waits until so many groups are scored: the load is in full swing.
  void wait_for(int done) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_ >= done; });
  }
  void finish() { wait_for(groups_); }
  int wrong() const { return wrong_; }
  const std::string& error() const { return error_; }

 private:
  void work() {
    for (;;) {
      const int number = next_++;
      if (number >= groups_) return;
      const std::string answer = std::to_string(number);
      Group group = group_of(answer, {});
      group.group_id = "0/" + answer;
      for (int i = 0; i < 8; ++i)
        group.completions.push_back(completion_of("The answer is " + (i % 2 == 0 ? answer : answer + "1")));
      std::string error;
      try {
        rewarder_.score(group);
      } catch (const std::exception& e) {
        error = e.what();
      }
      const std::lock_guard lock(mutex_);
      for (int i = 0; i < 8; ++i) {
        const Reward& reward = group.completions[static_cast<std::size_t>(i)].reward;
        if (reward.components.size() != 1 || reward.score != (i % 2 == 0 ? 1.0 : 0.0)) ++wrong_;
      }
      if (!error.empty()) error_ = error;
      ++done_;
      changed_.notify_all();
    }
  }

  Rewarder& rewarder_;
  const int groups_;
  std::atomic<int> next_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  int done_ = 0;
  int wrong_ = 0;
  std::string error_;
  std::vector<std::thread> threads_;
};

TEST(RewardProcess, KillNineInMidLoadLosesNothing) {
  ServerProcess first = serve(kNumeric), second = serve(kNumeric);
  const std::string first_address = first.read_address();
  const auto remote = make_remote_rewarder({first_address, second.read_address()}, settings_for_load());
  Load load(*remote, 900);
  load.wait_for(100);
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait(), 128 + SIGKILL);
  load.wait_for(300);
  ServerProcess again = serve(kNumeric, first_address);
  again.read_address();
  load.wait_for(500);
  second.signal(SIGKILL);  // from here on only the restarted server can answer
  load.finish();
  EXPECT_EQ(load.wrong(), 0);
  EXPECT_EQ(load.error(), "");
}

TEST(RewardProcess, TheOnlyServerIsWaitedForAfterKillNine) {
  ServerProcess first = serve(kNumeric);
  const std::string address = first.read_address();
  const auto remote = make_remote_rewarder({address}, settings_for_load());
  Load load(*remote, 400);
  load.wait_for(100);
  first.signal(SIGKILL);
  first.wait();
  ServerProcess again = serve(kNumeric, address);
  load.finish();
  EXPECT_EQ(load.wrong(), 0);
  EXPECT_EQ(load.error(), "");
}

TEST(RewardProcess, AHangingServerIsLeftOut) {
  ServerProcess first = serve(kNumeric), second = serve(kNumeric);
  const auto remote = make_remote_rewarder({first.read_address(), second.read_address()}, settings_for_load(0.5));
  Load load(*remote, 800);
  load.wait_for(100);
  first.signal(SIGSTOP);
  load.finish();  // the calls that hang are made again elsewhere when their deadline has passed
  EXPECT_EQ(load.wrong(), 0);
  EXPECT_EQ(load.error(), "");
  first.signal(SIGCONT);
  second.signal(SIGKILL);
  Load after(*remote, 50);
  after.finish();
  EXPECT_EQ(after.wrong(), 0);
  EXPECT_EQ(after.error(), "");
}

TEST(RewardProcess, SigtermInMidLoadLosesNothingAndExitsWithZero) {
  ServerProcess first = serve(kNumeric), second = serve(kNumeric);
  const auto remote = make_remote_rewarder({first.read_address(), second.read_address()}, settings_for_load());
  Load load(*remote, 400);
  load.wait_for(100);
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait(), 0) << first.log();
  load.finish();
  EXPECT_EQ(load.wrong(), 0);
  EXPECT_EQ(load.error(), "");
}

TEST(RewardProcess, AnOutageBeyondTheBudgetIsAnErrorAndNeverAScore) {
  ServerProcess server = serve(kNumeric);
  const auto remote = make_remote_rewarder({server.read_address()}, fast_settings(0.2));
  server.signal(SIGKILL);
  server.wait();
  Group group = group_of("1", {completion_of("1")});
  std::string text;
  EXPECT_EQ(error_of([&] { remote->score(group); }, &text), ErrorCode::unavailable);
  EXPECT_NE(text.find("given up after"), std::string::npos) << text;
  EXPECT_TRUE(group.completions[0].reward.components.empty());
}

TEST(RewardProcess, ARestartWithAnotherConfigurationIsRefused) {
  auto server = std::make_unique<ServerProcess>(serve(kNumeric));
  const std::string address = server->read_address();
  const auto remote = make_remote_rewarder({address}, fast_settings());
  for (const std::string other : {R"([{"name":"numeric","extraction":"strict"}])", R"([{"name":"numeric","weight":2}])",
                                  R"([{"name":"exact_match"}])"}) {
    server.reset();  // kill -9
    server = std::make_unique<ServerProcess>(serve(other, address));
    server->read_address();
    Group group = group_of("1", {completion_of("1")});
    std::string text;
    EXPECT_EQ(error_of([&] { remote->score(group); }, &text), ErrorCode::failed_precondition) << other;
    EXPECT_NE(text.find(address), std::string::npos) << text;
    EXPECT_NE(text.find("another configuration"), std::string::npos) << text;
  }
}

class GatedServer : public ::testing::Test {
 protected:
  void start(const std::string& drain_s) {
    server_ = std::make_unique<ServerProcess>(std::vector<std::string>{kGated, "serve", drain_s});
    address_ = server_->read_address();
  }
  /// Scores one group in the background: 1 as its score, or the code of its error.
  std::future<std::string> score(const std::string& id, double deadline_s = 60.0) {
    return std::async(std::launch::async, [this, id, deadline_s] {
      Group group;
      group.group_id = id;
      group.completions.resize(1);
      try {
        RemoteRewarderSettings settings = fast_settings(0.0);
        settings.rpc.call_timeout_s = deadline_s;
        make_remote_rewarder({address_}, settings)->score(group);
      } catch (const Error& error) {
        return std::string(to_string(error.code()));
      }
      return std::to_string(static_cast<int>(group.completions[0].reward.score));
    });
  }

  std::unique_ptr<ServerProcess> server_;
  std::string address_;
};

TEST_F(GatedServer, SigtermDrains) {
  start("60");
  auto running = score("hold");
  EXPECT_EQ(server_->read_line(), "scoring hold");
  auto waiting = score("next");  // in line or, if it comes too late, refused: both are told apart below
  HealthWatch watch(address_);
  EXPECT_EQ(watch.next(), kServing);
  server_->signal(SIGTERM);
  EXPECT_EQ(watch.next(), kNotServing);
  std::string late;  // a call that comes just before new ones are refused still waits, and meets its deadline
  do late = score("late", 0.2).get();
  while (late == "deadline_exceeded");
  EXPECT_EQ(late, "unavailable");
  server_->write_line("go");
  EXPECT_EQ(running.get(), "1");
  const std::string next = waiting.get();
  EXPECT_TRUE(next == "1" || next == "unavailable") << next;
  EXPECT_EQ(server_->wait(), 0) << server_->log();
}

TEST_F(GatedServer, ASecondSignalStopsAtOnce) {
  start("3600");
  auto running = score("hold");
  EXPECT_EQ(server_->read_line(), "scoring hold");
  HealthWatch watch(address_);
  EXPECT_EQ(watch.next(), kServing);
  server_->signal(SIGTERM);
  EXPECT_EQ(watch.next(), kNotServing);
  server_->signal(SIGTERM);
  EXPECT_EQ(server_->wait(), 130);
  EXPECT_EQ(running.get(), "unavailable");
}

TEST_F(GatedServer, CallsThatDoNotEndInTimeAreGivenUp) {
  start("0");
  auto running = score("wait");
  EXPECT_EQ(server_->read_line(), "scoring wait");
  server_->signal(SIGTERM);
  EXPECT_EQ(server_->read_line(), "given up wait");
  EXPECT_EQ(running.get(), "unavailable");
  EXPECT_EQ(server_->wait(), 0) << server_->log();
}

TEST_F(GatedServer, ARuleThatNeverEndsDoesNotKeepTheProcess) {
  start("0");
  auto running = score("hold");
  EXPECT_EQ(server_->read_line(), "scoring hold");
  server_->signal(SIGTERM);
  EXPECT_EQ(server_->wait(), 1);
  EXPECT_NE(server_->log().find("still runs"), std::string::npos) << server_->log();
  EXPECT_EQ(running.get(), "unavailable");
}

TEST_F(GatedServer, AKilledClientFreesTheThread) {
  start("60");
  ServerProcess client({kGated, "score", address_, "wait for ever", "3600"});
  EXPECT_EQ(server_->read_line(), "scoring wait for ever");
  client.signal(SIGKILL);
  EXPECT_EQ(server_->read_line(), "given up wait for ever");
  EXPECT_EQ(score("next").get(), "1");
}

TEST_F(GatedServer, TheServerKeepsTheDeadlineOfAClientThatHangs) {
  start("60");
  ServerProcess client({kGated, "score", address_, "wait", "0.5"});
  EXPECT_EQ(server_->read_line(), "scoring wait");
  client.signal(SIGSTOP);  // it cannot cancel its call
  EXPECT_EQ(server_->read_line(), "given up wait");
  EXPECT_EQ(score("next").get(), "1");
}

TEST(RewardProcess, SlowSamplesAreLoggedWithTheirText) {
  ServerProcess server({kHone, "reward-server", "--functions", kNumeric, "--slow-sample", "1e-9", "--slow-excerpt",
                        "20", "--metrics", "127.0.0.1:0"});
  const std::string address = server.read_address();
  EXPECT_EQ(server.read_line().rfind("metrics on http://127.0.0.1:", 0), 0u);
  Group group = group_of("7", {completion_of("first words, \xff" + std::string(5000, 'x') + "\n last words 7")});
  group.group_id = "2/9";
  group.problem.id = "p-31";
  make_remote_rewarder({address}, fast_settings())->score(group);
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  const std::string log = server.log();
  for (const char* part :
       {"function 'numeric' took ", R"(group "2/9", completion 0 of 1, problem "p-31": reference "7")",
        R"("first word" ... 5008 bytes ... "st words 7")"})
    EXPECT_NE(log.find(part), std::string::npos) << part << "\n" << log;
}

TEST(RewardProcess, AnOpenAddressIsServedOverMutualTls) {
  TemporaryFolder folder;
  const std::optional<TlsFiles> tls = make_certificates(folder);
  if (!tls) GTEST_SKIP() << "no openssl program to make certificates with";
  ServerProcess server({kHone, "reward-server", "--functions", kNumeric, "--listen", "0.0.0.0:0", "--tls-certificate",
                        tls->certificate, "--tls-key", tls->key, "--tls-ca", tls->ca});
  const std::string address = server.read_address();
  const std::string port = address.substr(address.rfind(':'));
  RemoteRewarderSettings settings = fast_settings();
  settings.rpc.tls = *tls;
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const auto remote = make_remote_rewarder({host + port}, settings);
    Group group = group_of("7", {completion_of("It is 7")});
    remote->score(group);
    EXPECT_EQ(group.completions[0].reward.score, 1.0);
  }
  EXPECT_EQ(error_of([&] { make_remote_rewarder({"127.0.0.1" + port}, fast_settings(0.0)); }), ErrorCode::unavailable);
}

TEST(RewardProcess, WrongUsageExitsWithTwo) {
  const std::vector<std::vector<std::string>> cases = {
      {},
      {"--functions", "[]"},
      {"--functions", R"([{"name":"numerik"}])"},
      {"--functions", kNumeric, "--metrics", "nonsense"},
      {"--functions", kNumeric, "--listen", "0.0.0.0:0"},
      {"--functions", kNumeric, "--max-waiting", "-1"},
      {"--functions", kNumeric, "--drain-timeout", "-1"},
      {"--functions", kNumeric, "--tls-key", "only-this"},
  };
  for (const std::vector<std::string>& arguments : cases) {
    std::vector<std::string> command = {kHone, "reward-server"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    ServerProcess server(command);
    EXPECT_EQ(server.wait(), 2) << server.log();
    EXPECT_EQ(server.log().rfind("hone: ", 0), 0u) << server.log();
  }
}

}  // namespace
}  // namespace hone
