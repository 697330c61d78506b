// What a problem asks of a program: its language and its tests, from the fields of a data row. docs/code_reward.md
// has the formats.
// Thread rule: pure function.
#pragma once

#include <string>
#include <vector>

#include "proto/base/trace.h"
#include "rewards/code/function_judge.h"
#include "rewards/code/language.h"

namespace hone {

struct IoTest {
  std::string input;
  std::string output;
};

struct TestPlan {
  std::string language;       // as the row says, "" if it does not
  std::vector<IoTest> io;     // standard input and output; or
  FunctionTests function;     // function tests
  bool empty() const { return io.empty() && function.tests.empty(); }
};

/// Reads `problem.metadata_json`, and `problem.reference` where the metadata hold no tests. Throws invalid_argument naming
/// the field that is wrong. A plan without any test is empty: that is for the caller to refuse.
TestPlan read_test_plan(const Problem& problem);

}  // namespace hone
