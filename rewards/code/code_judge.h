// Judges one completion against a problem's tests: finds the program, compiles it, runs the tests, sums up.
// Thread rule: submit() and the cases of different submissions may run on several threads; the cases of one submission too.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/trace.h"
#include "rewards/code/code_settings.h"
#include "rewards/code/compiler.h"
#include "rewards/code/function_judge.h"
#include "rewards/code/sandbox.h"
#include "rewards/code/test_plan.h"

namespace hone {

struct CodeResult {
  Outcome outcome = Outcome::error;
  double score = 0.0;
  Verdict verdict = Verdict::internal;  // of the first test that is not accepted, or accepted
  std::size_t passed = 0, tests = 0;
  RunUsage usage;
  std::string detail;  // "wrong answer on test 2 of 5: ...; cpu ..., wall ..., memory ..."
};

class CodeJudge {
 public:
  /// Makes the sandbox: throws failed_precondition where a required layer cannot be had, not_found or
  /// failed_precondition where the default language's interpreter or compiler is missing or does not run in a jail.
  explicit CodeJudge(CodeSettings settings);

  const Sandbox& sandbox() const { return sandbox_; }
  const CodeSettings& settings() const { return settings_; }
  const Toolchain& toolchain() const { return toolchain_; }

  using Case = std::function<void()>;
  class Submission;
  /// `plan` and `problem` must outlive the submission. Never throws for what a completion says.
  std::unique_ptr<Submission> submit(const TestPlan& plan, const Problem& problem, const std::string& completion) const;

 private:
  friend class Submission;
  void check_tool() const;
  std::optional<std::string> program_of(const Language& language, const Problem& problem, const std::string& completion) const;
  Judgement run_io_test(const Language& language, const std::string& code, const IoTest& test, RunUsage& usage) const;
  TestReport run_function_tests(const Language& language, const std::string& code, const FunctionTests& tests) const;
  TestReport run_function_tests_once(const Language& language, const std::string& code, const FunctionTests& tests) const;

  CodeSettings settings_;
  Toolchain toolchain_;
  Sandbox sandbox_;
  mutable Compiler compiler_;
};

/// The work of one completion as independent cases: run all, in any order, then ask for the result.
class CodeJudge::Submission {
 public:
  Submission(const CodeJudge& judge, const TestPlan& plan, const Language& language, std::string code);
  /// A submission that is decided without running anything.
  Submission(const CodeJudge& judge, const TestPlan& plan, const Language& language, CodeResult decided);

  const std::vector<Case>& cases() const { return cases_; }
  CodeResult result() const;

 private:
  void run_io(std::size_t index);
  void run_functions();

  const CodeJudge& judge_;
  const TestPlan& plan_;
  const Language& language_;
  std::string code_;
  std::optional<CodeResult> decided_;
  std::vector<Case> cases_;
  std::mutex mutex_;
  std::vector<std::optional<Judgement>> judgements_;  // by test; empty: not run
  std::atomic<bool> failed_{false};
  std::string unusable_;  // why the tests themselves cannot be used
  RunUsage usage_;
};

}  // namespace hone
