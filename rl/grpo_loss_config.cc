#include "rl/grpo_loss_config.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "proto/base/error.h"
#include "proto/base/log.h"

namespace hone {

namespace {

constexpr std::array kLossTypes = {LossType::grpo, LossType::bnpo,  LossType::dr_grpo,
                                   LossType::dapo, LossType::cispo, LossType::sapo};

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::invalid_argument, message);
}

bool positive(double value) { return std::isfinite(value) && value > 0.0; }

}  // namespace

std::string_view to_string(LossType value) {
  switch (value) {
    case LossType::grpo:
      return "grpo";
    case LossType::bnpo:
      return "bnpo";
    case LossType::dr_grpo:
      return "dr_grpo";
    case LossType::dapo:
      return "dapo";
    case LossType::cispo:
      return "cispo";
    case LossType::sapo:
      return "sapo";
  }
  return "unknown";
}

LossType loss_type_from_string(std::string_view name) {
  std::string known;
  for (LossType value : kLossTypes) {
    if (name == to_string(value)) return value;
    known += (known.empty() ? "" : ", ") + std::string(to_string(value));
  }
  throw Error(ErrorCode::invalid_argument, "loss_type \"" + std::string(name) + "\": known are " + known);
}

std::string_view to_string(ImportanceSamplingLevel value) {
  return value == ImportanceSamplingLevel::token ? "token" : "sequence";
}

ImportanceSamplingLevel importance_sampling_level_from_string(std::string_view name) {
  for (auto value : {ImportanceSamplingLevel::token, ImportanceSamplingLevel::sequence}) {
    if (name == to_string(value)) return value;
  }
  throw Error(ErrorCode::invalid_argument,
              "importance_sampling_level \"" + std::string(name) + "\": known are token, sequence");
}

void validate(const GrpoLossConfig& config) {
  require(config.epsilon >= 0.0 && config.epsilon <= 1.0, join("epsilon ", config.epsilon, " must be in [0, 1]"));
  if (config.loss_type == LossType::cispo) {
    require(config.epsilon_high.has_value(),
            "epsilon_high must be set for loss_type cispo: the largest weight of a token, e.g. 5");
  }
  if (config.epsilon_high) {
    require(std::isfinite(*config.epsilon_high) && *config.epsilon_high >= 0.0,
            join("epsilon_high ", *config.epsilon_high, " must be a finite number >= 0"));
  }
  if (config.delta) require(positive(*config.delta), join("delta ", *config.delta, " must be a finite number > 0"));
  require(std::isfinite(config.beta) && config.beta >= 0.0,
          join("beta ", config.beta, " must be a finite number >= 0"));
  require(positive(config.sapo_temperature_pos),
          join("sapo_temperature_pos ", config.sapo_temperature_pos, " must be > 0"));
  require(positive(config.sapo_temperature_neg),
          join("sapo_temperature_neg ", config.sapo_temperature_neg, " must be > 0"));
  require(config.max_completion_length >= 1,
          join("max_completion_length ", config.max_completion_length, " must be >= 1"));
}

int64_t loss_token_count(const GrpoLossConfig& config, std::span<const int64_t> sequence_begin,
                         std::span<const uint8_t> truncated) {
  HONE_CHECK(!sequence_begin.empty(), "sequence_begin needs at least one offset");
  HONE_CHECK(truncated.empty() || truncated.size() + 1 == sequence_begin.size(), "truncated needs one flag a sequence");
  int64_t tokens = 0;
  for (std::size_t s = 0; s + 1 < sequence_begin.size(); ++s) {
    const bool masked = config.mask_truncated_completions && !truncated.empty() && truncated[s] != 0;
    if (!masked) tokens += sequence_begin[s + 1] - sequence_begin[s];
  }
  return tokens;
}

}  // namespace hone
