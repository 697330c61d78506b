#include "rl/grpo_loss_config.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/log.h"

namespace hone {

namespace {

constexpr std::array kLossTypes = {LossType::grpo,  LossType::bnpo, LossType::dr_grpo, LossType::dapo,
                                   LossType::cispo, LossType::sapo, LossType::luspo,   LossType::vespo};
constexpr std::array kSamplerCorrections = {SamplerCorrection::none, SamplerCorrection::token_truncate,
                                            SamplerCorrection::token_mask, SamplerCorrection::sequence_truncate,
                                            SamplerCorrection::sequence_mask};

template <class Values>
auto value_named(const Values& values, std::string_view setting, std::string_view name) {
  std::string known;
  for (const auto value : values) {
    if (name == to_string(value)) return value;
    known += (known.empty() ? "" : ", ") + std::string(to_string(value));
  }
  throw Error(ErrorCode::invalid_argument, std::string(setting) + " \"" + std::string(name) + "\": known are " + known);
}

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::invalid_argument, message);
}

bool positive(double value) { return std::isfinite(value) && value > 0.0; }

}  // namespace

std::string_view to_string(LossType value) {
  switch (value) {
    case LossType::grpo: return "grpo";
    case LossType::bnpo: return "bnpo";
    case LossType::dr_grpo: return "dr_grpo";
    case LossType::dapo: return "dapo";
    case LossType::cispo: return "cispo";
    case LossType::sapo: return "sapo";
    case LossType::luspo: return "luspo";
    case LossType::vespo: return "vespo";
  }
  return "unknown";
}

LossType loss_type_from_string(std::string_view name) { return value_named(kLossTypes, "loss_type", name); }

std::string_view to_string(ImportanceSamplingLevel value) {
  return value == ImportanceSamplingLevel::token ? "token" : "sequence";
}

ImportanceSamplingLevel importance_sampling_level_from_string(std::string_view name) {
  return value_named(std::array{ImportanceSamplingLevel::token, ImportanceSamplingLevel::sequence},
                     "importance_sampling_level", name);
}

std::string_view to_string(SamplerCorrection value) {
  switch (value) {
    case SamplerCorrection::none: return "none";
    case SamplerCorrection::token_truncate: return "token_truncate";
    case SamplerCorrection::token_mask: return "token_mask";
    case SamplerCorrection::sequence_truncate: return "sequence_truncate";
    case SamplerCorrection::sequence_mask: return "sequence_mask";
  }
  return "unknown";
}

SamplerCorrection sampler_correction_from_string(std::string_view name) {
  return value_named(kSamplerCorrections, "sampler_importance_sampling", name);
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
  for (const auto& [name, value] : {std::pair("vespo_k_pos", config.vespo.k_pos),
                                    {"vespo_lambda_pos", config.vespo.lambda_pos},
                                    {"vespo_k_neg", config.vespo.k_neg},
                                    {"vespo_lambda_neg", config.vespo.lambda_neg}}) {
    require(std::isfinite(value) && value >= 0.0, join(name, " ", value, " must be a finite number >= 0"));
  }
  if (config.sampler_is_clip_max) {
    require(positive(*config.sampler_is_clip_max),
            join("sampler_is_clip_max ", *config.sampler_is_clip_max, " must be a finite number > 0"));
  }
  if (config.sampler_is_clip_min) {
    require(std::isfinite(*config.sampler_is_clip_min) && *config.sampler_is_clip_min >= 0.0,
            join("sampler_is_clip_min ", *config.sampler_is_clip_min, " must be a finite number >= 0"));
  }
  if (config.off_policy_mask_threshold) {
    require(positive(*config.off_policy_mask_threshold),
            join("off_policy_mask_threshold ", *config.off_policy_mask_threshold, " must be a finite number > 0"));
  }
  require(config.top_entropy_quantile >= 0.0 && config.top_entropy_quantile <= 1.0,
          join("top_entropy_quantile ", config.top_entropy_quantile, " must be in [0, 1]"));
  require(std::isfinite(config.entropy_coef), join("entropy_coef ", config.entropy_coef, " must be a finite number"));
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
