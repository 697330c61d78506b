#include "rl/data/data_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "proto/base/file.h"
#include "proto/base/json.h"
#include "rl/data/data_filter.h"
#include "rl/data/length_stats.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

const std::string kRows =
    "{\"id\":\"a\",\"prompt\":\"What is one plus one in the usual sense of the word?\",\"reference\":\"2\"}\n"
    "{\"id\":\"b\",\"prompt\":\"What is two plus one in the usual sense of the word?\",\"reference\":\"three\"}\n"
    "{\"id\":\"c\",\"prompt\":\"what is ONE plus one, in the usual sense of the word\",\"reference\":\"2\"}\n"
    "not json\n"
    "{\"id\":\"e\",\"prompt\":[1],\"reference\":\"2\"}\n"
    "{\"id\":\"f\",\"prompt\":\"What is one plus one in the usual sense of the word?\",\"reference\":\"3\"}\n"
    "{\"id\":\"g\",\"prompt\":\"How many legs has a healthy spider?\",\"reference\":\"8\"}\n";

ScreenOptions everything() {
  ScreenOptions options;
  options.duplicates.emplace();
  options.rewards = R"([{"name":"numeric","extraction":"strict"}])";
  return options;
}

TEST(DataCheck, ReportsEachFlawWithItsRow) {
  const TemporaryFolder folder;
  const std::string file = folder.write("d.jsonl", kRows), test = folder.write("t.jsonl", "{\"prompt\":\"how many legs has a healthy SPIDER\"}\n");
  ScreenOptions options = everything();
  options.evaluation_files = {test};
  RowFiles files({file});
  const DataReport report = check_data(files, options, 3, [](std::string_view text) { return static_cast<int64_t>(text.size()); });
  const Json json = Json::parse(report.json);
  EXPECT_EQ(json["rows"], 7);
  EXPECT_EQ(json["flawed_rows"], 6);
  const auto flaw = [&](const char* name) {
    const Json& f = json["flaws"].at(name);
    EXPECT_EQ(f["rows"], f["examples"].size()) << name;
    std::string out;
    for (const Json& e : f["examples"]) out += e["row"].get<std::string>().substr(file.size()) + " " + e["detail"].get<std::string>() + ";";
    return out;
  };
  EXPECT_EQ(flaw("broken"), ":4 not valid JSON (column 2);");
  EXPECT_EQ(flaw("field"), ":5 field 'prompt' is an array, a string or number is needed;");
  EXPECT_EQ(flaw("gold_unusable"), ":2 numeric: reference 'three' is not a number;");
  EXPECT_EQ(flaw("conflict"), ":6 with " + file + ":1;");
  EXPECT_EQ(flaw("near_duplicate"), ":3 of " + file + ":1, Jaccard 1;");
  EXPECT_EQ(flaw("overlap"), ":7 1 runs of 13 words, first in " + test + ":1;");
  EXPECT_EQ(json["lengths"]["prompt words"]["max"], 12);
  EXPECT_EQ(json["lengths"]["prompt tokens"]["min"], 35);
  EXPECT_EQ(json["fields"]["prompt"].dump(), R"({"a string":5,"an array":1})");
  for (const char* part : {"7 rows", "gold_unusable", "d.jsonl:2: numeric", "prompt words", "reference: a string 6"})
    EXPECT_NE(report.text.find(part), std::string::npos) << part << "\n" << report.text;
}

TEST(DataCheck, PublishedRowsHaveNoFlaw) {
  RowFiles files({std::string(HONE_SOURCE_DIR) + "/tests/data/published/gsm8k.jsonl"});
  ScreenOptions options = everything();
  options.fields.format = "gsm8k";
  EXPECT_EQ(check_data(files, options, 3, {}).flaws, 0);
  RowFiles array({std::string(HONE_SOURCE_DIR) + "/tests/data/published/svamp.json"});
  options.fields.format = "svamp";
  EXPECT_EQ(check_data(array, options, 3, {}).flaws, 0);
}

TEST(DataCheck, ElementsOfAnArrayAreReadAgain) {
  const TemporaryFolder folder;
  RowFiles files({folder.write("a.json", "[\n  {\n  \"prompt\": \"How many legs has a spider?\", \"reference\": \"8\"},\n"
                                         "{\"prompt\": \"how many legs has a SPIDER\",\n \"reference\": \"8\"}]")});
  const Json json = Json::parse(check_data(files, everything(), 3, {}).json);
  EXPECT_EQ(json["flaws"]["near_duplicate"]["rows"], 1);
  EXPECT_EQ(json["flawed_rows"], 1);
}

TEST(DataCheck, StandardInputCannotBeReadAgain) {
  RowFiles files({"-"});
  EXPECT_HONE_ERROR(RowScreen(everything(), files), ErrorCode::failed_precondition, "near duplicates");
}

struct Filtered {
  std::string rows;
  Json report;
};

Filtered filter(const TemporaryFolder& folder, FilterOptions options, const std::string& rows = kRows) {
  RowFiles files({folder.write("in.jsonl", rows)});
  options.output = (folder.path() / "out.jsonl").string();
  const DataReport report = filter_data(files, options);
  std::string ids;
  RowFiles out({options.output});
  out.for_each([&](const RowPlace&, const std::string& text) {
    EXPECT_NE(rows.find(text), std::string::npos) << "rows stay as they are";
    ids += Json::parse(text)["id"].get<std::string>();
  });
  return {ids, Json::parse(report.json)};
}

TEST(DataFilter, DropsWhatIsAskedForAndSaysWhy) {
  const TemporaryFolder folder;
  FilterOptions options;
  EXPECT_EQ(filter(folder, options).rows, "abcfg") << "broken rows are never written";
  options.screen.duplicates = DuplicateOptions{.prompts = false, .near = false};
  EXPECT_EQ(filter(folder, options).rows, "abcfg");
  options.screen.duplicates = DuplicateOptions{.near = false};
  EXPECT_EQ(filter(folder, options).rows, "abcg");
  options.screen.duplicates = DuplicateOptions{};
  options.screen.rewards = R"([{"name":"numeric"}])";
  options.rejected = (folder.path() / "rejected.jsonl").string();
  const Filtered all = filter(folder, options);
  EXPECT_EQ(all.rows, "ag");
  EXPECT_EQ(all.report["rows"], 7);
  EXPECT_EQ(all.report["written"], 2);
  EXPECT_EQ(all.report["reasons"]["near_duplicate"]["rows"], 1);
  const std::string rejected = read_file(options.rejected);
  EXPECT_EQ(std::count(rejected.begin(), rejected.end(), '\n'), 5);
  EXPECT_NE(rejected.find("\"flaw\":\"gold_unusable\",\"detail\":\"numeric: reference 'three' is not a number\",\"text\":\"{\\\"id\\\":\\\"b\\\""), std::string::npos) << rejected;
  options.screen.max_words = 10;
  EXPECT_EQ(filter(folder, options).rows, "g");
}

TEST(DataFilter, PassRatesOfEachKindOfRecord) {
  const TemporaryFolder folder;
  const std::string rows = "{\"id\":\"x\",\"prompt\":\"p\",\"reference\":\"1\",\"rate\":0.5}\n{\"id\":\"y\",\"prompt\":\"q\",\"reference\":\"1\",\"rate\":0.9}\n"
                           "{\"id\":\"z\",\"prompt\":\"r\",\"reference\":\"1\"}\n";
  FilterOptions options;
  const auto kept = [&](const std::string& records) {
    options.screen.pass_rate_records = {folder.write("records.jsonl", records)};
    return filter(folder, options, rows);
  };
  const Filtered eval = kept("{\"problem\":\"x\",\"accuracy\":0.2}\n{\"problem\":\"y\",\"accuracy\":0.9}\n");
  EXPECT_EQ(eval.rows, "x");
  EXPECT_EQ(eval.report["reasons"]["pass_rate"]["examples"][0]["detail"], "solved at a rate of 0.9");
  EXPECT_EQ(eval.report["reasons"]["no_pass_rate"]["rows"], 1);
  EXPECT_EQ(kept("{\"problem\":\"x\",\"reward\":1.0,\"outcome\":\"scored\"}\n{\"problem\":\"x\",\"reward\":0.0,\"outcome\":\"scored\"}\n"
                 "{\"problem\":\"y\",\"reward\":1.0,\"outcome\":\"scored\"}\n{\"problem\":\"y\",\"reward\":0.0,\"outcome\":\"error\"}\n").rows, "x");
  EXPECT_EQ(kept("{\"id\":\"z\",\"score\":1.2}\n{\"id\":\"z\",\"score\":0.5}\n{\"id\":\"y\",\"score\":null}\n").rows, "z");
  EXPECT_HONE_ERROR(kept("{\"id\":\"z\"}\n"), ErrorCode::invalid_argument, "records.jsonl:1: has none of the fields");
  options.screen.pass_rate_records.clear();
  options.screen.pass_rate_field = "rate";
  EXPECT_EQ(filter(folder, options, rows).rows, "x");
}

TEST(DataFilter, ASampleIsUniformInOrderAndAFunctionOfTheSeed) {
  const TemporaryFolder folder;
  std::string rows;
  for (int i = 0; i < 50; ++i) rows += "{\"id\":\"" + std::string(1, static_cast<char>(i < 25 ? 'A' + i : 'a' + i - 25)) + "\",\"prompt\":\"p\",\"reference\":\"1\"}\n";
  FilterOptions options;
  options.sample = 10;
  std::map<char, int> chosen;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    options.seed = seed;
    const std::string ids = filter(folder, options, rows).rows;
    EXPECT_EQ(ids.size(), 10u);
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    for (const char id : ids) ++chosen[id];
  }
  EXPECT_EQ(chosen.size(), 50u);
  for (const auto& [id, count] : chosen) EXPECT_LE(count, 18) << id;  // 8 expected, 4 standard deviations
  const std::string once = filter(folder, options, rows).rows;
  EXPECT_EQ(filter(folder, options, rows).rows, once);
  options.sample = 100;
  EXPECT_EQ(filter(folder, options, rows).rows.size(), 50u);
}

TEST(DataFilter, RefusesToWriteOverItsInput) {
  const TemporaryFolder folder;
  const std::string file = folder.write("d.jsonl", kRows);
  RowFiles files({file});
  FilterOptions options;
  options.output = (folder.path() / "." / "d.jsonl").string();
  EXPECT_HONE_ERROR(filter_data(files, options), ErrorCode::invalid_argument, "is an input too");
  EXPECT_EQ(read_file(file), kRows);
}

TEST(LengthStats, PercentilesOfASortedList) {
  std::mt19937 random(2);
  LengthStats stats;
  std::vector<int64_t> values;
  for (int i = 0; i < 5000; ++i) {
    values.push_back(static_cast<int64_t>(random() % (i % 10 == 0 ? 500000 : 900)));
    stats.add(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.5, 0.9, 0.95, 0.99, 1.0}) {
    const int64_t exact = values[static_cast<std::size_t>(std::max(1.0, std::ceil(q * 5000)) - 1)];
    EXPECT_NEAR(static_cast<double>(stats.percentile(q)), static_cast<double>(exact), 0.01 * static_cast<double>(exact)) << q;
  }
  EXPECT_EQ(stats.max(), values.back());
  EXPECT_EQ(stats.min(), values.front());
}

}  // namespace
}  // namespace hone
