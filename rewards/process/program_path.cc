// find_program, helper_path, environment_with of rewards/process/spawn.h.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "proto/base/error.h"
#include "rewards/process/spawn.h"
#include "rewards/text.h"

extern char** environ;

namespace hone {
namespace {

bool is_executable_file(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string variable(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value && *value ? value : fallback;
}

std::string_view name_of(std::string_view assignment) { return assignment.substr(0, assignment.find('=')); }

}  // namespace

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (!is_executable_file(name))
      throw Error(ErrorCode::not_found, "'" + excerpt(name) + "' is not an executable file");
    return std::filesystem::absolute(name).string();
  }
  const std::string path = variable("PATH", "/usr/local/bin:/usr/bin:/bin");
  std::istringstream folders(path);
  for (std::string folder; !name.empty() && std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (is_executable_file(candidate)) return std::filesystem::absolute(candidate).string();
  }
  throw Error(ErrorCode::not_found, "'" + excerpt(name) + "' is not an executable file in PATH (" + path + ")");
}

std::string helper_path(const std::string& name) {
  std::error_code failed;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
  std::vector<std::filesystem::path> folders{here, here.parent_path(), here.parent_path() / "libexec" / "hone"};
  if (const std::string named = variable("HONE_LIBEXEC_DIR", ""); !named.empty())
    folders.insert(folders.begin(), named);
  std::string searched;
  for (const std::filesystem::path& folder : folders) {
    if (is_executable_file((folder / name).string())) return (folder / name).string();
    searched += (searched.empty() ? "" : ", ") + folder.string();
  }
  throw Error(ErrorCode::not_found, "the helper program " + name + " is in none of: " + searched +
                                        "; it lies beside hone after a build; HONE_LIBEXEC_DIR names another folder");
}

std::vector<std::string> environment_with(const std::vector<std::string>& changes) {
  std::vector<std::string> out;
  for (char** entry = environ; entry && *entry; ++entry) {
    bool changed = false;
    for (const std::string& change : changes) changed = changed || name_of(change) == name_of(*entry);
    if (!changed) out.emplace_back(*entry);
  }
  out.insert(out.end(), changes.begin(), changes.end());
  return out;
}

}  // namespace hone
