// Function tests: the tests run in one process, the code under test in another; between them only plain values.
//
// The tests are trusted (they come with the problem); the code is not. Results go over a pipe that only the tests'
// process has, each line with a token drawn for this run; a run counts only if every test has reported, the end was
// reported, and the tests' process ended by itself with 0. So what the code prints, returns as an odd object, patches in
// its own interpreter, or does to its own process (exit, kill, atexit) cannot become a pass.
// Thread rule: pure functions over thread-safe parts.
#pragma once

#include <string>
#include <vector>

#include "rewards/code/compiler.h"
#include "rewards/code/language.h"
#include "rewards/code/run_verdict.h"
#include "rewards/code/sandbox.h"

namespace hone {

struct FunctionTests {
  std::string setup;               // code before the tests
  std::string prompt;              // Python: the problem's own code (helpers beside the function), "" = none
  std::vector<std::string> tests;  // Python: each reports by itself. C++: one text with main()
  std::string entry_point;         // name of the function, "" = found in the tests
  std::string declaration;         // C++: what stands before the function's body, with its "{"
};

struct TestReport {
  std::vector<Judgement> tests;  // as many as ran; the first that is not accepted decides
  RunUsage usage;
  std::string unusable;            // why the tests are none, "" if they are: then nothing may be scored
};

struct Toolchain {
  std::string python;    // interpreter, a path in the jail
  std::string compiler;  // C++ compiler, a path in the jail
  std::vector<std::string> read_only;  // folders that they need
};

/// `stop_early`: after the first test that is not accepted.
TestReport run_python_tests(const Sandbox& sandbox, const Toolchain& toolchain, const RunLimits& limits,
                            const std::string& code, const FunctionTests& tests, bool stop_early);

/// Throws invalid_argument where the tests are at fault: they, or the function's types, do not compile.
TestReport run_cpp_tests(const Sandbox& sandbox, Compiler& compiler, const Toolchain& toolchain, const RunLimits& limits,
                         const std::string& code, const FunctionTests& tests);

/// Environment of every Python program: fixed hash seed, no byte code.
std::vector<std::pair<std::string, std::string>> python_environment();

// ---- shared by the two ----

/// 128 random bits as hex digits, from the kernel.
std::string random_token();
/// Reads "TOKEN INDEX WORD DETAIL" lines up to "TOKEN end COUNT"; lines without the token are no report. Fills `report`.
void read_report(const SandboxResult& result, const std::string& token, std::size_t count, TestReport& report);

}  // namespace hone
