#include "rewards/code/code_settings.h"

#include <array>

#include "rewards/text.h"

namespace hone {
namespace {

constexpr int64_t kMiB = 1 << 20;

double seconds(Settings& s, const std::string& key, double fallback) {
  const double value = s.number(key, fallback);
  if (value <= 0.0 || value > 3600.0) s.fail(key, std::to_string(value) + " is out of range; give seconds in (0, 3600]");
  return value;
}

int64_t mebibytes(Settings& s, const std::string& key, int64_t fallback) {
  return s.integer(key, 1, 1 << 20, fallback / kMiB) * kMiB;
}

void read_limits(Settings& s, RunLimits& run, RunLimits& compile) {
  run.cpu_s = seconds(s, "cpu_s", run.cpu_s);
  run.wall_s = seconds(s, "wall_s", std::max(run.wall_s, 3.0 * run.cpu_s));
  run.memory_bytes = mebibytes(s, "memory_mb", run.memory_bytes);
  run.output_bytes = mebibytes(s, "output_mb", run.output_bytes);
  run.tmp_bytes = mebibytes(s, "tmp_mb", run.tmp_bytes);
  run.tmp_inodes = s.integer("files", 8, 1 << 20, run.tmp_inodes);
  run.processes = s.integer("processes", 1, 4096, run.processes);
  run.open_files = s.integer("open_files", 16, 65536, run.open_files);
  run.stack_bytes = mebibytes(s, "stack_mb", run.stack_bytes);
  compile.cpu_s = seconds(s, "compile_cpu_s", 30.0);
  compile.wall_s = seconds(s, "compile_wall_s", 3.0 * compile.cpu_s);
  compile.memory_bytes = mebibytes(s, "compile_memory_mb", 2048 * kMiB);
  compile.tmp_bytes = mebibytes(s, "compile_tmp_mb", 256 * kMiB);
  compile.output_bytes = 1 * kMiB;
}

}  // namespace

const char* const kCodeSettingsHelp =
    "language (\"python\" or \"cpp\", default \"python\"): of rows without a \"language\" field\n"
    "source (\"block\", \"text\" or \"continuation\", default \"block\"): the last fenced block, the whole completion, or prompt "
    "and completion joined\n"
    "prelude (string, default \"\"): put before every program\n"
    "scoring (\"all\" or \"fraction\", default \"all\"): 1 if every test passes, or the share that passes\n"
    "compare (\"tokens\", \"lines\", \"exact\" or \"floats\", default \"tokens\"): how standard output is compared\n"
    "float_tolerance (number, default 1e-6): for \"floats\", absolute or relative to the expected value\n"
    "parallel (integer, default 0): runs at once; 0 = hardware threads\n"
    "python (string, default \"\"): the interpreter; \"\" = /usr/bin/python3, else python3 in PATH\n"
    "cpp_compiler (string, default \"\"): \"\" = g++ in PATH\n"
    "sandbox (object): allow_weaker (false), cores (1), user (65534), cpu_s (10), wall_s (3 x cpu_s), memory_mb (512), output_mb (16), "
    "tmp_mb (64), files (1024), processes (64), open_files (256), stack_mb (64), compile_cpu_s (30), compile_wall_s (3 x "
    "compile_cpu_s), compile_memory_mb (2048), compile_tmp_mb (256), compile_cache_mb (256)";

CodeSettings read_code_settings(Settings& settings) {
  static constexpr std::array<std::string_view, 3> kSources{"block", "text", "continuation"};
  static constexpr std::array<std::string_view, 2> kScorings{"all", "fraction"};
  static constexpr std::array<std::string_view, 4> kMatches{"tokens", "lines", "exact", "floats"};
  CodeSettings out;
  const std::string language = settings.text("language", "python");
  out.language = find_language(lower(language));
  if (!out.language) settings.fail("language", "unknown language '" + excerpt(language) + "'; give one of: python, cpp");
  const std::string source = settings.choice("source", kSources, "block");
  out.source = source == "block" ? CodeSettings::Source::block
                                 : source == "text" ? CodeSettings::Source::text : CodeSettings::Source::continuation;
  out.prelude = settings.text("prelude", "");
  out.fraction = settings.choice("scoring", kScorings, "all") == "fraction";
  const std::string match = settings.choice("compare", kMatches, "tokens");
  out.match = match == "tokens" ? OutputMatch::tokens
              : match == "lines" ? OutputMatch::lines
              : match == "exact" ? OutputMatch::exact
                                 : OutputMatch::floats;
  out.float_tolerance = settings.number("float_tolerance", 1e-6);
  if (out.float_tolerance < 0.0 || out.float_tolerance > 1.0) settings.fail("float_tolerance", "give a number in [0, 1]");
  out.parallel = static_cast<int>(settings.integer("parallel", 0, 1024, 0));
  out.python = settings.text("python", "");
  out.cpp_compiler = settings.text("cpp_compiler", "");
  Settings sandbox = settings.object("sandbox");
  out.sandbox.allow_weaker = sandbox.boolean("allow_weaker", false);
  out.sandbox.cores = sandbox.number("cores", 1.0);
  if (out.sandbox.cores < 0.1 || out.sandbox.cores > 1024.0) sandbox.fail("cores", "give a number in [0.1, 1024]");
  out.sandbox.user = sandbox.integer("user", 1, 0x7fffffff, 65534);
  out.cache_bytes = mebibytes(sandbox, "compile_cache_mb", out.cache_bytes);
  read_limits(sandbox, out.run, out.compile);
  sandbox.reject_unknown();
  return out;
}

}  // namespace hone
