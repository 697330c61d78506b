// Scores the reference solutions of public problem sets, and their neighbours' solutions, with the code reward.
//   code_datasets [DATA_DIR [SET[:FROM-TO]]...]     DATA_DIR defaults to the environment's HONE_DATA_DIR
// Prints one line a set ("mbcpp: 773 of 773 at full marks, 0 of 773 swapped score") and what is not as it should be.
// Exit codes: 0 as expected, 1 not, 2 wrong usage, 77 no data folder named, or no sandbox here.
#include <algorithm>
#include <atomic>
#include <cstdlib>
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
  std::size_t unusable;  // rows of the whole set that cannot reach full marks
};

constexpr Set kSets[] = {{"humaneval", "humaneval/HumanEval.jsonl.gz", humaneval, 0},
                         {"mbpp", "mbpp/mbpp.jsonl", mbpp, 2},
                         {"humaneval_cpp", "humaneval_x_cpp/humaneval_cpp.jsonl.gz", humaneval_cpp, 2},
                         {"mbcpp", "mbcpp/mbcpp_release_v1.2.jsonl", mbcpp, 1}};

bool score(const Set& set, const std::filesystem::path& folder, const RewardFunction& code, std::size_t from, std::size_t to) {
  std::filesystem::path file = folder / set.file;
  if (!std::filesystem::exists(file) && file.extension() == ".gz") file.replace_extension();
  Dataset data = set.read(file);
  to = std::min(to, data.groups.size());
  from = std::min(from, to);
  const std::size_t count = to - from;
  std::atomic<std::size_t> next{from}, full{0}, swapped{0};
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = next++; i < to; i = next++) {
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
  std::cout << set.name << ": " << full << " of " << count << " at full marks, " << swapped << " of " << count
            << " swapped score" << std::endl;
  return full + set.unusable >= count && swapped == 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  const char* named = std::getenv("HONE_DATA_DIR");
  const std::string folder = argc > 1 ? argv[1] : named ? named : "";
  if (folder.empty()) {
    std::cout << "skipped: HONE_DATA_DIR does not name a folder with humaneval/, mbpp/, humaneval_x_cpp/, mbcpp/\n";
    return 77;
  }
  try {
    const auto code = hone::make_reward_function("code", hone::Json::object(), "code_datasets");
    bool good = true;
    for (const hone::Set& set : hone::kSets) {
      bool wanted = argc <= 2;
      std::size_t from = 0, to = SIZE_MAX;
      for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        const std::size_t colon = word.find(':');
        if (word.substr(0, colon) != set.name) continue;
        wanted = true;
        const std::size_t dash = word.find('-', colon);
        if (dash == std::string::npos) continue;
        from = std::stoul(word.substr(colon + 1));
        to = std::stoul(word.substr(dash + 1));
      }
      if (wanted) good = hone::score(set, folder, *code, from, to) && good;
    }
    return good ? 0 : 1;
  } catch (const hone::Error& e) {
    std::cerr << "code_datasets: " << e.what() << "\n";
    return e.code() == hone::ErrorCode::failed_precondition ? 77 : 2;
  }
}
