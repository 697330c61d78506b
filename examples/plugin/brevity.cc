// Reward for short answers: 1 up to `limit` characters, then falling as limit / length. Setting: {"limit": 40}.
#include <hone/reward_plugin.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

/// Value of the setting "limit" in settings such as {"limit": 40}; a plug-in with more settings brings a JSON library.
double read_limit(std::string_view settings) {
  const std::size_t key = settings.find("\"limit\":");
  if (key == std::string_view::npos) return 40.0;
  const double limit = std::strtod(std::string(settings.substr(key + 8)).c_str(), nullptr);
  if (!(limit > 0)) throw std::invalid_argument("limit must be a number above 0");
  return limit;
}

class Brevity {
 public:
  explicit Brevity(std::string_view settings) : limit_(read_limit(settings)) {}

  hone::plugin::Score score(const hone::plugin::Sample& sample) const {
    if (sample.text.empty()) return {0.0, "empty"};
    const auto length = static_cast<double>(sample.text.size());
    return {length <= limit_ ? 1.0 : limit_ / length, std::to_string(sample.text.size()) + " bytes"};
  }

 private:
  double limit_;
};

}  // namespace

HONE_REWARD_PLUGIN(Brevity, "brevity", "1.0.0")
