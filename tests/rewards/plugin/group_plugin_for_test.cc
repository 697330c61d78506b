// A plug-in that looks at the group as a whole: the share of completions that are shorter.
#include <hone/reward_plugin.h>

#include <cstdlib>
#include <stdexcept>

struct Ranking {
  std::vector<hone::plugin::Score> score(const hone::plugin::Group& group) const {
    std::vector<hone::plugin::Score> scores;
    for (const auto& completion : group.completions) {
      if (completion.text == "throw") throw std::runtime_error("the whole group");
      if (completion.text == "crash") std::abort();
      if (completion.text == "too few") break;
      double shorter = 0;
      for (const auto& other : group.completions) shorter += other.text.size() < completion.text.size() ? 1 : 0;
      scores.emplace_back(shorter / static_cast<double>(group.completions.size()));
    }
    return scores;
  }
};

HONE_REWARD_PLUGIN(Ranking, "ranking", "0.1.0")
