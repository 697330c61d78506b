// What a hostile run must not leave on the host: a process, a file, a mount, a control group, a descriptor.
#pragma once

#include <string>

namespace hone {

class HostWatch {
 public:
  /// Takes stock. From here on every descendant of this process that loses its parent becomes its child.
  HostWatch();
  /// "" if nothing is new, else what is.
  std::string changes() const;

 private:
  std::string mounts_;
  std::size_t descriptors_;
};

/// A listening socket on the loopback of the host.
class Listener {
 public:
  Listener();
  ~Listener();
  int port() const { return port_; }
  /// True if anything has connected.
  bool was_reached() const;

 private:
  int fd_ = -1;
  int port_ = 0;
};

}  // namespace hone
