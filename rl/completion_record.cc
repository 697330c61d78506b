#include "rl/completion_record.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/log.h"

namespace hone {
namespace {

/// The shortest double whose nearest float is `value`: nine digits instead of the seventeen of its exact double.
OrderedJson float_json(float value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", double{value});
  return std::strtod(text, nullptr);
}

OrderedJson floats_json(const std::vector<float>& values) {
  OrderedJson out = OrderedJson::array();
  for (const float value : values) out.push_back(float_json(value));
  return out;
}

std::vector<float> read_floats(const Json& values) {
  std::vector<float> out;
  for (const Json& value : values)
    out.push_back(value.is_null() ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(value.get<double>()));
  return out;
}

Completion read_completion(const Json& row, const RewardFunctions& functions) {
  Completion c;
  c.token_ids = row.at("token_ids").get<std::vector<int32_t>>();
  c.logprobs = read_floats(row.at("logprobs"));
  if (c.logprobs.size() != c.token_ids.size())
    throw Error(ErrorCode::invalid_argument,
                join(c.token_ids.size(), " token_ids with ", c.logprobs.size(), " logprobs"));
  c.versions.assign(c.token_ids.size(), row.at("version").get<uint64_t>());
  if (row.contains("versions")) c.versions = row.at("versions").get<std::vector<uint64_t>>();
  if (c.versions.size() != c.token_ids.size())
    throw Error(ErrorCode::invalid_argument, join(c.token_ids.size(), " token_ids with ", c.versions.size(), " versions"));
  c.text = row.at("completion").get<std::string>();
  c.finish_reason = finish_reason_from_string(row.at("finish_reason").get<std::string>());
  c.reward.score = row.at("reward").get<double>();
  c.reward.outcome = outcome_from_string(row.at("outcome").get<std::string>());
  const Json& parts = row.at("rewards");
  if (parts.size() != functions.size())
    throw Error(ErrorCode::invalid_argument,
                join(parts.size(), " rewards; the config has ", functions.size(), " reward functions"));
  for (const auto& [name, weight] : functions) {
    if (!parts.contains(name))
      throw Error(ErrorCode::invalid_argument, "no reward of the config's function '" + name + "'");
    const Json& part = parts.at(name);
    c.reward.components.push_back({name, part.at("score").get<double>(),
                                   outcome_from_string(part.at("outcome").get<std::string>()),
                                   part.value("detail", std::string())});
  }
  return c;
}

Group read_group(const Json& row) {
  Group g;
  g.group_id = row.at("group").get<std::string>();
  unsigned long step = 0, slot = 0;
  if (std::sscanf(g.group_id.c_str(), "%lu/%lu", &step, &slot) != 2)
    throw Error(ErrorCode::invalid_argument, "group \"" + g.group_id + "\" is not \"<step>/<slot>\"");
  g.step = static_cast<uint32_t>(step);
  g.slot = static_cast<uint32_t>(slot);
  g.problem.id = row.at("problem").get<std::string>();
  g.problem.prompt = row.at("prompt").get<std::string>();
  g.problem.reference = row.at("reference").get<std::string>();
  g.prompt_token_ids = row.at("prompt_token_ids").get<std::vector<int32_t>>();
  return g;
}

}  // namespace

std::string completion_record(const Group& group, std::size_t index, int64_t step, bool token_ids) {
  const Completion& c = group.completions[index];
  OrderedJson out;
  out["step"] = step;
  out["group"] = group.group_id;
  out["problem"] = group.problem.id;
  out["sample"] = index;
  out["prompt"] = group.problem.prompt;
  out["completion"] = c.text;
  out["reference"] = group.problem.reference;
  out["finish_reason"] = to_string(c.finish_reason);
  out["tokens"] = c.token_ids.size();
  out["reward"] = c.reward.score;
  out["outcome"] = to_string(c.reward.outcome);
  OrderedJson parts = OrderedJson::object();
  for (const RewardComponent& part : c.reward.components) {
    parts[part.name] = {{"score", part.score}, {"outcome", to_string(part.outcome)}};
    if (!part.detail.empty()) parts[part.name]["detail"] = part.detail;
  }
  out["rewards"] = std::move(parts);
  out["advantage"] = index < group.advantages.size() ? OrderedJson(group.advantages[index]) : OrderedJson(nullptr);
  out["version"] = c.versions.empty() ? 0 : c.versions.back();
  if (token_ids) {
    out["prompt_token_ids"] = group.prompt_token_ids;
    out["token_ids"] = c.token_ids;
    out["logprobs"] = floats_json(c.logprobs);
    const bool mixed = std::adjacent_find(c.versions.begin(), c.versions.end(), std::not_equal_to<>()) != c.versions.end();
    if (mixed) out["versions"] = c.versions;
  }
  return dump_line(out);
}

CompletionReader::CompletionReader(const std::filesystem::path& file, RewardFunctions functions,
                                   int64_t num_generations)
    : CompletionReader(nullptr, file.string(), std::move(functions), num_generations) {
  require_file(file, "records of completions");
  in_ = std::make_unique<std::ifstream>(file, std::ios::binary);
  if (!*in_) throw Error(ErrorCode::not_found, file_ + ": cannot open");
}

CompletionReader::CompletionReader(std::unique_ptr<std::istream> in, std::string name, RewardFunctions functions, int64_t num_generations)
    : file_(std::move(name)), in_(std::move(in)), functions_(std::move(functions)), num_generations_(num_generations) {}

bool CompletionReader::read_line() {
  if (std::exchange(pending_, false)) return true;
  while (std::getline(*in_, line_)) {
    ++line_number_;
    if (line_.find_first_not_of(" \t\r") != std::string::npos) return true;
  }
  if (in_->bad()) throw Error(ErrorCode::data_loss, file_ + ": read error");
  return false;
}

void CompletionReader::check_whole(const Group& group) const {
  if (static_cast<int64_t>(group.completions.size()) != num_generations_)
    throw Error(ErrorCode::invalid_argument, join("group ", group.group_id, " has ", group.completions.size(),
                                                  " completions; /grpo/num_generations is ", num_generations_));
}

/// Takes the current line into `step`, or leaves it pending for the next.
void CompletionReader::add(RecordedStep& step) {
  const Json row = Json::parse(line_);
  const auto number = row.at("step").get<int64_t>();
  if (!step.groups.empty() && number != step.step) {
    pending_ = true;
    return;
  }
  if (!row.contains("token_ids"))
    throw Error(ErrorCode::invalid_argument,
                "the record has no token_ids; it must come from a run with /log/token_ids true");
  step.step = number;
  if (step.groups.empty() || step.groups.back().group_id != row.at("group").get<std::string>()) {
    if (!step.groups.empty()) check_whole(step.groups.back());
    step.groups.push_back(read_group(row));
    const bool kept = !row.at("advantage").is_null();
    if (kept && step.kept + 1 != step.groups.size())
      throw Error(ErrorCode::invalid_argument,
                  "a group with advantages after one without; the records are out of order");
    if (kept) ++step.kept;
  }
  step.groups.back().completions.push_back(read_completion(row, functions_));
}

std::optional<RecordedStep> CompletionReader::next() {
  RecordedStep step;
  try {
    while (!pending_ || step.groups.empty()) {
      if (!read_line()) break;
      add(step);
    }
    if (step.groups.empty()) return std::nullopt;
    check_whole(step.groups.back());
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::invalid_argument,
                join(file_, ":", line_number_, ": not a record of a completion: ", e.what()));
  } catch (const Error& e) {
    if (e.code() == ErrorCode::data_loss) throw;
    throw Error(e.code(), join(file_, ":", line_number_, ": ", e.what()));
  }
  return step;
}

}  // namespace hone
