// The algorithm's options through the learner: the packed, shared and cut computation against a plain one, and what each option does
// to the weights.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "policy/policy.h"
#include "rl/grpo_loss.h"
#include "rl/high_entropy.h"
#include "rl/micro_batch.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/learner_samples.h"

namespace hone {
namespace {

TrainConfig with_type(const std::string& type) {
  TrainConfig c = config();
  c.grpo.loss_type = type;
  if (type == "cispo") c.grpo.epsilon_high = 3.0;
  if (type == "luspo") c.grpo.importance_sampling_level = "sequence";
  c.optim.max_grad_norm = 0;  // the first moment is then a tenth of the gradient
  return c;
}

TrainConfig with_all_options(const std::string& type) {
  TrainConfig c = with_type(type);
  c.grpo.beta = 0.05;
  c.grpo.entropy_coef = 0.01;
  c.grpo.top_entropy_quantile = 0.5;
  c.grpo.off_policy_mask_threshold = 0.05;
  c.grpo.sampler_importance_sampling = "token_truncate";
  c.grpo.sampler_is_clip_max = 1.5;
  c.grpo.sampler_is_clip_min = 0.5;
  return c;
}

constexpr const char* kTypeNames[] = {"dapo", "grpo", "bnpo", "dr_grpo", "cispo", "sapo", "luspo", "vespo"};

/// Gradients by name, from the first moment after one step.
std::map<std::string, std::vector<float>> gradients(const Learner& learner) {
  std::map<std::string, std::vector<float>> out;
  for (const WeightView& v : learner.moments()) {
    if (!v.name.starts_with("exp_avg.")) continue;
    for (const float value : v.data) out[v.name.substr(8)].push_back(10.0f * value);
  }
  return out;
}

/// The same from one sequence at a time, its prompt repeated, without packing, and one evaluation of the loss over all of them.
std::map<std::string, std::vector<float>> plain_gradients(const WeightSet& start, const std::vector<Group>& data,
                                                          const TrainConfig& c, double& loss) {
  Policy policy(tiny_model(), start.views(), {});
  PolicyOptions frozen;
  frozen.requires_grad = false;
  Policy reference(tiny_model(), start.views(), frozen);
  std::vector<at::Tensor> logprobs, entropies, references;
  std::vector<double> advantages, entropy_values;
  std::vector<float> sampling;
  std::vector<int64_t> begin{0};
  for (const Group& g : data) {
    for (std::size_t i = 0; i < g.completions.size(); ++i) {
      PackedBatch batch;
      std::vector<int32_t> ids = g.prompt_token_ids;
      ids.insert(ids.end(), g.completions[i].token_ids.begin(), g.completions[i].token_ids.end());
      batch.add_sequence(ids, static_cast<int64_t>(g.prompt_token_ids.size()));
      const TokenScores scores = policy.score(batch, 1.0, Entropies::with_gradient);
      logprobs.push_back(scores.logprobs);
      entropies.push_back(scores.entropies);
      references.push_back(reference.score(batch, 1.0, Entropies::none).logprobs);
      advantages.push_back(g.advantages[i]);
      sampling.insert(sampling.end(), g.completions[i].logprobs.begin(), g.completions[i].logprobs.end());
      begin.push_back(static_cast<int64_t>(sampling.size()));
    }
  }
  LossInputs inputs;
  inputs.logprobs = at::cat(logprobs);
  inputs.entropies = at::cat(entropies);
  inputs.reference_logprobs = at::cat(references);
  inputs.sampling_logprobs = at::tensor(sampling);
  inputs.advantages = advantages;
  inputs.sequence_begin = begin;
  for (int64_t i = 0; i < inputs.entropies.numel(); ++i) entropy_values.push_back(inputs.entropies[i].item<double>());
  const HighEntropy high = high_entropy(entropy_values, c.grpo.top_entropy_quantile);
  const StepTotals totals{static_cast<double>(advantages.size()), static_cast<double>(sampling.size()),
                          static_cast<double>(high.count), high.threshold};
  const LossOutput output = grpo_loss(inputs, totals, loss_config(c.grpo, c.sampling.max_completion_length));
  output.loss.backward();
  loss = output.loss.item<double>();
  std::map<std::string, std::vector<float>> out;
  for (std::size_t i = 0; i < policy.parameters().size(); ++i) {
    const at::Tensor gradient = policy.parameters()[i].grad().contiguous();
    out[policy.parameter_names()[i]].assign(gradient.const_data_ptr<float>(),
                                            gradient.const_data_ptr<float>() + gradient.numel());
  }
  return out;
}

void expect_same_gradients(const std::map<std::string, std::vector<float>>& actual,
                           const std::map<std::string, std::vector<float>>& expected, const std::string& what) {
  double largest = 0.0, difference = 0.0;
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, values] : expected) {
    ASSERT_EQ(actual.at(name).size(), values.size()) << name;
    for (std::size_t i = 0; i < values.size(); ++i) {
      largest = std::max(largest, std::fabs(double{values[i]}));
      difference = std::max(difference, std::fabs(double{values[i]} - double{actual.at(name)[i]}));
    }
  }
  EXPECT_GT(largest, 0.0) << what;
  EXPECT_LT(difference, 2e-5 * largest) << what;
}

TEST(LearnerOptions, MicroBatchesPackingAndPromptSharingChangeNoGradient) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  auto data = groups(5);
  for (const char* type : kTypeNames) {
    TrainConfig whole = with_all_options(type), cut = whole, finest = whole;
    cut.optim.max_tokens_per_micro_batch = 30;
    finest.optim.max_tokens_per_micro_batch = 1;
    double loss = 0.0;
    const auto expected = plain_gradients(start, data, whole, loss);
    for (const TrainConfig& c : {whole, cut, finest}) {
      Learner learner(tiny_model(), start.views(), c);
      Metrics m;
      learner.step(data, 0, m);
      EXPECT_NEAR(m.get("loss"), loss, 1e-5 * std::fabs(loss) + 1e-7) << type;
      const std::string what = std::string(type) + " in " +
                               std::to_string(static_cast<int>(m.get("learner/micro_batches"))) + " micro-batches";
      expect_same_gradients(gradients(learner), expected, what);
    }
  }
}

TEST(LearnerOptions, SeveralUpdatesOfAStepKeepTheRatioToItsStart) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  const auto data = groups(5);
  for (const char* type : kTypeNames) {
    TrainConfig c = with_type(type), cut = c;
    Learner one(tiny_model(), start.views(), c);
    c.grpo.steps_per_generation = cut.grpo.steps_per_generation = 2;
    cut.optim.max_tokens_per_micro_batch = 16;
    Learner two(tiny_model(), start.views(), c), two_cut(tiny_model(), start.views(), cut);
    Metrics m1, m2, m3;
    one.step(data, 0, m1);
    two.step(data, 0, m2);
    two_cut.step(data, 0, m3);
    EXPECT_EQ(m1.get("learner/mean_abs_log_ratio"), 0.0) << type;
    EXPECT_GT(m2.get("learner/mean_abs_log_ratio"), 0.0) << type;
    EXPECT_NEAR(m2.get("loss"), m3.get("loss"), 1e-4 * std::fabs(m2.get("loss")) + 1e-5) << type;
    EXPECT_NE(copy(one.weights()), copy(two.weights())) << type;
    EXPECT_EQ(m1.get("learner/trained_tokens"), m2.get("learner/trained_tokens"));
    TrainerState state;
    two.save(state);
    EXPECT_EQ(state.optimizer_step, 2);
  }
}

TEST(LearnerOptions, GroupsOfAnUpdateAreWholeAndCoverTheStep) {
  std::vector<Group> data(7);
  for (std::size_t i = 0; i < 7; ++i) data[i].slot = static_cast<uint32_t>(i);
  for (int64_t count = 1; count <= 7; ++count) {
    std::vector<uint32_t> seen;
    for (int64_t i = 0; i < count; ++i) {
      const auto part = groups_of_update(data, i, count);
      EXPECT_LE(part.size(), static_cast<std::size_t>((7 + count - 1) / count));
      EXPECT_GE(part.size(), static_cast<std::size_t>(7 / count));
      for (const Group& g : part) seen.push_back(g.slot);
    }
    EXPECT_EQ(seen, (std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6}));
  }
}

TEST(LearnerOptions, ATruncatedSamplerRatioScalesTheGradient) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  auto data = groups(5);
  for (Group& g : data)
    for (Completion& c : g.completions)
      c.logprobs.assign(c.token_ids.size(), -40.0f);  // far less likely than to the learner
  TrainConfig plain = with_type("dapo"), corrected = plain;
  corrected.grpo.sampler_importance_sampling = "token_truncate";
  corrected.grpo.sampler_is_clip_max = 2.0;
  Learner a(tiny_model(), start.views(), plain), b(tiny_model(), start.views(), corrected);
  Metrics ma, mb;
  a.step(data, 0, ma);
  b.step(data, 0, mb);
  EXPECT_NEAR(mb.get("grad_norm"), 2.0 * ma.get("grad_norm"), 1e-5 * ma.get("grad_norm"));
  EXPECT_EQ(mb.get("sampling/importance_sampling_ratio/mean"), 2.0);
  EXPECT_TRUE(std::isnan(ma.get("sampling/importance_sampling_ratio/mean")));
  EXPECT_GT(ma.get("sampling/sampling_logp_difference/mean"), 30.0);
  corrected.grpo.sampler_importance_sampling = "sequence_mask";
  Learner c(tiny_model(), start.views(), corrected);
  Metrics mc;
  c.step(data, 0, mc);
  EXPECT_EQ(mc.get("grad_norm"), 0.0);  // every sequence is masked
}

TEST(LearnerOptions, TheEntropyBonusRaisesEntropyWithoutAnyReward) {
  const WeightSet start = random_weights(tiny_model(), 0.5, 1);
  auto data = groups(5);
  for (Group& g : data) g.advantages.assign(g.completions.size(), 0.0);
  for (const double sign : {1.0, -1.0}) {
    TrainConfig c = with_type("dapo");
    c.grpo.entropy_coef = sign * 0.1;
    c.optim.learning_rate = 1e-3;
    Learner learner(tiny_model(), start.views(), c);
    Metrics first, last;
    learner.step(data, 0, first);
    for (int i = 1; i < 4; ++i) learner.step(data, i, last);
    EXPECT_GT(sign * (last.get("entropy") - first.get("entropy")), 1e-4);
    EXPECT_EQ(first.get("policy_loss"), 0.0);
    EXPECT_NEAR(first.get("loss"), -sign * 0.1 * first.get("entropy"), 1e-6);
  }
}

TEST(LearnerOptions, TheReferenceFollowsThePolicyWhereItIsToldTo) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  TrainConfig c = with_type("grpo");
  c.grpo.beta = 0.1;
  Learner frozen(tiny_model(), start.views(), c);
  EXPECT_TRUE(frozen.reference().empty());
  c.grpo.sync_ref_model = true;
  c.grpo.ref_model_mixup_alpha = 0.25;
  c.grpo.ref_model_sync_steps = 2;
  Learner learner(tiny_model(), start.views(), c);
  Metrics m;
  learner.step(groups(1), 0, m);
  EXPECT_EQ(copy(learner.reference()), copy(start.views()));
  learner.step(groups(2), 1, m);
  const auto policy = copy(learner.weights()), reference = copy(learner.reference()), before = copy(start.views());
  for (std::size_t i = 0; i < policy.size(); ++i)
    for (std::size_t j = 0; j < policy[i].size(); ++j)
      EXPECT_NEAR(reference[i][j], 0.75f * before[i][j] + 0.25f * policy[i][j], 1e-6f);
}

TEST(LearnerOptions, AMovedReferenceSurvivesACheckpoint) {
  const TemporaryFolder folder;
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  TrainConfig c = with_type("grpo");
  c.grpo.beta = 0.1;
  c.grpo.sync_ref_model = true;
  c.grpo.ref_model_sync_steps = 2;
  c.grpo.num_iterations = 2;
  Learner a(tiny_model(), start.views(), c), b(tiny_model(), start.views(), c);
  Metrics m;
  for (int step = 0; step < 3; ++step) a.step(groups(static_cast<uint64_t>(step)), step, m);
  TrainerState state;
  state.step = 3;
  a.save(state);
  save_checkpoint(folder.path(), state, a.weights(), a.moments(), 1, a.reference());
  b.restore(load_checkpoint(*newest_checkpoint(folder.path())));
  Metrics ma, mb;
  for (int step = 3; step < 6; ++step) {
    a.step(groups(static_cast<uint64_t>(step)), step, ma);
    b.step(groups(static_cast<uint64_t>(step)), step, mb);
  }
  EXPECT_EQ(copy(a.weights()), copy(b.weights()));
  EXPECT_EQ(copy(a.reference()), copy(b.reference()));
  EXPECT_EQ(ma.get("kl"), mb.get("kl"));
}

}  // namespace
}  // namespace hone
