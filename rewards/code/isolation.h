// Which layers of isolation a jail is made of, and what each is called in reports.
#pragma once

#include <string>
#include <vector>

namespace hone {

/// How jails are made on this machine: what detect_isolation() found to work.
struct Isolation {
  bool bubblewrap = true;     // user, mount and pid namespaces, read-only root
  bool net = true;            // the other namespaces, each by itself
  bool ipc = true;
  bool uts = true;
  bool cgroup = true;
  bool limited_tmp = true;    // hone-jail mounts /tmp with size and inode limits; else bubblewrap with a size limit only
  bool other_user = false;    // root starts jails as another user
};

struct Layer {
  std::string name;
  bool active = false;
  bool required = false;
  std::string reason;  // why it is not active, "" if it is
};

struct Layers {
  std::vector<Layer> all;

  /// Names of required layers that are not active, comma-separated with their reasons; "" if none.
  std::string missing() const;
  bool active(const std::string& name) const;
  /// "bubblewrap, user, mount, ... ; absent: cgroup memory (no writable hierarchy)".
  std::string describe() const;
};

}  // namespace hone
