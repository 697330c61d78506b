// Options of the helper that tests/rewards/process/helper_for_test.cc makes.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "rewards/process/helper_process.h"

namespace hone {

inline HelperOptions test_helper() {
  HelperOptions options;
  options.name = "test";
  options.argv = {helper_path("helper_for_test")};
  options.deadline = std::chrono::seconds(5);
  options.max_logged_bytes = 100;
  return options;
}

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

/// False for a zombie too: one that nobody has waited for yet.
inline bool process_lives(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return (stat >> number >> name >> state) && state != "Z";
}

}  // namespace hone
