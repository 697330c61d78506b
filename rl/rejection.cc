#include "rl/rejection.h"

#include <algorithm>
#include <set>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/right_score.h"

namespace hone {
namespace {

bool ended(const Completion& c) { return c.finish_reason == FinishReason::stop_token || c.finish_reason == FinishReason::stop_string; }
bool usable(const Completion& c) { return ended(c) && c.reward.outcome == Outcome::scored && !c.text.empty(); }

}  // namespace

Keep keep_from_string(std::string_view name) {
  if (name == "all") return Keep::all;
  if (name == "correct") return Keep::correct;
  if (name == "best") return Keep::best;
  throw Error(ErrorCode::invalid_argument, "keep \"" + std::string(name) + "\": known are all, correct, best");
}

std::vector<std::size_t> kept_completions(const Group& group, const KeepOptions& options) {
  std::vector<std::size_t> out;
  std::set<std::string_view> seen;
  double best = 0.0;
  for (std::size_t i = 0; i < group.completions.size(); ++i) {
    const Completion& c = group.completions[i];
    if (options.keep == Keep::correct && !(usable(c) && is_right(c.reward))) continue;
    if (options.keep == Keep::best) {
      if (!usable(c) || c.reward.score <= best) continue;
      best = c.reward.score;
      out.assign(1, i);
      continue;
    }
    if (options.distinct && !seen.insert(c.text).second) continue;
    if (options.per_prompt > 0 && static_cast<int64_t>(out.size()) >= options.per_prompt) break;
    out.push_back(i);
  }
  return out;
}

void count_unjudged(const Group& group, UnjudgedCounts& counts) {
  for (const Completion& c : group.completions) {
    if (c.reward.outcome == Outcome::skipped) counts.skipped += 1;
    if (c.reward.outcome != Outcome::error) continue;
    counts.errors += 1;
    for (const RewardComponent& part : c.reward.components)
      if (part.outcome == Outcome::error && counts.first_error.empty()) counts.first_error = part.name + ": " + part.detail;
  }
}

std::string unjudged_text(const UnjudgedCounts& counts) {
  std::string out;
  if (counts.errors > 0) {
    out = std::to_string(counts.errors) + " could not be judged";
    if (!counts.first_error.empty()) out += " (" + counts.first_error + ")";
  }
  if (counts.skipped > 0) out += (out.empty() ? "" : ", ") + std::to_string(counts.skipped) + " skipped by every reward function";
  return out;
}

std::string sft_row(const Group& group, std::size_t index) {
  const Completion& c = group.completions.at(index);
  OrderedJson out;
  out["prompt"] = group.problem.prompt;
  out["completion"] = c.text;
  out["reference"] = group.problem.reference;
  out["id"] = group.problem.id;
  if (!group.problem.task.empty()) out["task"] = group.problem.task;
  out["score"] = c.reward.outcome == Outcome::scored ? OrderedJson(c.reward.score) : OrderedJson(nullptr);
  return dump_line(out);
}

}  // namespace hone
