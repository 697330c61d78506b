// A reward plug-in (rewards/sdk/hone/reward_plugin.h) loaded into this process. Used by hone-plugin-host and, where a run asks
// for it, by hone itself; a crash in it is a crash of this process.
// Thread rule: score() on one thread at a time.
#pragma once

#include <hone/reward_plugin.h>

#include <string>
#include <vector>

#include "proto/base/trace.h"

namespace hone {

struct PluginInfo {
  std::string name;
  std::string version;
  bool each = false;  // completions may be handed over one by one
};

class PluginLibrary {
 public:
  /// Loads the library (for good: it is never unloaded) and makes an instance. Throws invalid_argument with the library's path
  /// and what is wrong with it, or what it says of `settings_json`.
  PluginLibrary(const std::string& path, const std::string& settings_json);
  ~PluginLibrary();
  PluginLibrary(const PluginLibrary&) = delete;
  PluginLibrary& operator=(const PluginLibrary&) = delete;

  const PluginInfo& info() const { return info_; }
  /// One component a completion; what the plug-in gets wrong (an unknown outcome, a score that is not finite) is an error.
  std::vector<RewardComponent> score(const Group& group);

 private:
  hone_reward_plugin plugin_{};
  void* instance_ = nullptr;
  PluginInfo info_;
};

}  // namespace hone
