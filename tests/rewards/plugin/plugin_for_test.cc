// A plug-in that does what the completion says, the bad things too.
#include <hone/reward_plugin.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <string>

namespace {

using hone::plugin::Sample;
using hone::plugin::Score;

struct Obedient {
  explicit Obedient(std::string_view settings) : settings(settings) {
    if (this->settings.find("refuse") != std::string::npos) throw std::runtime_error("no such mode");
    if (this->settings.find("crash") != std::string::npos) std::abort();
  }

  Score score(const Sample& sample) {
    const std::string text(sample.text);
    ++calls;
    if (text == "crash") std::abort();
    if (text == "exit") _exit(0);
    if (text == "hang")
      for (;;) pause();
    if (text == "throw") throw std::runtime_error("thrown on purpose");
    if (text == "throw int") throw 7;
    if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (text == "outcome") return Score::with_outcome(77, "");
    if (text == "skip") return Score::skipped("not mine");
    if (text == "error") return Score::error("known failure");
    if (text == "print") {
      std::cout << "0\t1\t0\tstray" << std::endl;
      return 0.5;
    }
    if (text == "long detail") return {1.0, std::string(5000, 'd')};
    if (text == "calls") return calls;
    if (text == "settings") return {1.0, settings};
    if (text == "tokens")
      return static_cast<double>(sample.token_count > 0 ? sample.token_ids[sample.token_count - 1] : -1);
    if (text == "finish") return sample.finish;
    if (text == "problem")
      return {1.0, std::string(sample.problem.id) + "|" + std::string(sample.problem.task) + "|" +
                       std::string(sample.problem.prompt) + "|" + std::string(sample.problem.reference) + "|" +
                       std::string(sample.problem.metadata_json)};
    return {0.1 + 0.2, "echo " + text};
  }

  std::string settings;
  int calls = 0;
};

}  // namespace

HONE_REWARD_PLUGIN(Obedient, "obedient", "1.2.3")
