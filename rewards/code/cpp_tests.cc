// C++ function tests: the tests and the code under test become two programs. The tests call an object that stands for the
// function and sends its arguments to the other program; the types come from the problem's own declaration.
#include "proto/base/error.h"
#include "rewards/code/cpp_declaration.h"
#include "rewards/code/embedded.h"
#include "rewards/code/function_judge.h"
#include "rewards/pattern.h"

namespace hone {
namespace {

// boost::any is std::any where Boost is not installed; problem sets use it for values of several types.
constexpr const char* kBoostAny =
    "#pragma once\n#include <any>\n"
    "namespace boost { using std::any; using std::any_cast; using std::bad_any_cast; }\n";
constexpr const char* kAfterIncludes =
    "\n#ifdef BOOST_ANY_INCLUDED\nnamespace hone_wire { template <> struct Value<boost::any> : AnyValue<boost::any> {}; }\n#endif\n";

/// The function's type, whatever else has its name (remove, next...): declared in a namespace of its own.
std::string declared(const std::string& preamble, const CppDeclaration& d) {
  return "namespace hone_declared {\nusing namespace std;\n" + preamble + "\n" + d.signature + ";\n}\n";
}

/// The tests keep their main(), with its implicit "return 0": the linker puts ours before it (--wrap). A program that is gone before its
/// arguments are written is reported as that, not as a signal of the tests' own process.
std::string tests_source(const CppDeclaration& d, const FunctionTests& tests) {
  return "#include <signal.h>\n#include \"hone_wire.h\"\n" + d.includes + d.preamble + "\n" + declared("", d) + kAfterIncludes +
         "static hone_wire::Remote<decltype(&hone_declared::" + d.name + ")> hone_remote_" + d.name + "{3};\n" +
         "#define " + d.name + " hone_remote_" + d.name + "\n" + tests.setup + "\n" + tests.tests.at(0) +
         "\n#undef main\nextern \"C\" int __real_main(int, char**);\n"
         "extern \"C\" int __wrap_main(int, char**) {\n  ::signal(SIGPIPE, SIG_IGN);\n  return hone_wire::judge_main(__real_main);\n}\n";
}

/// After "using namespace std", std::gcd would answer for a program that has no gcd. Once the global namespace has a function of
/// this name, the compiler no longer looks there. Not where the program may have made it an object (a lambda, say).
std::string own_name_only(const std::string& name, const std::string& code) {
  std::string why;
  if (Pattern("\\b" + name + "\\s*[={]", Pattern::Part::search).match(code, why) == Pattern::Match::yes) return "";
  return "struct HoneNobody;\nvoid " + name + "(HoneNobody&);\n";
}

std::string candidate_source(const CppDeclaration& d, const std::string& code) {
  return "#include <signal.h>\n#include \"hone_wire.h\"\n" + d.includes + "#define main hone_candidate_main\n" + "#line 1 \"program.cc\"\n" + code +
         "\n#undef main\n" + kAfterIncludes + own_name_only(d.name, code) + declared(d.preamble, d) + "int main() {\n  try {\n    hone_wire::Server<decltype(&hone_declared::" + d.name +
         ")>::serve(3, [](auto&&... a) -> decltype(auto) { return ::" + d.name +
         "(static_cast<decltype(a)&&>(a)...); });\n  } catch (const hone_wire::Gone&) {\n  }\n  ::_exit(0);\n}\n";
}

/// Without optimization, as the problem sets' own harnesses compile (a reference solution of MBCPP reads an unset variable and
/// passes only so); tests of a single function spend their time in the compiler, not in the program.
Compilation compilation_of(const Toolchain& toolchain, std::vector<std::string> what) {
  Compilation c;
  c.argv = {toolchain.compiler, "-std=c++17", "-O0", "-pipe", "-w", "-idirafter", "/box", "-o", Compiler::kOutput};
  c.argv.insert(c.argv.end(), what.begin(), what.end());
  c.files = {{"hone_wire.h", std::string(kCppWire)}, {"boost/any.hpp", kBoostAny}};
  return c;
}

/// Both programs begin with the standard library: read once, precompiled, it costs a third of the time.
Compilation with_source(Compiler& compiler, const Toolchain& toolchain, const std::string& source,
                        std::vector<std::string> options) {
  options.emplace_back("/box/program.cc");
  Compilation c = compilation_of(toolchain, std::move(options));
  c.files.emplace_back("program.cc", source);
  c.precompiled_name = "hone_wire.h.gch";
  c.precompiled = compiler.compile(compilation_of(toolchain, {"-x", "c++-header", "/box/hone_wire.h"}))->program;
  return c;
}

}  // namespace

TestReport run_cpp_tests(const Sandbox& sandbox, Compiler& compiler, const Toolchain& toolchain, const RunLimits& limits,
                         const std::string& code, const FunctionTests& tests) {
  TestReport report;
  const std::optional<CppDeclaration> declaration = parse_cpp_declaration(tests.declaration);
  if (!declaration)
    throw Error(ErrorCode::invalid_argument, "the tests have no declaration that ends in the function's signature and '{'");
  const auto judge = compiler.compile(with_source(compiler, toolchain, tests_source(*declaration, tests), {"-Wl,--wrap=main"}));
  if (judge->judgement.verdict == Verdict::internal) {
    report.tests.push_back(judge->judgement);
    return report;
  }
  if (judge->judgement.verdict != Verdict::accepted)
    throw Error(ErrorCode::invalid_argument, "the tests do not compile: " + judge->judgement.detail);
  const auto candidate = compiler.compile(with_source(compiler, toolchain, candidate_source(*declaration, code), {}));
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
