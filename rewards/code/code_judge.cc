#include "rewards/code/code_judge.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "proto/base/error.h"
#include "rewards/code/code_block.h"
#include "rewards/process/spawn.h"
#include "rewards/text.h"

namespace hone {
namespace {

/// The file that a chain of links and names ends in: a jail has no /etc/alternatives.
std::string real_path(const std::string& path) { return std::filesystem::canonical(path).string(); }

std::string find_python(const std::string& named) {
  if (!named.empty()) return real_path(find_program(named));
  if (std::filesystem::exists("/usr/bin/python3")) return real_path("/usr/bin/python3");
  try {
    return real_path(find_program("python3"));
  } catch (const Error&) {
    return "";
  }
}

std::string find_compiler(const std::string& named) {
  try {
    return real_path(find_program(named.empty() ? "g++" : named));
  } catch (const Error&) {
    if (!named.empty()) throw;
    return "";
  }
}

/// The folder that holds bin/, lib/ and so on of a program outside /usr.
void add_prefix(const std::string& program, std::vector<std::string>& folders) {
  if (program.empty() || program.starts_with("/usr/")) return;
  folders.push_back(std::filesystem::path(program).parent_path().parent_path().string());
}

Toolchain toolchain_of(const CodeSettings& settings) {
  Toolchain toolchain;
  toolchain.python = find_python(settings.python);
  toolchain.compiler = find_compiler(settings.cpp_compiler);
  add_prefix(toolchain.python, toolchain.read_only);
  add_prefix(toolchain.compiler, toolchain.read_only);
  return toolchain;
}

void replace(std::string& text, const std::string& name, const std::string& value) {
  if (text == name) text = value;
}

std::vector<std::string> command_of(std::vector<std::string> argv, const Language& language, const Toolchain& toolchain,
                                    const std::string& output) {
  for (std::string& argument : argv) {
    replace(argument, "{compiler}", toolchain.compiler);
    replace(argument, "{interpreter}", toolchain.python);
    replace(argument, "{source}", "/box/" + std::string(language.source));
    replace(argument, "{output}", output);
  }
  return argv;
}

CodeResult decided(Outcome outcome, Verdict verdict, std::string detail) {
  CodeResult result;
  result.outcome = outcome;
  result.verdict = verdict;
  result.detail = std::move(detail);
  return result;
}

}  // namespace

CodeJudge::CodeJudge(CodeSettings settings)
    : settings_(std::move(settings)),
      toolchain_(toolchain_of(settings_)),
      sandbox_(settings_.sandbox),
      compiler_(sandbox_, settings_.compile, static_cast<std::size_t>(settings_.cache_bytes)) {
  check_tool();
}

void CodeJudge::check_tool() const {
  const bool python = settings_.language->name == "python";
  const std::string& tool = python ? toolchain_.python : toolchain_.compiler;
  if (tool.empty())
    throw Error(ErrorCode::not_found, std::string("code reward: no ") + (python ? "python3" : "g++") + " found; install it or name one by '" +
                                          (python ? "python" : "cpp_compiler") + "'");
  SandboxRun run;
  run.argv = {tool, "--version"};
  run.read_only = toolchain_.read_only;
  const SandboxResult result = sandbox_.run(run);
  if (result.end == RunEnd::exited && result.value == 0) return;
  throw Error(ErrorCode::failed_precondition,
              "code reward: " + tool + " does not run in the sandbox: " + judge_end(result).detail +
                  "; it must be readable for the user that jails run as, with all it needs under /usr or its own prefix");
}

std::optional<std::string> CodeJudge::program_of(const Language& language, const Problem& problem,
                                                 const std::string& completion) const {
  const std::string prelude = settings_.prelude.empty() ? "" : settings_.prelude + "\n";
  switch (settings_.source) {
    case CodeSettings::Source::text: return prelude + completion;
    case CodeSettings::Source::continuation: return prelude + problem.prompt + completion;
    case CodeSettings::Source::block: break;
  }
  const std::optional<CodeBlock> block = last_code_block(completion, language.tags);
  if (!block) return std::nullopt;
  return prelude + block->code;
}

std::unique_ptr<CodeJudge::Submission> CodeJudge::submit(const TestPlan& plan, const Problem& problem,
                                                         const std::string& completion) const {
  const Language* language = plan.language.empty() ? settings_.language : find_language(plan.language);
  const auto decide = [&](Outcome outcome, Verdict verdict, const std::string& detail) {
    return std::make_unique<Submission>(*this, plan, *settings_.language, decided(outcome, verdict, detail));
  };
  if (!language) return decide(Outcome::skipped, Verdict::internal, "unknown language '" + excerpt(plan.language) + "'");
  const bool has_tools = (language->name == "python" ? toolchain_.python : toolchain_.compiler) != "";
  if (!has_tools)
    return decide(Outcome::error, Verdict::internal, "there is no interpreter or compiler for " + std::string(language->name));
  std::optional<std::string> code = program_of(*language, problem, completion);
  if (!code) return decide(Outcome::scored, Verdict::wrong_answer, "no code block");
  if (trim(*code).empty()) return decide(Outcome::scored, Verdict::wrong_answer, "the code block is empty");
  return std::make_unique<Submission>(*this, plan, *language, std::move(*code));
}

Judgement CodeJudge::run_io_test(const Language& language, const std::string& code, const IoTest& test, RunUsage& usage) const {
  SandboxRun run;
  run.limits = settings_.run;
  run.read_only = toolchain_.read_only;
  const MemoryFile input(test.input);
  run.input = &input;
  std::string program;
  if (!language.compile.empty()) {
    const auto compiled = compiler_.compile({command_of(language.compile, language, toolchain_, Compiler::kOutput),
                                             {{std::string(language.source), code}}});
    if (compiled->judgement.verdict != Verdict::accepted) {
      usage.add(compiled->usage);
      return compiled->judgement;
    }
    program = "/box/program";
    run.files.push_back({"program", compiled->program, true});
  } else {
    run.files.push_back({std::string(language.source), std::make_shared<MemoryFile>(code), false});
    run.environment = python_environment();
  }
  run.argv = command_of(language.run, language, toolchain_, program);
  const SandboxResult result = sandbox_.run(run);
  usage.add(result);
  const Judgement judgement = judge_end(result);
  if (judgement.verdict != Verdict::accepted) return judgement;
  const std::string difference = output_difference(test.output, result.output, settings_.match, settings_.float_tolerance);
  return difference.empty() ? judgement : Judgement{Verdict::wrong_answer, difference};
}

TestReport CodeJudge::run_function_tests_once(const Language& language, const std::string& code, const FunctionTests& tests) const {
  switch (language.function_judge) {
    case FunctionJudge::python:
      return run_python_tests(sandbox_, toolchain_, settings_.run, code, tests, !settings_.fraction);
    case FunctionJudge::cpp: return run_cpp_tests(sandbox_, compiler_, toolchain_, settings_.run, code, tests);
  }
  throw Error(ErrorCode::internal, "no judge for function tests");
}

TestReport CodeJudge::run_function_tests(const Language& language, const std::string& code, const FunctionTests& tests) const {
  TestReport report;
  for (int attempt = 0; attempt < settings_.attempts; ++attempt) {
    report = run_function_tests_once(language, code, tests);
    const bool internal = std::any_of(report.tests.begin(), report.tests.end(),
                                      [](const Judgement& j) { return j.verdict == Verdict::internal; });
    if (!internal) break;
  }
  return report;
}

CodeJudge::Submission::Submission(const CodeJudge& judge, const TestPlan& plan, const Language& language, std::string code)
    : judge_(judge), plan_(plan), language_(language), code_(std::move(code)) {
  if (plan.io.empty()) {
    judgements_.resize(plan.function.tests.size());
    cases_.push_back([this] { run_functions(); });
    return;
  }
  judgements_.resize(plan.io.size());
  for (std::size_t i = 0; i < plan.io.size(); ++i) cases_.push_back([this, i] { run_io(i); });
}

CodeJudge::Submission::Submission(const CodeJudge& judge, const TestPlan& plan, const Language& language, CodeResult decided)
    : judge_(judge), plan_(plan), language_(language), decided_(std::move(decided)) {}

void CodeJudge::Submission::run_io(std::size_t index) {
  if (failed_ && !judge_.settings_.fraction) return;  // one failure decides
  Judgement judgement;
  RunUsage usage;
  for (int attempt = 0; attempt < judge_.settings_.attempts && judgement.verdict == Verdict::internal; ++attempt) {
    try {
      judgement = judge_.run_io_test(language_, code_, plan_.io[index], usage);
    } catch (const std::exception& e) {
      judgement = {Verdict::internal, e.what()};
    }
  }
  if (judgement.verdict != Verdict::accepted && judgement.verdict != Verdict::internal) failed_ = true;
  const std::lock_guard lock(mutex_);
  judgements_[index] = std::move(judgement);
  usage_.add(usage);
}

void CodeJudge::Submission::run_functions() {
  TestReport report;
  try {
    report = judge_.run_function_tests(language_, code_, plan_.function);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::invalid_argument) unusable_ = e.what();
    report.tests = {{Verdict::internal, e.what()}};
  } catch (const std::exception& e) {
    report.tests = {{Verdict::internal, e.what()}};
  }
  const std::lock_guard lock(mutex_);
  if (!report.unusable.empty()) unusable_ = report.unusable;
  for (std::size_t i = 0; i < report.tests.size() && i < judgements_.size(); ++i) judgements_[i] = report.tests[i];
  usage_ = report.usage;
}

CodeResult CodeJudge::Submission::result() const {
  if (decided_) return *decided_;
  if (!unusable_.empty()) return decided(Outcome::skipped, Verdict::internal, unusable_);
  CodeResult result;
  result.tests = judgements_.size();
  result.usage = usage_;
  std::optional<std::size_t> refused, unjudged;  // first test with a verdict other than accepted; first without one
  for (std::size_t i = 0; i < judgements_.size(); ++i) {
    const std::optional<Judgement>& judgement = judgements_[i];
    if (!judgement) continue;
    if (judgement->verdict == Verdict::accepted) ++result.passed;
    else if (judgement->verdict == Verdict::internal) unjudged = unjudged.value_or(i);
    else refused = refused.value_or(i);
  }
  const bool fraction = judge_.settings_.fraction;
  const bool all = result.passed == result.tests;
  // One refused test decides where all must pass; a share needs a verdict on every test.
  const std::optional<std::size_t> shown = unjudged && (fraction || !refused) ? unjudged : refused;
  result.verdict = all ? Verdict::accepted : shown ? judgements_[*shown]->verdict : Verdict::internal;
  result.outcome = result.verdict == Verdict::internal ? Outcome::error : Outcome::scored;
  if (all) result.score = 1.0;
  else if (fraction && result.outcome == Outcome::scored)
    result.score = static_cast<double>(result.passed) / static_cast<double>(result.tests);
  std::ostringstream detail;
  detail << to_string(result.verdict);
  if (all) detail << " (" << result.tests << (result.tests == 1 ? " test)" : " tests)");
  if (!all && shown) detail << " on test " << *shown + 1 << " of " << result.tests;
  if (!all && shown && !judgements_[*shown]->detail.empty()) detail << ": " << judgements_[*shown]->detail;
  detail << "; " << result.usage.describe();
  result.detail = detail.str();
  return result;
}

}  // namespace hone
