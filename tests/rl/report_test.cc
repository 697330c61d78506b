#include "rl/report.h"

#include <gtest/gtest.h>

#include <limits>

#include "proto/base/json.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

TEST(Report, ChartPlacesEndsAtTheCorners) {
  const std::string chart = text_chart("t", {0, 5, 10}, {0, std::numeric_limits<double>::quiet_NaN(), 1}, 21, 5);
  EXPECT_NE(chart.find("       1 |                    *\n"), std::string::npos) << chart;
  EXPECT_NE(chart.find("       0 |*"), std::string::npos) << chart;
  EXPECT_NE(text_chart("t", {}, {}, 10, 3).find("no values"), std::string::npos);
}

TEST(Report, ShowsGainAndCost) {
  const TemporaryFolder folder;
  folder.write("metrics.jsonl",
               "{\"step\":0,\"eval/accuracy\":0.0,\"eval/accuracy_low\":0,\"eval/accuracy_high\":0.5,\"eval/time_s\":1}\n"
               "{\"step\":1,\"reward\":0.25,\"completions/mean_length\":4,\"step_time\":2.0,\"rollout/generated_tokens\":10}\n"
               "{\"step\":2,\"reward\":0.75,\"completions/mean_length\":5,\"step_time\":2.0,\"rollout/generated_tokens\":10}\n"
               "{\"step\":2,\"eval/accuracy\":1.0,\"eval/accuracy_low\":0.5,\"eval/accuracy_high\":1.0,\"eval/time_s\":1}\n");
  std::string before, after;
  for (int i = 0; i < 8; ++i) {
    const std::string row = "{\"problem\":\"" + std::to_string(i) + "\",\"task\":\"sum\",\"prompt\":\"p\",\"reference\":\"r\",\"completion\":\"c\",\"accuracy\":";
    before += row + "0.0}\n";
    after += row + "1.0}\n";
  }
  folder.write("eval-000000.jsonl", before);
  folder.write("eval-000002.jsonl", after);
  const RunReport report = make_report(folder.path(), 3);
  EXPECT_NE(report.text.find("8 fixed, 0 broken"), std::string::npos) << report.text;
  EXPECT_NE(report.text.find("sum: 0 -> 8 of 8 right"), std::string::npos) << report.text;
  const Json json = Json::parse(report.json);
  EXPECT_EQ(json["gain"]["points"], 100.0);
  EXPECT_EQ(json["steps"], 2);
  EXPECT_EQ(json["seconds"], 4.0);
}

TEST(Report, ASupervisedRunShowsItsLosses) {
  const TemporaryFolder folder;
  folder.write("metrics.jsonl",
               "{\"step\":0,\"eval/loss\":4.5,\"eval/time_s\":1}\n"
               "{\"step\":1,\"loss\":4.0,\"mean_token_accuracy\":0.1,\"num_tokens\":50,\"learner/trained_tokens\":20,\"step_time\":0.5}\n"
               "{\"step\":2,\"loss\":3.0,\"mean_token_accuracy\":0.2,\"num_tokens\":90,\"learner/trained_tokens\":10,\"step_time\":0.5}\n"
               "{\"step\":2,\"eval/loss\":2.25,\"eval/time_s\":1}\n");
  const RunReport report = make_report(folder.path(), 3);
  EXPECT_NE(report.text.find("training loss"), std::string::npos) << report.text;
  EXPECT_NE(report.text.find("held-out loss 4.500 -> 2.250"), std::string::npos) << report.text;
  EXPECT_NE(report.text.find("90 read, 30 of them targets"), std::string::npos) << report.text;
  EXPECT_EQ(report.text.find("reward"), std::string::npos) << report.text;
  const Json json = Json::parse(report.json);
  EXPECT_EQ(json["last_eval_loss"], 2.25);
  EXPECT_EQ(json["first_loss"], 3.5);
  EXPECT_EQ(json["steps"], 2);
}

TEST(Report, AnEmptyRunIsAnError) {
  const TemporaryFolder folder;
  EXPECT_HONE_ERROR(make_report(folder.path(), 3), ErrorCode::not_found, "metrics.jsonl");
  folder.write("metrics.jsonl", "");
  EXPECT_HONE_ERROR(make_report(folder.path(), 3), ErrorCode::invalid_argument, "no training step");
}

}  // namespace
}  // namespace hone
