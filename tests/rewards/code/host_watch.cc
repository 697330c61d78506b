#include "tests/rewards/code/host_watch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "rewards/code/cgroup.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Without memory files: the judge keeps compiled programs and its own in them.
std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    count += !fs::read_symlink(entry.path(), closed).string().starts_with("/memfd:");
  }
  return count;
}

/// Attacks that make a file call it hone_attack*; wherever the host would show it.
std::string attack_files() {
  std::string found;
  for (const char* folder : {"/", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/run", "/usr", "/usr/lib", "/usr/bin", "."}) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (entry.path().filename().string().starts_with("hone_attack")) found.append(" ").append(entry.path().string());
  }
  return found;
}

std::string own_cgroups() {
  std::string found;
  const std::string mine = "hone-run-" + std::to_string(getpid()) + "-";
  for (const CgroupRoot::Hierarchy& h : CgroupRoot::find().hierarchies) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(h.folder, ignored))
      if (entry.path().filename().string().starts_with(mine)) found.append(" ").append(entry.path().string());
  }
  return found;
}

}  // namespace

HostWatch::HostWatch() : mounts_(text_of("/proc/self/mountinfo")), descriptors_(open_descriptors()) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

std::string HostWatch::changes() const {
  std::string found;
  int status = 0;
  const pid_t child = waitpid(-1, &status, WNOHANG);
  if (child != -1 || errno != ECHILD) found += "a process is left (" + std::to_string(child) + "); ";
  if (text_of("/proc/self/mountinfo") != mounts_) found += "the mounts have changed; ";
  if (const std::string files = attack_files(); !files.empty()) found += "files:" + files + "; ";
  if (const std::string groups = own_cgroups(); !groups.empty()) found += "cgroups:" + groups + "; ";
  if (const std::size_t now = open_descriptors(); now != descriptors_)
    found += std::to_string(now) + " open descriptors, before " + std::to_string(descriptors_) + "; ";
  return found;
}

Listener::Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(fd_, 8) == 0 &&
      getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0)
    port_ = ntohs(address.sin_port);
}

Listener::~Listener() { close(fd_); }

bool Listener::was_reached() const {
  const int peer = accept(fd_, nullptr, nullptr);
  if (peer >= 0) close(peer);
  return peer >= 0;
}

}  // namespace hone
