// Without bubblewrap (sandbox.allow_weaker only) a run's files lie in a host folder of its own, removed afterwards.
// Thread rule: one owner.
#pragma once

#include <filesystem>
#include <string>

#include "rewards/code/sandbox.h"

namespace hone {

class OutsideFolder {
 public:
  /// Writes run.files and rewrites "/box/..." and the artifact's path in its arguments. Throws resource_exhausted.
  OutsideFolder(const std::string& jail_path, int64_t user, SandboxRun& run);
  ~OutsideFolder();
  OutsideFolder(const OutsideFolder&) = delete;
  OutsideFolder& operator=(const OutsideFolder&) = delete;
  std::string path() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace hone
