// C++ function tests: the tests and the code under test become two programs. The tests call an object that stands for the
// function and sends its arguments to the other program; the types come from the problem's own declaration.
#include "proto/base/error.h"
#include "rewards/code/cpp_declaration.h"
#include "rewards/code/embedded.h"
#include "rewards/code/function_judge.h"

namespace hone {
namespace {

// boost::any is std::any where Boost is not installed; problem sets use it for values of several types.
constexpr const char* kBoostAny =
    "#pragma once\n#define BOOST_ANY_INCLUDED_AS_STD\n#include <any>\n"
    "namespace boost { using std::any; using std::any_cast; using std::bad_any_cast; }\n";
constexpr const char* kAfterIncludes =
    "\n#ifdef BOOST_ANY_INCLUDED\nnamespace hone_wire { template <> struct Value<boost::any> : AnyValue<boost::any> {}; }\n#endif\n";

std::string tests_source(const CppDeclaration& d, const FunctionTests& tests) {
  return "#include \"hone_wire.h\"\n" + d.includes + d.preamble + "\n" + d.signature + ";\n" + kAfterIncludes +
         "static hone_wire::Remote<decltype(&" + d.name + ")> hone_remote_" + d.name + "{3};\n" +
         "#define " + d.name + " hone_remote_" + d.name + "\n" + tests.setup + "\n#define main hone_tests_main\n" + tests.tests.at(0) +
         "\n#undef main\nint main() { return hone_wire::judge_main(hone_tests_main); }\n";
}

std::string candidate_source(const CppDeclaration& d, const std::string& code) {
  return "#include \"hone_wire.h\"\n" + d.includes + "#define main hone_candidate_main\n" + "#line 1 \"program.cc\"\n" + code +
         "\n#undef main\n" + kAfterIncludes + "namespace hone_declared {\nusing namespace std;\n" + d.preamble + "\n" + d.signature +
         ";\n}\nint main() {\n  try {\n    hone_wire::Server<decltype(&hone_declared::" + d.name +
         ")>::serve(3, [](auto&&... a) -> decltype(auto) { return ::" + d.name +
         "(std::forward<decltype(a)>(a)...); });\n  } catch (const hone_wire::Gone&) {\n  }\n  ::_exit(0);\n}\n";
}

Compilation compilation_of(const Toolchain& toolchain, const char* optimize, const std::string& source) {
  return {{toolchain.compiler, "-std=c++17", optimize, "-pipe", "-w", "-idirafter", "/box", "-o", Compiler::kOutput, "/box/program.cc"},
          {{"program.cc", source}, {"hone_wire.h", std::string(kCppWire)}, {"boost_any.hpp", kBoostAny}}};
}

}  // namespace

TestReport run_cpp_tests(const Sandbox& sandbox, Compiler& compiler, const Toolchain& toolchain, const RunLimits& limits,
                         const std::string& code, const FunctionTests& tests) {
  TestReport report;
  const std::optional<CppDeclaration> declaration = parse_cpp_declaration(tests.declaration);
  if (!declaration)
    throw Error(ErrorCode::invalid_argument, "the tests have no declaration that ends in the function's signature and '{'");
  const auto judge = compiler.compile(compilation_of(toolchain, "-O0", tests_source(*declaration, tests)));
  if (judge->judgement.verdict == Verdict::internal) {
    report.tests.push_back(judge->judgement);
    return report;
  }
  if (judge->judgement.verdict != Verdict::accepted)
    throw Error(ErrorCode::invalid_argument, "the tests do not compile: " + judge->judgement.detail);
  const auto candidate = compiler.compile(compilation_of(toolchain, "-O2", candidate_source(*declaration, code)));
  report.usage.add(candidate->usage);
  if (candidate->judgement.verdict != Verdict::accepted) {
    report.tests.push_back(candidate->judgement);
    return report;
  }
  const std::string token = random_token();
  const MemoryFile document(token);
  SandboxRun run;
  run.argv = {"/box/judge"};
  run.peer_argv = {"/box/candidate"};
  run.files = {{"judge", judge->program, true}, {"candidate", candidate->program, true}};
  run.tests = &document;
  run.limits = limits;
  read_report(sandbox.run(run), token, 1, report);
  return report;
}

}  // namespace hone
