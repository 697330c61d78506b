#include "rl/distill_learner.h"

#include <gtest/gtest.h>

#include <cmath>

#include "policy/policy.h"
#include "proto/base/random.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

ModelConfig model(int64_t hidden, int64_t vocabulary = 30) {
  ModelConfig m;
  m.model_type = "llama";
  m.vocab_size = vocabulary;
  m.hidden_size = hidden;
  m.intermediate_size = 24;
  m.num_hidden_layers = 1;
  m.num_attention_heads = 4;
  m.num_key_value_heads = 2;
  m.head_dim = hidden / 4;
  m.max_position_embeddings = 64;
  m.tie_word_embeddings = true;
  return m;
}

DistillConfig config() {
  DistillConfig c;
  c.common.threads = 1;
  c.common.run.max_steps = 200;
  c.common.optim.learning_rate = 1e-2;
  return c;
}

std::vector<Group> groups(uint64_t seed) {
  PhiloxStream rng(seed);
  std::vector<Group> out(4);
  for (Group& g : out) {
    for (int i = 0; i < 4; ++i) g.prompt_token_ids.push_back(static_cast<int32_t>(rng.next_below(30)));
    for (int s = 0; s < 3; ++s) {
      Completion c;
      for (uint64_t i = 0; i < 1 + rng.next_below(7); ++i) c.token_ids.push_back(static_cast<int32_t>(rng.next_below(30)));
      c.logprobs.assign(c.token_ids.size(), -2.0f);
      g.completions.push_back(std::move(c));
    }
  }
  return out;
}

/// Mean divergence over completion tokens, one sequence at a time, by the definition: sum over v of p (log p - log q).
double slow_divergence(const ModelConfig& sm, std::span<const WeightView> sw, const ModelConfig& tm, std::span<const WeightView> tw, const std::vector<Group>& all) {
  Policy student(sm, sw, {.requires_grad = false}), teacher(tm, tw, {.requires_grad = false});
  const at::NoGradGuard no_grad;
  double sum = 0.0;
  int64_t count = 0;
  for (const Group& g : all) {
    for (const Completion& c : g.completions) {
      for (std::size_t t = 0; t < c.token_ids.size(); ++t) {
        std::vector<int32_t> ids = g.prompt_token_ids;
        ids.insert(ids.end(), c.token_ids.begin(), c.token_ids.begin() + static_cast<std::ptrdiff_t>(t));
        for (int32_t v = 0; v < sm.vocab_size; ++v) {
          std::vector<int32_t> with = ids;
          with.push_back(v);
          PackedBatch batch;
          batch.add_sequence(with, static_cast<int64_t>(ids.size()));
          const double p = student.score(batch, 1.0, Entropies::none).logprobs.item<double>(), q = teacher.score(batch, 1.0, Entropies::none).logprobs.item<double>();
          sum += std::exp(p) * (p - q);
        }
        ++count;
      }
    }
  }
  return sum / static_cast<double>(count);
}

TEST(DistillLearner, LossIsTheReverseKlByItsDefinitionHoweverItIsCut) {
  const WeightSet student = random_weights(model(16), 0.4, 1), teacher = random_weights(model(32), 0.3, 2);
  auto data = groups(3);
  data.resize(1);
  const double expected = slow_divergence(model(16), student.views(), model(32), teacher.views(), data);
  DistillConfig whole = config(), cut = config();
  cut.common.optim.max_tokens_per_micro_batch = 16;
  DistillLearner a(model(16), student.views(), model(32), teacher.views(), whole), b(model(16), student.views(), model(32), teacher.views(), cut);
  Metrics ma, mb;
  a.step(data, 0, ma);
  b.step(data, 0, mb);
  EXPECT_NEAR(ma.get("loss"), expected, 1e-4);
  EXPECT_NEAR(mb.get("loss"), expected, 1e-4);
  EXPECT_NEAR(ma.get("grad_norm"), mb.get("grad_norm"), 1e-4 * ma.get("grad_norm"));
  EXPECT_GT(expected, 0.05);
}

TEST(DistillLearner, TheStudentComesToItsTeacherAndStaysThere) {
  const WeightSet student = random_weights(model(16), 0.1, 1), teacher = random_weights(model(32), 0.3, 2);
  DistillLearner learner(model(16), student.views(), model(32), teacher.views(), config());
  const auto data = groups(3);
  Metrics first, last;
  learner.step(data, 0, first);
  for (int step = 1; step < 150; ++step) {
    last = {};
    learner.step(data, step, last);
  }
  EXPECT_LT(last.get("loss"), 0.1 * first.get("loss"));
  DistillLearner same(model(32), teacher.views(), model(32), teacher.views(), config());
  Metrics metrics;
  same.step(data, 0, metrics);
  EXPECT_LT(metrics.get("loss"), 1e-6);
}

TEST(DistillLearner, AnotherVocabularyIsRefused) {
  const WeightSet student = random_weights(model(16), 0.1, 1), teacher = random_weights(model(16, 31), 0.3, 2);
  EXPECT_HONE_ERROR(DistillLearner(model(16), student.views(), model(16, 31), teacher.views(), config()), ErrorCode::invalid_argument,
                    "its vocabulary of 31 tokens is not the student's of 30");
}

}  // namespace
}  // namespace hone
