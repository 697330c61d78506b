#include "rl/collected_steps.h"

#include <sstream>
#include <utility>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/log.h"

namespace hone {
namespace {

OrderedJson to_json(const CollectedStep& collected) {
  const StepGroups& s = collected.groups;
  std::vector<int> dropped;
  for (const GroupVerdict verdict : s.dropped) dropped.push_back(static_cast<int>(verdict));
  return {{"step", collected.step},
          {"tries", s.tries},
          {"dropped", dropped},
          {"problems", to_json(s.problems)},
          {"counts", {s.counts.too_easy, s.counts.too_hard, s.counts.skipped, s.counts.requeued}},
          {"tokens", {s.stats.rollout.prompt_tokens, s.stats.rollout.generated_tokens}},
          {"seconds", {s.stats.rollout.seconds, s.stats.score_s, s.stats.score_wait_s}}};
}

CollectedStep from_json(const Json& j) {
  CollectedStep collected{j.at("step").get<int64_t>(), {}};
  StepGroups& s = collected.groups;
  s.tries = j.at("tries");
  for (const int verdict : j.at("dropped").get<std::vector<int>>()) s.dropped.push_back(static_cast<GroupVerdict>(verdict));
  s.problems = problem_stream_state_from_json(j.at("problems"));
  const auto counts = j.at("counts").get<std::vector<int64_t>>();
  s.counts = {counts.at(0), counts.at(1), counts.at(2), counts.at(3)};
  s.stats.rollout.prompt_tokens = j.at("tokens").at(0);
  s.stats.rollout.generated_tokens = j.at("tokens").at(1);
  s.stats.rollout.seconds = j.at("seconds").at(0);
  s.stats.score_s = j.at("seconds").at(1);
  s.stats.score_wait_s = j.at("seconds").at(2);
  return collected;
}

}  // namespace

CollectedText write_collected(const std::deque<CollectedStep>& steps, const RewardFunctions& functions, const GrpoSection& config) {
  CollectedText text;
  if (steps.empty()) return text;
  OrderedJson list = OrderedJson::array();
  for (CollectedStep step : steps) {
    list.push_back(to_json(step));
    set_advantages(step.groups.trained(), functions, config);  // they mark the groups that are kept
    for (const Group& group : step.groups.groups)
      for (std::size_t i = 0; i < group.completions.size(); ++i)
        text.records += completion_record(group, i, step.step + 1, true) + "\n";
  }
  text.steps = dump_line(list) + "\n";
  return text;
}

std::deque<CollectedStep> read_collected(const CollectedText& text, const RewardFunctions& functions, const GrpoSection& config,
                                         const std::string& source) {
  std::deque<CollectedStep> steps;
  if (text.steps.empty()) return steps;
  try {
    CompletionReader reader(std::make_unique<std::istringstream>(text.records), source, functions, config.num_generations);
    for (const Json& entry : parse_json(text.steps, source)) {
      CollectedStep step = from_json(entry);
      std::optional<RecordedStep> recorded = reader.next();
      if (!recorded || recorded->step != step.step + 1)
        throw Error(ErrorCode::data_loss, join(source, ": no completions of step ", step.step + 1));
      for (Group& group : recorded->groups) group.advantages.clear();
      step.groups.groups = std::move(recorded->groups);
      step.groups.kept = recorded->kept;
      steps.push_back(std::move(step));
    }
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::data_loss, source + ": not collected steps: " + e.what());
  } catch (const std::out_of_range& e) {
    throw Error(ErrorCode::data_loss, source + ": not collected steps: " + e.what());
  }
  return steps;
}

}  // namespace hone
