// Every program in tests/rewards/code/attacks/ is run as a completion would be. Its first lines say what to expect:
//   # expect: VERDICT|VERDICT...   one of these; where the choice hangs on which limit is met first there are several
//   # tests: NAME                  function tests of that name (below); without it, standard input and output
//   # output: TEXT                 the expected output; without it, one that no program can know
// After each, the host must be as before, and an honest program must be accepted by the same sandbox.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "rewards/code/code_judge.h"
#include "rewards/text.h"
#include "tests/rewards/code/host_watch.h"
#include "tests/rewards/code/sandbox_fixture.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(HONE_SOURCE_DIR) / "tests/rewards/code/attacks";

std::vector<std::string> attack_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct Attack {
  std::string name, language, text, tests;
  std::vector<std::string> expected;
  std::string output = "hone-expected";
};

Attack read_attack(const std::string& name) {
  Attack attack;
  attack.name = name;
  attack.language = name.ends_with(".py") ? "python" : "cpp";
  attack.text = read_file(kFolder / name);
  std::istringstream lines(attack.text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t word = line.find_first_not_of("#/ ");
    const auto value = [&](const std::string& key) -> std::optional<std::string> {
      if (word == std::string::npos || line.compare(word, key.size(), key) != 0) return std::nullopt;
      return std::string(trim(line.substr(word + key.size())));
    };
    if (auto expect = value("expect:")) {
      std::istringstream choices(*expect);
      for (std::string choice; std::getline(choices, choice, '|');) attack.expected.push_back(choice);
    } else if (auto tests = value("tests:")) {
      attack.tests = *tests;
    } else if (auto output = value("output:")) {
      attack.output = *output;
    } else {
      break;
    }
  }
  return attack;
}

/// Tests whose answers the attacked function does not know.
Json function_tests(const Attack& attack) {
  if (attack.language == "cpp")
    return {{"declaration", "#include <vector>\nusing namespace std;\nint add(int a, int b){"},
            {"test", "#include <cassert>\nint main() { assert(add(2, 3) == 5); assert(add(-70, 7) == -63); }"}};
  const std::map<std::string, Json> kinds{
      {"add", {"assert add(2, 3) == 5", "assert add(-70, 7) == -63", "assert add(123456, 654321) == 777777"}},
      {"approx", {"assert abs(add(2.0, 3.0) - 5.0) < 1e-6", "assert abs(add(-70, 7) + 63) < 1e-6"}},
      {"isclose", {"assert math.isclose(add(2.0, 3.0), 5.0)"}},
      {"contains", {"assert 5 in add(2, 3)"}}};
  return {{"test_list", kinds.at(attack.tests)}};
}

Problem problem_of(const Attack& attack, int port) {
  Json row = attack.tests.empty()
                 ? Json{{"tests", {{"inputs", {std::to_string(port) + "\n"}}, {"outputs", {attack.output}}}}}
                 : function_tests(attack);
  row["language"] = attack.language;
  Problem problem;
  problem.metadata_json = dump_line(row);
  return problem;
}

CodeResult judge(const CodeJudge& judge, const Problem& problem, const std::string& language, const std::string& program) {
  const TestPlan plan = read_test_plan(problem);
  const auto submission = judge.submit(plan, problem, "`````" + language + "\n" + program + "\n`````\n");
  for (const CodeJudge::Case& run : submission->cases()) run();
  return submission->result();
}

class AttackTest : public testing::TestWithParam<std::string> {};

TEST_P(AttackTest, IsContained) {
  HONE_SKIP_WITHOUT_SANDBOX();
  CodeSettings settings = test_settings();
  settings.run.cpu_s = 1.0;
  settings.run.wall_s = 6.0;
  settings.run.memory_bytes = 128LL << 20;
  settings.run.output_bytes = 1 << 20;
  settings.run.tmp_bytes = 8 << 20;
  settings.run.tmp_inodes = 64;
  settings.run.processes = 16;
  settings.run.open_files = 64;
  settings.compile.cpu_s = 8.0;
  settings.compile.wall_s = 60.0;
  settings.compile.memory_bytes = 1024LL << 20;
  const CodeJudge code(settings);
  const Attack attack = read_attack(GetParam());
  ASSERT_FALSE(attack.expected.empty()) << "no expected verdict in " << attack.name;
  const Listener listener;
  const Problem honest = problem_of({.name = "honest", .language = "python", .output = "42"}, 20);
  const std::string honest_program = "print(int(input()) + 22)";
  ASSERT_EQ(judge(code, honest, "python", honest_program).score, 1.0);

  const HostWatch host;
  const CodeResult result = judge(code, problem_of(attack, listener.port()), attack.language, attack.text);
  const std::string verdict(to_string(result.verdict));
  EXPECT_TRUE(std::find(attack.expected.begin(), attack.expected.end(), verdict) != attack.expected.end()) << result.detail;
  EXPECT_EQ(result.outcome, Outcome::scored) << result.detail;
  EXPECT_EQ(result.score, 0.0) << result.detail;
  EXPECT_EQ(host.changes(), "") << result.detail;
  EXPECT_FALSE(listener.was_reached());

  const CodeResult next = judge(code, honest, "python", honest_program);
  EXPECT_EQ(next.score, 1.0) << "the next run is affected: " << next.detail;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Sandbox, AttackTest, testing::ValuesIn(attack_names()), test_name);

}  // namespace
}  // namespace hone
