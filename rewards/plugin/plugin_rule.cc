// "plugin": a reward function in a shared library (rewards/sdk/hone/reward_plugin.h), run by hone-plugin-host in a process of
// its own, or here where the settings say so.
#include <atomic>
#include <mutex>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/base/thread_pool.h"
#include "rewards/plugin/plugin_library.h"
#include "rewards/plugin/plugin_protocol.h"
#include "rewards/process/helper_pool.h"
#include "rewards/rule.h"

namespace hone {
namespace {

constexpr int64_t kMaxProcesses = 256;
constexpr double kMaxTimeoutS = 86'400;

/// `group` with the one completion.
Group alone(const Group& group, const Completion& completion) {
  Group out;
  out.problem = group.problem;
  out.completions.push_back(completion);
  return out;
}

class HostedPlugin final : public RewardFunction {
 public:
  HostedPlugin(const HelperOptions& options, int processes) : pool_(options, processes) {
    const HelperReply hello = pool_.check();
    const std::vector<std::string> fields = split_fields(hello.text);
    if (hello.status != HelperStatus::ok) throw Error(ErrorCode::invalid_argument, hello.text);
    if (fields.size() != 4 || fields[0] != "ok")
      throw Error(ErrorCode::invalid_argument,
                  fields.size() == 2 ? fields[1] : "hone-plugin-host is of another version");
    each_ = fields[3] == "1";
    log_info("plug-in ", fields[1], " ", fields[2], " (", each_ ? "completion by completion" : "whole groups", ")");
  }

  std::vector<RewardComponent> score(const Group& group) const override {
    if (!each_) return ask(group);
    return for_each_completion(group, [&](const Completion& c) { return ask(alone(group, c)).at(0); });
  }

 private:
  std::vector<RewardComponent> ask(const Group& group) const {
    const uint64_t number = ++requests_;
    std::optional<std::vector<RewardComponent>> components;
    const HelperReply reply = pool_.request(write_score_request(number, group), [&](std::string_view line) {
      components = read_score_reply(line, number, group.completions.size());
      return components.has_value();
    });
    if (reply.status == HelperStatus::ok) return *std::move(components);
    return for_all(group, failed(reply.text));
  }

  mutable HelperPool pool_;
  mutable std::atomic<uint64_t> requests_{0};
  bool each_ = false;
};

/// One instance, used by one thread at a time, as the interface promises.
class InProcessPlugin final : public RewardFunction {
 public:
  InProcessPlugin(const std::string& path, const std::string& settings) : library_(path, settings) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    const std::lock_guard lock(mutex_);
    return library_.score(group);
  }

 private:
  mutable std::mutex mutex_;
  mutable PluginLibrary library_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_plugin(Settings& settings) {
  const std::string library = settings.text("library");
  const Json& inner = settings.value("settings");
  if (!inner.is_null() && !inner.is_object())
    settings.fail("settings", "expected an object, found " + json_type_name(inner));
  const std::string inner_text = inner.is_null() ? "{}" : dump_line(inner);
  const bool in_process = settings.boolean("in_process", false);
  const std::chrono::milliseconds timeout = settings.seconds("timeout_s", kMaxTimeoutS, 10.0);
  const auto processes = settings.integer("processes", 1, kMaxProcesses, available_threads());
  try {
    if (in_process) return std::make_unique<InProcessPlugin>(library, inner_text);
    HelperOptions options;
    options.name = "plug-in " + library;
    options.argv = {helper_path("hone-plugin-host")};
    options.deadline = timeout;
    options.hello = join_fields({"open", library, inner_text});
    return std::make_unique<HostedPlugin>(options, static_cast<int>(processes));
  } catch (const Error& e) {
    settings.fail("library", e.what());
  }
}

}  // namespace hone
