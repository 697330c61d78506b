#include "rl/data/pass_rates.h"

#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/data/row_fields.h"
#include "rl/right_score.h"

namespace hone {
namespace {

std::optional<double> number(const Json& row, const char* field) {
  const auto it = row.find(field);
  return it != row.end() && it->is_number() ? std::optional(it->get<double>()) : std::nullopt;
}

}  // namespace

void PassRates::read(const std::string& file) {
  for_each_jsonl(file, [&](const Json& row, std::size_t line) {
    const std::string where = file + ":" + std::to_string(line);
    const char* id_field = row.contains("problem") ? "problem" : "id";
    Rate& rate = rates_[digest64(field_text(row, id_field, where))];
    if (const auto accuracy = number(row, "accuracy")) {
      rate.right += *accuracy;
      rate.scored += 1.0;
      return;
    }
    const char* score_field = row.contains("reward") ? "reward" : "score";
    if (!row.contains(score_field))
      throw Error(ErrorCode::invalid_argument, where + ": has none of the fields accuracy (hone eval --records), reward (completions.jsonl), "
                                                       "score (hone generate --reward)");
    const auto score = number(row, score_field);
    const bool scored = score && (!row.contains("outcome") || row["outcome"] == "scored");
    if (!scored) return;
    rate.right += reaches(*score, 1.0) ? 1.0 : 0.0;
    rate.scored += 1.0;
  });
}

std::optional<double> PassRates::find(std::string_view id) const {
  const auto it = rates_.find(digest64(id));
  if (it == rates_.end() || it->second.scored == 0) return std::nullopt;
  return it->second.right / it->second.scored;
}

}  // namespace hone
