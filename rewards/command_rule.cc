// "command": a reward function in a program of any language, which Hone starts and talks to over its standard streams
// (rewards/command_protocol.h). What is not an answer is an error, and the program is started anew: an answer that is out of
// step must not be taken for another request's.
#include <algorithm>
#include <atomic>
#include <span>

#include "proto/base/error.h"
#include "proto/base/thread_pool.h"
#include "rewards/command_protocol.h"
#include "rewards/process/helper_pool.h"
#include "rewards/rule.h"

namespace hone {
namespace {

constexpr int64_t kMaxProcesses = 256;
constexpr double kMaxTimeoutS = 86'400;

class Command final : public RewardFunction {
 public:
  Command(const HelperOptions& options, int processes, bool one_at_a_time)
      : pool_(options, processes), one_at_a_time_(one_at_a_time) {}

  std::vector<RewardComponent> score(const Group& group) const override { return score_until(group, {}); }

  /// Gives up between two requests; one that runs has its own deadline (timeout_s).
  std::vector<RewardComponent> score_until(const Group& group, const std::stop_token& stop) const override {
    const std::span<const Completion> all(group.completions);
    const std::size_t at_once = one_at_a_time_ ? 1 : std::max<std::size_t>(all.size(), 1);
    std::vector<RewardComponent> components;
    for (std::size_t i = 0; i < all.size(); i += at_once) {
      if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "command: given up, nobody waits for the scores any more");
      for (RewardComponent& component : ask(group.problem, all.subspan(i, at_once))) components.push_back(std::move(component));
    }
    return components;
  }

 private:
  std::vector<RewardComponent> ask(const Problem& problem, std::span<const Completion> completions) const {
    if (completions.empty()) return {};
    const uint64_t id = ++requests_;
    std::optional<std::vector<RewardComponent>> components;
    const HelperReply reply =
        pool_.request(write_command_request(id, problem, completions), [&](std::string_view line) {
          components = read_command_reply(line, id, completions.size());
          return components.has_value();
        });
    if (reply.status == HelperStatus::ok) return *std::move(components);
    return std::vector<RewardComponent>(completions.size(), failed(reply.text));
  }

  mutable HelperPool pool_;
  mutable std::atomic<uint64_t> requests_{0};
  bool one_at_a_time_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_command(Settings& settings) {
  HelperOptions options;
  options.argv = settings.texts("argv");
  options.name = "command " + options.argv[0];
  options.deadline = settings.seconds("timeout_s", kMaxTimeoutS, 30.0);
  options.start_allowance = settings.seconds("start_timeout_s", kMaxTimeoutS, 60.0);
  const auto processes = settings.integer("processes", 1, kMaxProcesses, available_threads());
  const bool one_at_a_time = settings.boolean("one_at_a_time", false);
  try {
    return std::make_unique<Command>(options, static_cast<int>(processes), one_at_a_time);
  } catch (const Error& e) {
    settings.fail("argv", e.what());
  }
}

}  // namespace hone
