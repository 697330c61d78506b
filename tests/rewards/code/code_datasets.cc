// Scores the reference solutions of public problem sets, and their neighbours' solutions, with the code reward.
//   code_datasets DATA_DIR [humaneval|mbpp|humaneval_cpp|mbcpp]...
// Prints one line a set ("mbpp: 972 of 974 at full marks, 0 of 974 swapped score") and what is not as it should be.
#include <atomic>
#include <iostream>
#include <mutex>
#include <thread>

#include "rewards/reward_function.h"
#include "tests/rewards/code/dataset.h"

namespace hone {
namespace {

struct Set {
  const char* name;
  const char* file;
  Dataset (*read)(const std::filesystem::path&);
};

constexpr Set kSets[] = {{"humaneval", "humaneval/HumanEval.jsonl.gz", humaneval},
                         {"mbpp", "mbpp/mbpp.jsonl", mbpp},
                         {"humaneval_cpp", "humaneval_x_cpp/humaneval_cpp.jsonl.gz", humaneval_cpp},
                         {"mbcpp", "mbcpp/mbcpp_release_v1.2.jsonl", mbcpp}};

void score(const Set& set, const std::filesystem::path& folder, const RewardFunction& code, std::size_t limit) {
  Dataset data = set.read(folder / set.file);
  if (limit < data.groups.size()) data.groups.resize(limit);
  std::atomic<std::size_t> next{0}, full{0}, swapped{0};
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = next++; i < data.groups.size(); i = next++) {
      const std::vector<RewardComponent> c = code.score(data.groups[i]);
      const bool right = c[0].outcome == Outcome::scored && c[0].score == 1.0;
      const bool wrong = c[1].score != 0.0 || c[1].outcome == Outcome::error;
      full += right;
      swapped += wrong;
      if (right && !wrong) continue;
      const std::lock_guard lock(mutex);
      const RewardComponent& shown = right ? c[1] : c[0];
      std::cout << "  " << data.ids[i] << (right ? " swapped: " : ": ") << to_string(shown.outcome) << " " << shown.score << " "
                << shown.detail << std::endl;
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  std::cout << set.name << ": " << full << " of " << data.groups.size() << " at full marks, " << swapped << " of "
            << data.groups.size() << " swapped score" << std::endl;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: code_datasets DATA_DIR [SET[:ROWS]]...\n";
    return 2;
  }
  try {
    const auto code = hone::make_reward_function("code", hone::Json::object(), "code_datasets");
    for (const hone::Set& set : hone::kSets) {
      bool wanted = argc == 2;
      std::size_t limit = SIZE_MAX;
      for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        const std::size_t colon = word.find(':');
        if (word.substr(0, colon) != set.name) continue;
        wanted = true;
        if (colon != std::string::npos) limit = std::stoul(word.substr(colon + 1));
      }
      if (wanted) hone::score(set, argv[1], *code, limit);
    }
  } catch (const std::exception& e) {
    std::cerr << "code_datasets: " << e.what() << "\n";
    return 1;
  }
}
