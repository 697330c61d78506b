#include "rl/evaluator.h"

#include <gtest/gtest.h>

#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"
#include "tests/rl/fake_rollout.h"

namespace hone {
namespace {

std::vector<TokenizedProblem> problems() {
  std::vector<TokenizedProblem> out(4);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].problem.id = std::to_string(i);
    out[i].problem.task = i < 2 ? "low" : "high";
    out[i].problem.prompt = "p";
    out[i].problem.reference = i == 1 ? "wrong" : std::to_string(i) + "/0";
    out[i].prompt_token_ids = {1};
  }
  return out;
}

TEST(Evaluator, CountsRightAnswersByTaskWithWilsonInterval) {
  FakeRollout source;
  FakeRewarder rewarder;
  const EvalResult r = evaluate(problems(), source, rewarder, {}, nullptr);
  EXPECT_DOUBLE_EQ(r.summary.accuracy, 0.75);
  EXPECT_DOUBLE_EQ(r.summary.tasks.at("low").accuracy, 0.5);
  EXPECT_DOUBLE_EQ(r.summary.tasks.at("high").accuracy, 1.0);
  EXPECT_NEAR(r.summary.low, 0.3006, 1e-3);   // Wilson, 3 of 4
  EXPECT_NEAR(r.summary.high, 0.9544, 1e-3);
  EXPECT_DOUBLE_EQ(r.summary.truncated, 1.0);
  EXPECT_EQ(r.records[1].accuracy, 0.0);
  EXPECT_EQ(accuracy_text(r.summary), "75.0 % [30.1, 95.4]");
}

TEST(Evaluator, SeveralSamplesAndALimit) {
  FakeRollout source;
  FakeRewarder rewarder;
  EvalOptions options;
  options.num_generations = 2;
  options.limit = 2;
  const EvalResult r = evaluate(problems(), source, rewarder, options, nullptr);
  EXPECT_EQ(r.summary.problems, 2);
  EXPECT_DOUBLE_EQ(r.summary.accuracy, 0.25);
  EXPECT_GE(source.seen.at(0).key.step, 0x80000000u) << "evaluation draws from its own streams";
}

TEST(Evaluator, PairedComparison) {
  std::vector<EvalRecord> before, after;
  for (int i = 0; i < 40; ++i) {
    before.push_back({std::to_string(i), "", "", "", "", i < 10 ? 1.0 : 0.0});
    after.push_back({std::to_string(i), "", "", "", "", i >= 2 && i < 30 ? 1.0 : 0.0});
  }
  const PairedComparison p = compare_paired(before, after, 1);
  EXPECT_EQ(p.fixed, 20);
  EXPECT_EQ(p.broken, 2);
  EXPECT_DOUBLE_EQ(p.difference, 18.0 / 40);
  EXPECT_GT(p.low, 0.2);
  EXPECT_LT(p.high, 0.7);
  EXPECT_NEAR(p.mcnemar_p, 1.211e-4, 1e-6);  // 2 * P(Binomial(22, 1/2) <= 2)
  after.pop_back();
  EXPECT_HONE_ERROR(compare_paired(before, after, 1), ErrorCode::invalid_argument, "same problems");
}

TEST(Evaluator, RecordsRoundTrip) {
  const TemporaryFolder folder;
  const EvalRecord record{"7", "sum", "1 + 1 =", "2", " 2\n", 1.0};
  const auto back = read_eval_records(folder.write("e.jsonl", eval_record_line(record) + "\n"));
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].text, record.text);
  EXPECT_EQ(back[0].accuracy, 1.0);
  EXPECT_HONE_ERROR(read_eval_records(folder.write("bad.jsonl", "{}\n")), ErrorCode::invalid_argument, "bad.jsonl:1");
}

}  // namespace
}  // namespace hone
