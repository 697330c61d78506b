#include "rewards/code/outside_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "proto/base/error.h"

namespace hone {
namespace {

std::string bytes_of(const MemoryFile& file) {
  const FileDescriptor fd = file.open();
  std::string bytes(file.size(), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = read(fd.get(), bytes.data() + have, bytes.size() - have);
    if (n <= 0) throw Error(ErrorCode::internal, "code sandbox: cannot read a memory file");
    have += static_cast<std::size_t>(n);
  }
  return bytes;
}

/// A path of the jail as a path of the folder.
std::string moved(const std::string& path, const std::string& folder, const std::string& jail_path, const std::string& artifact) {
  if (path == "/box/hone-jail") return jail_path;
  if (path == "/box" || path.starts_with("/box/")) return folder + path.substr(4);
  if (!artifact.empty() && path == artifact) return folder + "/" + std::filesystem::path(artifact).filename().string();
  return path;
}

}  // namespace

OutsideFolder::OutsideFolder(const std::string& jail_path, int64_t user, SandboxRun& run) {
  std::string pattern = (std::filesystem::temp_directory_path() / "hone-run-XXXXXX").string();
  if (!mkdtemp(pattern.data()))
    throw Error(ErrorCode::resource_exhausted, "code sandbox: cannot make " + pattern + ": " + std::strerror(errno));
  folder_ = pattern;
  for (const SandboxFile& file : run.files) {
    const std::filesystem::path path = folder_ / file.name;
    std::filesystem::create_directories(path.parent_path());
    chmod(path.parent_path().c_str(), 0755);
    std::ofstream(path, std::ios::binary) << bytes_of(*file.data);
    chmod(path.c_str(), file.executable ? 0555 : 0444);
  }
  if (geteuid() == 0 && chown(folder_.c_str(), static_cast<uid_t>(user), static_cast<gid_t>(user)) != 0)
    throw Error(ErrorCode::resource_exhausted, "code sandbox: cannot give " + pattern + " to user " + std::to_string(user));
  const std::string artifact = run.artifact;
  for (std::vector<std::string>* argv : {&run.argv, &run.peer_argv})
    for (std::string& argument : *argv) argument = moved(argument, pattern, jail_path, artifact);
  run.artifact = moved(artifact, pattern, jail_path, artifact);
}

OutsideFolder::~OutsideFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace hone
