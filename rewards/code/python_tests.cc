// Python function tests: judge.py with the tests, worker.py with the code under test, each an interpreter of its own.
#include "rewards/code/embedded.h"
#include "rewards/code/function_judge.h"

namespace hone {
namespace {

std::shared_ptr<const MemoryFile> program(std::string_view body) {
  return std::make_shared<MemoryFile>(std::string(kPythonWire) + "\n\n" + std::string(body));
}

// The wire format of python/wire.py, as far as the tests document needs it.
std::string sized(const char* tag, std::size_t size) { return std::string(tag).append(std::to_string(size)).append("\n"); }
std::string text(const std::string& s) { return sized("s", s.size()) + s; }

std::string tests_document(const FunctionTests& tests, const std::string& token, bool stop_early) {
  std::string list = sized("l", tests.tests.size());
  for (const std::string& test : tests.tests) list += text(test);
  return "m6\n" + text("token") + text(token) + text("setup") + text(tests.setup) + text("prompt") + text(tests.prompt) +
         text("tests") + list + text("entry_point") + text(tests.entry_point) + text("stop_early") + (stop_early ? "T" : "F");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> python_environment() {
  return {{"PYTHONHASHSEED", "0"}, {"PYTHONDONTWRITEBYTECODE", "1"}, {"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}};
}

TestReport run_python_tests(const Sandbox& sandbox, const Toolchain& toolchain, const RunLimits& limits,
                            const std::string& code, const FunctionTests& tests, bool stop_early) {
  static const std::shared_ptr<const MemoryFile> kJudge = program(kPythonJudge), kWorker = program(kPythonWorker);
  const std::string token = random_token();
  const MemoryFile document(tests_document(tests, token, stop_early));
  SandboxRun run;
  run.argv = {toolchain.python, "-s", "-B", "/box/judge.py"};
  run.peer_argv = {toolchain.python, "-s", "-B", "/box/worker.py", "/box/candidate.py"};
  run.files = {{"judge.py", kJudge, false}, {"worker.py", kWorker, false}, {"candidate.py", std::make_shared<MemoryFile>(code), false}};
  run.read_only = toolchain.read_only;
  run.environment = python_environment();
  run.tests = &document;
  run.limits = limits;
  TestReport report;
  read_report(sandbox.run(run), token, tests.tests.size(), report);
  return report;
}

}  // namespace hone
