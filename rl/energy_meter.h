// Energy of the processor packages, from Linux's powercap tree (Intel and AMD RAPL): intel-rapl:<n>/energy_uj, in microjoules,
// wrapping at max_energy_range_uj. It is the whole machine's, other programs included, without memory and graphics cards. Often
// readable by root only, absent in virtual machines: then there is no number, not a zero. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace hone {

class EnergyMeter {
 public:
  explicit EnergyMeter(const std::filesystem::path& powercap = "/sys/class/powercap");

  /// Whether there is a package that can be read.
  bool readable() const { return !packages_.empty(); }
  /// Joules since the last call (since construction at first); nothing where no package can be read. A package that wraps more than
  /// once between two calls (hours at full load on most machines, a minute at least) is undercounted.
  std::optional<double> lap();

 private:
  struct Package {
    std::filesystem::path file;
    int64_t range_uj = 0;
    int64_t last_uj = 0;
  };
  std::vector<Package> packages_;
};

}  // namespace hone
