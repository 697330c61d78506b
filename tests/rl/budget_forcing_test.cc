#include "rl/budget_forcing.h"

#include <gtest/gtest.h>

#include <set>

#include "policy/generator.h"
#include "proto/base/json.h"
#include "proto/base/thread_pool.h"
#include "rl/compute_curve.h"
#include "rl/pipeline.h"
#include "rl/session.h"
#include "rollout/local_rollout.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

constexpr int32_t kSamples = 6;
constexpr uint32_t kAnswerStep = 0xC0000000u;

/// The digit-completion start model: random weights over sixteen characters, so thoughts close, end and go on by chance.
class BudgetForcingTest : public testing::Test {
 protected:
  BudgetForcingTest() : model_(open_model(std::string(HONE_SOURCE_DIR) + "/examples/digit_completion/model")), pool_(1),
                        generator_(model_.folder.config, model_.tokenizer.get(), pool_) {
    generator_.load_weights(load_weights(model_.folder).views(), 1);
    source_ = std::make_unique<LocalRollout>(make_generator_engine(generator_, model_.folder.config));
    for (const char* prompt : {"1,2:9,3<sep>", "0,4:7,5<sep>", "3,3:5,2<sep>"}) {
      TokenizedProblem p;
      p.problem.id = prompt;
      p.prompt_token_ids = model_.tokenizer->encode(prompt);
      problems_.push_back(p);
    }
    options_.seed = 5;
    options_.num_generations = kSamples;
    options_.params.temperature = 1.0;
  }

  BudgetForcer forcer(const BudgetForcing& forcing) {
    return BudgetForcer(problems_, *model_.tokenizer, model_.folder.config.max_position_embeddings, *source_, options_, forcing, nullptr);
  }
  Completion generate(std::vector<int32_t> prompt, SampleKey key, int32_t n, std::size_t sample, int32_t tokens, const std::string& stop) {
    RolloutRequest request{"", key, std::move(prompt), n, options_.params};
    request.params.max_new_tokens = tokens;
    if (!stop.empty()) request.params.stop = {stop};
    Completion out;
    source_->generate(std::span(&request, 1), [&](std::size_t, RolloutResult r) { out = r.completions.at(sample); }, nullptr);
    return out;
  }
  /// Thinks anew under each budget and continues it by hand.
  Completion slow_at_budget(std::size_t problem, std::size_t sample, int32_t budget, const BudgetForcing& f, std::string& state) {
    const std::vector<int32_t>& prompt = problems_[problem].prompt_token_ids;
    Completion c = generate(prompt, {options_.seed, kEvalStepBase, static_cast<uint32_t>(problem)}, kSamples, sample, budget, f.think_end);
    state = c.finish_reason == FinishReason::length ? "open" : c.finish_reason == FinishReason::stop_string ? "closed" : "ended";
    if (state == "ended") return c;
    std::vector<int32_t> ids = c.token_ids;
    if (state == "open")
      for (const int32_t id : model_.tokenizer->encode(f.think_end + f.answer_prefix)) ids.push_back(id);
    std::vector<int32_t> all = prompt;
    all.insert(all.end(), ids.begin(), ids.end());
    const Completion answer = generate(all, {options_.seed, kAnswerStep, static_cast<uint32_t>(problem * kSamples + sample)}, 1, 0, f.answer_length, "");
    c.text = model_.tokenizer->decode(ids, true) + answer.text;
    ids.insert(ids.end(), answer.token_ids.begin(), answer.token_ids.end());
    c.token_ids = ids;
    c.finish_reason = answer.finish_reason;
    return c;
  }

  OpenModel model_;
  ThreadPool pool_;
  Generator generator_;
  std::unique_ptr<LocalRollout> source_;
  std::vector<TokenizedProblem> problems_;
  EvalOptions options_;
};

TEST_F(BudgetForcingTest, EqualsThinkingAnewUnderEachBudget) {
  std::set<std::string> states;
  for (const std::string marker : {":", "4,", "1"}) {  // one token; a string of two; one token
    const BudgetForcing forcing{marker, "0:", ",", 3, 12};
    BudgetForcer fast = forcer(forcing);
    for (const int32_t budget : {12, 2, 5}) {
      const std::vector<Group> groups = fast.at_budget(budget);
      ASSERT_EQ(groups.size(), problems_.size());
      for (std::size_t p = 0; p < groups.size(); ++p)
        for (std::size_t i = 0; i < kSamples; ++i) {
          std::string state;
          const Completion slow = slow_at_budget(p, i, budget, forcing, state);
          states.insert(state);
          const Completion& c = groups[p].completions[i];
          EXPECT_EQ(c.token_ids, slow.token_ids) << marker << " " << budget << " " << state;
          EXPECT_EQ(c.text, slow.text) << marker << " " << budget << " " << state;
          EXPECT_EQ(c.finish_reason, slow.finish_reason);
          EXPECT_EQ(c.logprobs.size(), c.token_ids.size());
        }
    }
  }
  EXPECT_EQ(states.size(), 3u) << "every way in which a thought stops is met";
}

TEST_F(BudgetForcingTest, ExtensionsReplaceTheMarkerAndGoOn) {
  for (const std::string marker : {":", "4,", "1"}) {
    const BudgetForcing forcing{marker, "0:", ",,,", 3, 24};
    BudgetForcer f = forcer(forcing);
    const std::vector<Group> plain = f.at_budget(24), none = f.extended(0), once = f.extended(1);
    int changed = 0;
    for (std::size_t p = 0; p < plain.size(); ++p)
      for (std::size_t i = 0; i < kSamples; ++i) {
        EXPECT_EQ(none[p].completions[i].token_ids, plain[p].completions[i].token_ids);
        std::string state;
        slow_at_budget(p, i, 24, forcing, state);
        const Completion& before = plain[p].completions[i];
        const Completion& after = once[p].completions[i];
        if (state != "closed") {
          EXPECT_EQ(after.token_ids, before.token_ids);
          continue;
        }
        ++changed;
        const std::string thought = before.text.substr(0, before.text.find(marker));
        EXPECT_TRUE(after.text.starts_with(thought + ",,,")) << before.text << " -> " << after.text;
        EXPECT_LE(after.token_ids.size(), 24u + 3 + model_.tokenizer->encode(marker + "0:").size());
      }
    EXPECT_GT(changed, 0) << marker;
  }
}

TEST_F(BudgetForcingTest, RefusesWhatDoesNotFit) {
  EXPECT_HONE_ERROR(forcer({":", "", "", 64, 2000}), ErrorCode::invalid_argument, "the model's context has 2048");
  EXPECT_HONE_ERROR(forcer({"", "", "", 3, 4}), ErrorCode::invalid_argument, "/eval/think_end");
}

TEST_F(BudgetForcingTest, PointsOfTheCurve) {
  class Even : public Rewarder {  // right when the text has an even length
   public:
    void score(Group& group) override {
      for (Completion& c : group.completions) {
        c.reward.components = {{"even", c.text.size() % 2 == 0 ? 1.0 : 0.0, Outcome::scored, ""}};
        combine(c.reward, {1.0});
      }
    }
    std::vector<std::pair<std::string, double>> functions() const override { return {{"even", 1.0}}; }
  } rewarder;
  BudgetForcer f = forcer({":", "0:", ",", 3, 12});
  const std::vector<ComputeSeries> length = length_series(f, {2, 12}, 1, rewarder, options_);
  ASSERT_EQ(length.size(), 2u);
  ASSERT_EQ(length[0].points.size(), 2u);
  double tokens = 0, right = 0;
  for (const Group& g : f.at_budget(12))
    for (const Completion& c : g.completions) {
      tokens += static_cast<double>(c.token_ids.size());
      right += c.text.size() % 2 == 0 ? 1 : 0;
    }
  EXPECT_DOUBLE_EQ(length[0].points[1].tokens, tokens / 18);
  EXPECT_NEAR(length[0].points[1].accuracy.mean, right / 18, 1e-12);
  EXPECT_LT(length[0].points[0].tokens, length[0].points[1].tokens);
  EXPECT_EQ(length[1].points[0].accuracy.mean, length[0].points[1].accuracy.mean);

  EvalSummary summary;
  summary.mean_length = 7.5;
  SampleMetrics metrics;
  metrics.at = {{1, 3, {0.1, {}}, {0.25, {0.2, 0.3}}, {0.5, {}}}, {2, 3, {0.1, {}}, {0.5, {}}, {0.75, {0.7, 0.8}}}};
  const std::vector<ComputeSeries> samples = sample_series(summary, metrics);
  EXPECT_DOUBLE_EQ(samples[0].points[1].tokens, 15.0);
  EXPECT_DOUBLE_EQ(samples[1].points[1].accuracy.interval.high, 0.8);
  EXPECT_EQ(compute_curve_json(samples)[1]["points"][1].dump(), R"({"k":2,"tokens":15.0,"accuracy":0.75,"low":0.7,"high":0.8})");
  EXPECT_NE(compute_curve_text(samples).find("best@k                 2      15.0    75.0 [70.0,  80.0]"), std::string::npos) << compute_curve_text(samples);
  const std::string svg = compute_curve_svg(samples, "a < b");
  EXPECT_TRUE(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("a &lt; b"), std::string::npos);
  std::size_t circles = 0;
  for (std::size_t at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1)) ++circles;
  EXPECT_EQ(circles, 4u);
}

}  // namespace
}  // namespace hone
