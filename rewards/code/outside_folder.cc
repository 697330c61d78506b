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

void move_into(std::string& path, const std::string& folder, const std::string& jail_path) {
  if (path == "/box/hone-jail") path = jail_path;
  for (const char* prefix : {"/box/", "/tmp/"})
    if (path.starts_with(prefix)) path = folder + path.substr(4);
}

}  // namespace

OutsideFolder::OutsideFolder(const std::string& jail_path, int64_t user, SandboxRun& run) {
  std::string pattern = (std::filesystem::temp_directory_path() / "hone-run-XXXXXX").string();
  if (!mkdtemp(pattern.data()))
    throw Error(ErrorCode::resource_exhausted, "code sandbox: cannot make " + pattern + ": " + std::strerror(errno));
  folder_ = pattern;
  for (const SandboxFile& file : run.files) {
    const std::filesystem::path path = folder_ / file.name;
    std::ofstream(path, std::ios::binary) << bytes_of(*file.data);
    chmod(path.c_str(), file.executable ? 0555 : 0444);
  }
  if (geteuid() == 0 && chown(folder_.c_str(), static_cast<uid_t>(user), static_cast<gid_t>(user)) != 0)
    throw Error(ErrorCode::resource_exhausted, "code sandbox: cannot give " + pattern + " to user " + std::to_string(user));
  for (std::string& argument : run.argv) move_into(argument, pattern, jail_path);
  for (std::string& argument : run.peer_argv) move_into(argument, pattern, jail_path);
  move_into(run.artifact, pattern, jail_path);
}

OutsideFolder::~OutsideFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace hone
