#include "rl/grpo_section.h"

#include "proto/base/error.h"
#include "proto/base/log.h"

namespace hone {
namespace {

constexpr Range kNotNegative{.min = 0};
constexpr Range kOverZero{.min = 0, .min_open = true};
constexpr Range kShare{.min = 0, .max = 1};

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

void visit_loss(ConfigVisitor& v, GrpoSection& c) {
  v.choice(
      "loss_type", c.loss_type, {"dapo", "grpo", "bnpo", "dr_grpo", "cispo", "sapo", "luspo", "vespo"},
      "dapo (arXiv:2503.14476), grpo (arXiv:2402.03300), bnpo (TRL), dr_grpo (arXiv:2503.20783), cispo (arXiv:2506.13585), "
      "sapo (arXiv:2511.20347), luspo (arXiv:2602.05261), vespo (arXiv:2602.10693)");
  v.field("epsilon", c.epsilon, {.min = 0, .max = 1, .min_open = true},
          "lower clip range of the ratio (PPO, arXiv:1707.06347), and the upper one unless epsilon_high is set");
  v.field("epsilon_high", c.epsilon_high, kOverZero,
          "upper clip range (DAPO, arXiv:2503.14476, recommends 0.28); null = epsilon. cispo: largest weight of a token, must "
          "be set (e.g. 5)");
  v.field("delta", c.delta, kOverZero,
          "upper bound of the ratio in the unclipped branch (two-sided clipping, arXiv:2505.07291); null = off");
  v.choice("importance_sampling_level", c.importance_sampling_level, {"token", "sequence"},
           "ratio by token, or by sequence (GSPO, arXiv:2507.18071; recommended for luspo)");
  v.field("mask_truncated_completions", c.mask_truncated_completions,
          "leave completions that hit the length limit out of the loss (DAPO, arXiv:2503.14476)");
  v.field("sapo_temperature_pos", c.sapo_temperature_pos, kOverZero,
          "sapo: temperature of the gate for positive advantages (arXiv:2511.20347)");
  v.field("sapo_temperature_neg", c.sapo_temperature_neg, kOverZero, "sapo: the same for the others (arXiv:2511.20347)");
  v.field("vespo_k_pos", c.vespo_k_pos, kNotNegative,
          "vespo: exponent k of the weight w^k e^(-lambda w), advantages >= 0 (arXiv:2602.10693)");
  v.field("vespo_lambda_pos", c.vespo_lambda_pos, kNotNegative, "vespo: decay lambda, advantages >= 0 (arXiv:2602.10693)");
  v.field("vespo_k_neg", c.vespo_k_neg, kNotNegative, "vespo: exponent, negative advantages (arXiv:2602.10693)");
  v.field("vespo_lambda_neg", c.vespo_lambda_neg, kNotNegative, "vespo: decay, negative advantages (arXiv:2602.10693)");
}

void visit_reference(ConfigVisitor& v, GrpoSection& c) {
  v.field("beta", c.beta, kNotNegative,
          "weight of the k3 KL term to the reference policy (arXiv:2402.03300); 0 = no reference model is held");
  v.field("use_bias_correction_kl", c.use_bias_correction_kl,
          "multiply the KL term by the ratio: its gradient is then unbiased (DeepSeek-V3.2, arXiv:2512.02556)");
  v.field("sync_ref_model", c.sync_ref_model,
          "move the reference policy towards the trained one as the run goes on (TR-DPO, arXiv:2404.09656); false: it "
          "stays the start policy");
  v.field("ref_model_mixup_alpha", c.ref_model_mixup_alpha, kShare,
          "share of the trained policy in the new reference (TR-DPO, arXiv:2404.09656)");
  v.field("ref_model_sync_steps", c.ref_model_sync_steps, {.min = 1}, "steps between two synchronisations (TR-DPO, arXiv:2404.09656)");
}

void visit_selection(ConfigVisitor& v, GrpoSection& c) {
  v.field("top_entropy_quantile", c.top_entropy_quantile, kShare,
          "train only the top share of tokens by entropy (arXiv:2506.01939 recommends 0.2); 1 = all. Costs a forward "
          "pass more");
  v.field("entropy_coef", c.entropy_coef, {},
          "weight of the mean entropy in the objective (arXiv:1602.01783): > 0 encourages exploration");
  v.field("off_policy_mask_threshold", c.off_policy_mask_threshold, kOverZero,
          "drop completions with a negative advantage whose mean log(sampler / policy) exceeds this (DeepSeek-V3.2, "
          "arXiv:2512.02556); null = off");
  v.choice("sampler_importance_sampling", c.sampler_importance_sampling,
           {"auto", "none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"},
           "correct stale or otherwise different rollouts by policy / sampler, by token or sequence, cut to the bounds "
           "or zeroed outside (TIS, Yao et al. 2025; MIS, Liu et al. 2025; TRL: vllm_importance_sampling_mode); auto = token_truncate where "
           "rollout.max_staleness is over 0, else none");
  v.field("sampler_is_clip_max", c.sampler_is_clip_max, {.min = 1}, "upper bound of that ratio (TRL: vllm_importance_sampling_clip_max); null = none");
  v.field("sampler_is_clip_min", c.sampler_is_clip_min, kShare, "lower bound of that ratio (MIS, Liu et al. 2025); null = none");
}

}  // namespace

void visit(ConfigVisitor& v, GrpoSection& c) {
  v.field("num_generations", c.num_generations, {.min = 2, .max = 1024}, "completions a prompt (the group size G of arXiv:2402.03300)");
  v.field("prompts_per_step", c.prompts_per_step, {.min = 1, .max = 65536}, "prompts of one step");
  v.choice("advantage_estimator", c.advantage_estimator, {"grpo", "rloo", "reinforce_plus_plus_baseline", "reinforce"},
           "what a reward is compared with: the group's mean (arXiv:2402.03300), the mean of the others (RLOO, "
           "arXiv:2402.14740), the group's mean and "
           "then the batch's deviation (REINFORCE++ baseline, arXiv:2501.03262), nothing (REINFORCE, Williams 1992)");
  v.choice("scale_rewards", c.scale_rewards, {"group", "batch", "none"},
           "estimator grpo: divide advantages by the deviation of the group (arXiv:2402.03300), of the batch (arXiv:2508.08221), or not "
           "(Dr. GRPO, arXiv:2503.20783)");
  v.choice("multi_objective_aggregation", c.multi_objective_aggregation, {"sum_then_normalize", "normalize_then_sum"},
           "estimator grpo, several reward functions: add, then normalise; or normalise each, then add (GDPO, "
           "arXiv:2601.05242)");
  visit_loss(v, c);
  visit_reference(v, c);
  v.field("num_iterations", c.num_iterations, {.min = 1, .max = 64},
          "passes over each step's completions (mu of arXiv:2402.03300)");
  v.field("steps_per_generation", c.steps_per_generation, {.min = 1, .max = 1024},
          "updates of one pass: the step's prompts are cut into so many runs of whole groups (mini-batches, "
          "arXiv:1707.06347)");
  visit_selection(v, c);
}

void visit(ConfigVisitor& v, DynamicSamplingSection& c) {
  v.field("enabled", c.enabled,
          "sample more prompts until the step has prompts_per_step groups that teach (DAPO, arXiv:2503.14476)");
  v.field("max_tries", c.max_tries, {.min = 1, .max = 1000},
          "rounds of sampling at most (no paper; verl: max_num_gen_batches); after them the step trains on what it has");
  v.field("min_std", c.min_std, kNotNegative, "keep a group whose rewards deviate by more than this (0: DAPO, arXiv:2503.14476)");
  v.field("min_mean", c.min_mean, {}, "and whose mean reward is at least this (PRIME, arXiv:2502.01456); null = no bound");
  v.field("max_mean", c.max_mean, {}, "and at most this (PRIME, arXiv:2502.01456); null = no bound");
}

void visit(ConfigVisitor& v, CurriculumSection& c) {
  v.field("enabled", c.enabled, "choose problems by difficulty: those outside the band rest (Kimi k1.5, arXiv:2501.12599)");
  v.field("pass_reward", c.pass_reward, {}, "a completion passes when its reward is at least this (no paper)");
  v.field("min_pass_rate", c.min_pass_rate, kShare,
          "a problem below this share of passes is too hard: queued to be tried again later (Kimi k1.5, arXiv:2501.12599)");
  v.field("max_pass_rate", c.max_pass_rate, kShare, "a problem above it is too easy: left out for a while (Kimi k1.5, arXiv:2501.12599)");
  v.field("requeue_after", c.requeue_after, {.min = 1}, "steps until a too hard problem is tried again (Kimi k1.5, arXiv:2501.12599)");
  v.field("requeue_share", c.requeue_share, kShare,
          "largest share of a round's prompts that come from the queue of too hard ones (Kimi k1.5, arXiv:2501.12599)");
  v.field("rest_after_pass", c.rest_after_pass, {.min = 1}, "steps for which a too easy problem is left out (Kimi k1.5, arXiv:2501.12599)");
}

GrpoLossConfig loss_config(const GrpoSection& c, int64_t max_completion_length) {
  GrpoLossConfig out;
  out.loss_type = loss_type_from_string(c.loss_type);
  out.importance_sampling_level = importance_sampling_level_from_string(c.importance_sampling_level);
  out.epsilon = c.epsilon;
  out.epsilon_high = c.epsilon_high;
  out.delta = c.delta;
  out.beta = c.beta;
  out.use_bias_correction_kl = c.use_bias_correction_kl;
  out.sapo_temperature_pos = c.sapo_temperature_pos;
  out.sapo_temperature_neg = c.sapo_temperature_neg;
  out.vespo = {c.vespo_k_pos, c.vespo_lambda_pos, c.vespo_k_neg, c.vespo_lambda_neg};
  if (c.sampler_importance_sampling != "auto")
    out.sampler_importance_sampling = sampler_correction_from_string(c.sampler_importance_sampling);
  out.sampler_is_clip_max = c.sampler_is_clip_max;
  out.sampler_is_clip_min = c.sampler_is_clip_min;
  out.off_policy_mask_threshold = c.off_policy_mask_threshold;
  out.top_entropy_quantile = c.top_entropy_quantile;
  out.entropy_coef = c.entropy_coef;
  out.mask_truncated_completions = c.mask_truncated_completions;
  out.max_completion_length = max_completion_length;
  return out;
}

AdvantageConfig advantage_config(const GrpoSection& c) {
  AdvantageConfig out;
  out.estimator = advantage_estimator_from_string(c.advantage_estimator);
  out.scale_rewards = scale_rewards_from_string(c.scale_rewards);
  out.multi_objective_aggregation = multi_objective_aggregation_from_string(c.multi_objective_aggregation);
  return out;
}

void validate(const GrpoSection& c) {
  try {
    validate(loss_config(c, 1));
  } catch (const Error& e) {
    fail("/grpo/" + std::string(e.what()));
  }
  if (c.advantage_estimator != "grpo" && c.multi_objective_aggregation != "sum_then_normalize")
    fail("/grpo/multi_objective_aggregation: " + c.multi_objective_aggregation +
         " goes with advantage_estimator grpo only");
  if (c.sync_ref_model && c.beta == 0)
    fail("/grpo/sync_ref_model: there is no reference policy to synchronise with /grpo/beta 0");
  if (c.steps_per_generation > c.prompts_per_step)
    fail(join("/grpo/steps_per_generation: ", c.steps_per_generation,
              " runs of whole groups need as many prompts; /grpo/prompts_per_step is ", c.prompts_per_step));
  if (c.sampler_importance_sampling != "auto" && c.sampler_importance_sampling != "none" && !c.sampler_is_clip_max && !c.sampler_is_clip_min)
    fail("/grpo/sampler_is_clip_max: /grpo/sampler_importance_sampling " + c.sampler_importance_sampling +
         " needs a bound, here or in sampler_is_clip_min");
}

void validate(const DynamicSamplingSection& c) {
  if (c.min_mean && c.max_mean && *c.min_mean > *c.max_mean)
    fail(join("/dynamic_sampling/min_mean: ", *c.min_mean, " is above max_mean ", *c.max_mean));
}

void validate(const CurriculumSection& c) {
  if (c.min_pass_rate >= c.max_pass_rate)
    fail(join("/curriculum/min_pass_rate: ", c.min_pass_rate, " must be below max_pass_rate ", c.max_pass_rate));
}

}  // namespace hone
