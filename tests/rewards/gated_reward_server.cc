// A reward server for tests whose one rule waits for its test, and a client that can be killed while it waits.
//   gated_reward_server serve DRAIN_S       as hone reward-server with one thread; says "scoring ID" when it begins a
//                                           group, and for an id that begins with "hold" waits for a line on standard
//                                           input, with "wait" until the call is given up
//   gated_reward_server score ADDRESS ID S  one call with a deadline of S seconds
#include <condition_variable>
#include <cstring>
#include <iostream>
#include <mutex>
#include <string>

#include <unistd.h>

#include "proto/base/error.h"
#include "rewards/reward_client.h"
#include "rewards/reward_server.h"
#include "rl/cli/cli.h"

namespace hone {
namespace {

class Gate final : public Rewarder {
 public:
  void score(Group& group) override { score_until(group, {}); }
  void score_until(Group& group, const std::stop_token& stop) override {
    std::cout << "scoring " << group.group_id << std::endl;
    if (group.group_id.rfind("hold", 0) == 0) {
      std::string line;
      std::getline(std::cin, line);
    }
    if (group.group_id.rfind("wait", 0) == 0) {
      std::mutex mutex;
      std::condition_variable_any changed;
      std::unique_lock lock(mutex);
      changed.wait(lock, stop, [] { return false; });
      std::cout << "given up " << group.group_id << std::endl;
      throw Error(ErrorCode::cancelled, "given up");
    }
    for (Completion& completion : group.completions) {
      completion.reward.components = {{"gate", 1.0, Outcome::scored, ""}};
      combine(completion.reward, {1.0});
    }
  }
  std::vector<std::pair<std::string, double>> functions() const override { return {{"gate", 1.0}}; }
};

int serve(const std::string& drain_s) {
  install_stop_signals();
  Gate gate;
  if (!run_reward_server(gate, {.max_concurrent = 1, .drain_s = std::stod(drain_s)}, stop_requested(), std::cout))
    _exit(1);
  return 0;
}

int score(const std::string& address, const std::string& id, const std::string& deadline_s) {
  RemoteRewarderSettings settings;
  settings.rpc.call_timeout_s = std::stod(deadline_s);
  const auto remote = make_remote_rewarder({address}, settings);
  Group group;
  group.group_id = id;
  group.completions.resize(1);
  remote->score(group);
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::strcmp(argv[1], "serve") == 0) return hone::serve(argv[2]);
    if (argc == 5 && std::strcmp(argv[1], "score") == 0) return hone::score(argv[2], argv[3], argv[4]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 2;
}
