#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>

#include "rl/compare/html_report.h"
#include "rl/compare/results.h"
#include "rl/compare/svg_plot.h"
#include "rl/compare/table.h"
#include "tests/proto/temporary_folder.h"

namespace hone {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Every tag that opens is closed, in order.
bool well_formed(const std::string& html) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-zA-Z0-9]+)[^>]*?(/?)>");
  for (std::sregex_iterator it(html.begin(), html.end(), tag), end; it != end; ++it) {
    const std::string name = (*it)[2];
    if ((*it)[3].length() > 0 || name == "meta") continue;
    if ((*it)[1].length() == 0) open.push_back(name);
    else if (open.empty() || open.back() != name) return false;
    else open.pop_back();
  }
  return open.empty();
}

TEST(SvgPlot, TicksAreRoundAndCoverTheRange) {
  EXPECT_EQ(plot_ticks(0, 100, 5), (std::vector<double>{0, 20, 40, 60, 80, 100}));
  const auto ticks = plot_ticks(0.13, 0.58, 5);
  EXPECT_NEAR(ticks.front(), 0.1, 1e-12);
  EXPECT_NEAR(ticks[1] - ticks[0], 0.1, 1e-12);
}

TEST(SvgPlot, TickTexts) {
  EXPECT_EQ(tick_text(0.4, true), "40 %");
  EXPECT_EQ(tick_text(1500, false), "1500");
  EXPECT_EQ(tick_text(20000, false), "20 k");
  EXPECT_EQ(tick_text(1.5e6, false), "1.5 M");
  EXPECT_EQ(tick_text(2.4e15, false), "2.4e+15");
}

TEST(SvgPlot, PlotsAreWellFormedAndEscaped) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string lines = line_plot("a < b", {"tokens", false}, {"accuracy", true}, {{0, false, "x & y", {0, 10, 20}, {0.1, nan, 0.4}}, {1, true, "", {}, {}}});
  EXPECT_TRUE(well_formed(lines)) << lines;
  EXPECT_EQ(count(lines, "<circle"), 2u);  // the value that is not finite is left out
  EXPECT_NE(lines.find("a &lt; b"), std::string::npos);
  EXPECT_EQ(lines.find("nan"), std::string::npos);
  const std::string intervals = interval_plot("t", {"accuracy", true}, {{"one", 0, 0.5, 0.4, 0.6, {0.45, 0.55}}, {"two", 9, 0.2, 0.1, 0.3, {}}}, {{"rule", 0.25}});
  EXPECT_TRUE(well_formed(intervals));
  EXPECT_EQ(count(intervals, "class=\"seed\""), 2u);
  EXPECT_EQ(count(intervals, "class=\"yardstick\""), 1u);
  EXPECT_TRUE(well_formed(group_plot("t", {"accuracy", true}, {{"g", {{"one", 0, 0.5, 0.4, 0.6, {}}}}, {"h", {}}})));
  EXPECT_TRUE(well_formed(line_plot("empty", {"x", false}, {"y", false}, {})));
}

TEST(TextTable, AlignsByCodePoints) {
  EXPECT_EQ(text_table({{"arm", "x"}, {"\xC3\xA4", "12.5"}, {"long name"}}), "arm           x\n\xC3\xA4          12.5\nlong name\n");
}

CompareResults sample() {
  CompareResults r;
  r.name = "A & B";
  r.base = "models/base";
  r.currency = "tokens";
  r.seeds = 2;
  r.amount = 1000;
  r.reference = 0;
  r.cost.usd_per_hour = 0.5;
  r.sets = {{"test", SetRole::held_out, "operations", 10, {{"first + second", 0.3}}}, {"harder", SetRole::ood, "", 10, {}}};
  SetResult base;
  base.accuracy = {0.2, {0.1, 0.4}};
  base.seeds = {{1, 0.2, {0.1, 0.4}}};
  base.groups = {{"1", {0.3, {0.1, 0.5}}}, {"2", {0.1, {0.0, 0.2}}}};
  base.group_sizes = {{"1", 5}, {"2", 5}};
  SetResult better = base;
  better.accuracy = {0.5, {0.4, 0.6}};
  better.gain = Estimate{0.3, {0.2, 0.4}};
  better.seeds = {{1, 0.45, {0.3, 0.6}}, {2, 0.55, {0.4, 0.7}}};
  r.arms.push_back({"base", ArmKind::prompt, {base, base}, {}, {}, {}, {}, {}});
  ArmResult trained{"GRPO <3", ArmKind::grpo, {better, better}, {{10, 20, 0.25, 0.2, 0.4}, {10, 20, 0.35, 0.3, 0.6}}, {}, {900, 1010}, {1000, 1000}, {}};
  trained.cost.learner_tokens = 955;
  trained.cost.learner_flops = 3e9;
  trained.cost.seconds = 7200;
  trained.curves = {{1, {0, 500, 900}, {0.2, 0.3, 0.45}, {5, 6, 7}}, {2, {0, 510, 1010}, {0.2, 0.5, 0.55}, {5, 6, 7}}};
  r.arms.push_back(trained);
  r.examples = {{"GRPO <3", 1, "2 + 2 =", "4", {{0, "<5>", false}, {20, "4", true}}}};
  return r;
}

TEST(ComparisonText, ShowsIntervalsGainsCostsAndYardsticks) {
  const std::string text = comparison_text(sample());
  for (const char* part : {"50.0 [40.0, 60.0]", "+30.0 [+20.0, +40.0]", "0.300", "30.0 (first + second)", "2h00m", "955 tokens", "test by operations, %", "harder by task, %",
                           "note: GRPO <3, seed 1: ended at run.max_steps with 90 % of its budget", "step 20  right  4", "each trained run may spend 1000 tokens"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(ComparisonPage, StandsAloneAndIsWellFormed) {
  const std::string page = comparison_page(sample());
  EXPECT_TRUE(well_formed(page.substr(page.find("<html"))));
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
  EXPECT_GE(count(page, "<svg"), 5u);
  for (const char* part : {"A &amp; B", "GRPO &lt;3", "&lt;5&gt;", "prefers-color-scheme:dark", "DeepSeek-V3", "90 % of its budget", "test by operations", "harder by task"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST(Groups, AreInTheOrderOfTheirNumbers) {
  std::map<std::string, int, NaturalLess> groups{{"10", 0}, {"sum", 0}, {"2", 0}, {"9", 0}, {"", 0}};
  std::string order;
  for (const auto& [name, unused] : groups) order += name + ",";
  EXPECT_EQ(order, "2,9,10,,sum,");
}

TEST(RunRecords, CurvesAndExamplesComeFromTheRunFolder) {
  const TemporaryFolder run;
  run.write("metrics.jsonl",
            "{\"step\":0,\"eval/accuracy\":0.1,\"eval/completions/mean_length\":4,\"cost/tokens\":0}\n"
            "{\"step\":1,\"loss\":1.0,\"cost/tokens\":50}\n"
            "{\"step\":1,\"eval/loss\":1.0,\"cost/tokens\":50}\n"
            "{\"step\":2,\"eval/accuracy\":0.4,\"eval/completions/mean_length\":6,\"cost/tokens\":100}\n");
  const Curve curve = read_curve(run.path(), 3, Currency::tokens, 1000);
  EXPECT_EQ(curve.spent, (std::vector<double>{1000, 1100}));
  EXPECT_EQ(curve.accuracy, (std::vector<double>{0.1, 0.4}));
  const auto record = [](const std::string& id, const std::string& text, double accuracy) {
    return "{\"problem\":\"" + id + "\",\"task\":\"\",\"prompt\":\"p" + id + "\",\"reference\":\"r\",\"completion\":\"" + text + "\",\"accuracy\":" + std::to_string(accuracy) + "}\n";
  };
  run.write("eval-000000.jsonl", record("a", "x0", 0) + record("b", "y0", 0));
  run.write("eval-000005.jsonl", record("a", "x5", 0));  // during a run only eval.limit problems
  run.write("eval-000010.jsonl", record("a", "x10", 1) + record("b", "y10", 0));
  const std::vector<Example> examples = read_examples(run.path(), 2);
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(examples[0].answers.size(), 3u);
  EXPECT_EQ(examples[0].answers[1].text, "x5");
  EXPECT_TRUE(examples[0].answers[2].right);
  EXPECT_EQ(examples[1].answers.size(), 2u);
  EXPECT_TRUE(read_examples(run.path(), 0).empty());
  run.write("eval-000007.jsonl", record("a", "x7", 0) + record("b", "y7", 1) + record("c", "z7", 0) + record("d", "u7", 0));
  EXPECT_EQ(read_examples(run.path(), 1)[0].answers[1].text, "x7") << "of 0 and 0.25 the second is half-way from 0 to 0.5";
}

}  // namespace
}  // namespace hone
