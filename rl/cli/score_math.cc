#include "rl/cli/score_math.h"

#include <array>
#include <iostream>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rewards/math/verify.h"
#include "rewards/settings.h"

namespace hone {
namespace {

std::string either_field(const Json& row, std::array<const char*, 2> names, const std::string& where) {
  for (const char* name : names) {
    const auto it = row.find(name);
    if (it == row.end()) continue;
    if (!it->is_string()) throw Error(ErrorCode::invalid_argument, where + ": field '" + name + "' must be a string");
    return it->get<std::string>();
  }
  throw Error(ErrorCode::invalid_argument, where + ": field '" + names[0] + "' (or '" + names[1] + "') is missing");
}

math::Mode mode_field(const Json& row, math::Mode fallback, const std::string& where) {
  if (!row.contains("mode")) return fallback;
  const std::string name = either_field(row, {"mode", "mode"}, where);
  try {
    return math::mode_from_string(name);
  } catch (const Error& error) {
    throw Error(error.code(), where + ": " + error.what());
  }
}

}  // namespace

int score_math(const std::string& file, const std::string& settings) {
  const Json parsed = parse_json(settings, "--settings");
  Settings reader(parsed, "--settings");
  const math::Mode default_mode = math::mode_from_string(reader.text("mode", "response"));
  const math::Policy policy = math::read_policy(reader);
  reader.reject_unknown();
  std::ios::sync_with_stdio(false);
  for_each_jsonl(file, [&](const Json& row, std::size_t line) {
    const std::string where = file + ":" + std::to_string(line);
    const std::string gold = either_field(row, {"gold", "reference"}, where);
    const std::string pred = either_field(row, {"pred", "completion"}, where);
    const math::Mode mode = mode_field(row, default_mode, where);
    const math::Judgement j = math::verify(gold, pred, mode, policy);
    OrderedJson out;
    if (row.contains("id")) out["id"] = row["id"];
    out["score"] = j.verdict == math::Verdict::correct ? 1.0 : 0.0;
    out["outcome"] = math::to_string(j.verdict);
    out["gold_parsed"] = j.gold_parsed;
    out["pred_parsed"] = j.pred_parsed;
    out["rule"] = j.rule;
    std::cout << dump_line(out) << '\n';
    if (file == "-") std::cout.flush();
  });
  std::cout.flush();
  return 0;
}

}  // namespace hone
