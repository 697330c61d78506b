// bench_reward_server: scores a second through `hone reward-server` over gRPC, client and server on the same cores.
//   bench_reward_server [--functions JSON] [--group N] [--clients N] [--servers N] [--threads N] [--seconds S]
// Every completion's score is compared with the known one and counted: a lost or wrong score ends the program with 1.
// Times are of the client: from the group to its rewards, retries included.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "proto/base/clock.h"
#include "rewards/reward_client.h"
#include "tests/rewards/server_process.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

/// A worked solution of about 600 bytes, as a model of a word problem gives it; the last number is the answer.
std::string solution(int answer) {
  std::string text = "<think>\nLet me work through this step by step.\n";
  for (int i = 1; i <= 8; ++i)
    text += "Step " + std::to_string(i) + ": she buys " + std::to_string(answer + i) + " apples at $" +
            std::to_string(i) + ".25 each, so " + std::to_string(i * (answer + i)) + " in all.\n";
  return text + "</think>\nSo the total is $" + std::to_string(answer - 1) + " + 1.\n#### " + std::to_string(answer);
}

struct Tally {
  std::vector<double> seconds;  // one a group
  long scores = 0;
  long wrong = 0;
};

/// Scores groups until `end`; half of each group's answers are right.
Tally run_client(Rewarder& rewarder, int client, int group_size, Clock::time_point end) {
  Tally tally;
  for (int n = 0; Clock::now() < end; ++n) {
    const int answer = 1000 + (client * 7919 + n * 31) % 9000;
    Group group = group_of(std::to_string(answer), {});
    group.group_id = std::to_string(client) + "/" + std::to_string(n);
    for (int i = 0; i < group_size; ++i) group.completions.push_back(completion_of(solution(answer + i % 2)));
    const auto start = Clock::now();
    rewarder.score(group);
    tally.seconds.push_back(seconds_since(start));
    for (int i = 0; i < group_size; ++i) {
      const Reward& reward = group.completions[static_cast<std::size_t>(i)].reward;
      ++tally.scores;
      if (reward.components.size() != 1 || reward.score != (i % 2 == 0 ? 1.0 : 0.0)) ++tally.wrong;
    }
  }
  return tally;
}

int run(std::map<std::string, std::string> options) {
  const int group_size = std::stoi(options["group"]), clients = std::stoi(options["clients"]);
  const double seconds = std::stod(options["seconds"]);
  std::vector<testing::ServerProcess> servers;
  std::vector<std::string> addresses;
  for (int i = 0; i < std::stoi(options["servers"]); ++i) {
    servers.emplace_back(std::vector<std::string>{HONE_BINARY_DIR "/hone", "reward-server", "--functions",
                                                  options["functions"], "--max-concurrent", options["threads"]});
    addresses.push_back(servers.back().read_address());
  }
  const auto rewarder = make_remote_rewarder(addresses, {});
  run_client(*rewarder, 0, group_size, Clock::now() + std::chrono::milliseconds(500));  // warms up
  std::vector<Tally> tallies(static_cast<std::size_t>(clients));
  std::vector<std::thread> threads;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (int c = 0; c < clients; ++c)
    threads.emplace_back([&, c] { tallies[static_cast<std::size_t>(c)] = run_client(*rewarder, c, group_size, end); });
  for (std::thread& thread : threads) thread.join();
  const double elapsed = seconds_since(start);
  Tally all;
  for (const Tally& tally : tallies) {
    all.scores += tally.scores;
    all.wrong += tally.wrong;
    all.seconds.insert(all.seconds.end(), tally.seconds.begin(), tally.seconds.end());
  }
  std::sort(all.seconds.begin(), all.seconds.end());
  const auto percentile = [&](double p) {
    return 1e3 * all.seconds[static_cast<std::size_t>(p * static_cast<double>(all.seconds.size() - 1))];
  };
  std::printf(
      "%s: %d servers, %d clients, groups of %d: %.0f scores/s, %.0f calls/s; a call: median %.2f ms, "
      "p99 %.2f ms, worst %.2f ms; %ld scores, %ld wrong or lost\n",
      options["functions"].c_str(), static_cast<int>(servers.size()), clients, group_size,
      static_cast<double>(all.scores) / elapsed, static_cast<double>(all.seconds.size()) / elapsed, percentile(0.5),
      percentile(0.99), percentile(1.0), all.scores, all.wrong);
  for (testing::ServerProcess& server : servers) {
    server.signal(SIGTERM);
    if (server.wait() != 0) return 1;
  }
  return all.wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  std::map<std::string, std::string> options = {{"functions", R"([{"name":"numeric"}])"},
                                                {"group", "8"},
                                                {"clients", "4"},
                                                {"servers", "1"},
                                                {"threads", "0"},
                                                {"seconds", "5"}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = std::string(argv[i]).substr(0, 2) == "--" ? argv[i] + 2 : "";
    if (options.count(name) == 0) {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      return 2;
    }
    options[name] = argv[i + 1];
  }
  try {
    return hone::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
