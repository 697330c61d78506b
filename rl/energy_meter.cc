#include "rl/energy_meter.h"

#include <fstream>
#include <string>

namespace hone {
namespace {

namespace fs = std::filesystem;

std::optional<int64_t> read_integer(const fs::path& file) {
  std::ifstream in(file);
  int64_t value = 0;
  return in >> value ? std::optional<int64_t>(value) : std::nullopt;
}

/// "intel-rapl:0", not its parts "intel-rapl:0:0".
bool is_package(const std::string& name) {
  constexpr std::string_view kPrefix = "intel-rapl:";
  return name.starts_with(kPrefix) && name.find(':', kPrefix.size()) == std::string::npos;
}

}  // namespace

EnergyMeter::EnergyMeter(const fs::path& powercap) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(powercap, failed)) {
    if (!is_package(entry.path().filename().string())) continue;
    const auto now = read_integer(entry.path() / "energy_uj"), range = read_integer(entry.path() / "max_energy_range_uj");
    if (now && range) packages_.push_back({entry.path() / "energy_uj", *range, *now});
  }
}

std::optional<double> EnergyMeter::lap() {
  if (packages_.empty()) return std::nullopt;
  double microjoules = 0.0;
  for (Package& package : packages_) {
    const auto now = read_integer(package.file);
    if (!now) continue;
    int64_t spent = *now - package.last_uj;
    if (spent < 0) spent += package.range_uj;
    microjoules += static_cast<double>(spent);
    package.last_uj = *now;
  }
  return 1e-6 * microjoules;
}

}  // namespace hone
