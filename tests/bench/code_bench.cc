// Speed of the sandbox: what a run costs over the bare program, and runs a second. Medians; nothing else should run.
//   bench_code [SECONDS]
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <thread>

#include "proto/base/json.h"
#include "proto/base/thread_pool.h"
#include "rewards/code/code_judge.h"
#include "rewards/code/compiler.h"

extern char** environ;

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRounds = 60;

double seconds(const std::function<void()>& body) {
  const Clock::time_point start = Clock::now();
  body();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median_ms(const std::function<void()>& body) {
  for (int i = 0; i < 3; ++i) body();
  std::vector<double> times;
  for (int i = 0; i < kRounds; ++i) times.push_back(seconds(body) * 1e3);
  std::nth_element(times.begin(), times.begin() + kRounds / 2, times.end());
  return times[kRounds / 2];
}

void run_bare(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (const std::string& a : argv) pointers.push_back(const_cast<char*>(a.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = -1;
  int status = 0;
  if (posix_spawn(&pid, argv[0].c_str(), nullptr, nullptr, pointers.data(), environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0)
    throw std::runtime_error("cannot run " + argv[0]);
}

void must_exit(const SandboxResult& result) {
  if (result.end != RunEnd::exited || result.value != 0) throw std::runtime_error("a run failed: " + result.failure + result.error);
}

void report(const char* what, double bare, double jailed) {
  std::printf("%-28s bare %6.2f ms, sandboxed %6.2f ms, overhead %6.2f ms\n", what, bare, jailed, jailed - bare);
  std::fflush(stdout);
}

void throughput(const char* what, const std::function<void()>& body, double budget_s) {
  const int threads = available_threads();
  std::atomic<int> runs{0};
  const Clock::time_point start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back([&] {
      for (; elapsed() < budget_s; ++runs) body();
    });
  for (std::thread& worker : workers) worker.join();
  std::printf("%-28s %.0f runs a second on %d threads\n", what, runs / elapsed(), threads);
  std::fflush(stdout);
}

void bench(double budget_s) {
  const Json none = Json::object();
  Settings settings(none, "bench_code");
  const CodeJudge judge(read_code_settings(settings));
  const Sandbox& sandbox = judge.sandbox();
  std::cout << "layers: " << sandbox.layers().describe() << std::endl;
  const std::string python = judge.toolchain().python;

  SandboxRun empty_python;
  empty_python.argv = {python, "-s", "-B", "/box/program.py"};
  empty_python.files = {{"program.py", std::make_shared<MemoryFile>("pass\n"), false}};
  report("empty Python program", median_ms([&] { run_bare({python, "-c", "pass"}); }),
         median_ms([&] { must_exit(sandbox.run(empty_python)); }));

  Compiler compiler(sandbox, judge.settings().compile, 64 << 20);
  const auto program = compiler.compile({{judge.toolchain().compiler, "-O2", "-o", Compiler::kOutput, "/box/p.cc"}, {{"p.cc", "int main() {}"}}});
  if (!program->program) throw std::runtime_error("cannot compile: " + program->judgement.detail);
  SandboxRun empty_cpp;
  empty_cpp.argv = {"/box/program"};
  empty_cpp.files = {{"program", program->program, true}};
  report("empty C++ program", median_ms([&] { run_bare({"/bin/true"}); }), median_ms([&] { must_exit(sandbox.run(empty_cpp)); }));

  Problem problem;
  problem.metadata_json = R"({"test_list": ["assert f(1) == 2"]})";
  const TestPlan plan = read_test_plan(problem);
  const std::string completion = "```python\ndef f(x):\n    return x + 1\n```";
  const auto score = [&] {
    const auto submission = judge.submit(plan, problem, completion);
    for (const CodeJudge::Case& run : submission->cases()) run();
    if (submission->result().score != 1.0) throw std::runtime_error(submission->result().detail);
  };
  std::printf("%-28s %.2f ms\n", "one Python assertion", median_ms(score));
  throughput("empty C++ program", [&] { must_exit(sandbox.run(empty_cpp)); }, budget_s);
  throughput("empty Python program", [&] { must_exit(sandbox.run(empty_python)); }, budget_s);
  throughput("one Python assertion", score, budget_s);
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  try {
    hone::bench(argc > 1 ? std::atof(argv[1]) : 5.0);
  } catch (const std::exception& e) {
    std::cerr << "bench_code: " << e.what() << "\n";
    return 1;
  }
}
