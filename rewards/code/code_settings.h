// Settings of the "code" reward.
#pragma once

#include <string>
#include <vector>

#include "rewards/code/language.h"
#include "rewards/code/limits.h"
#include "rewards/code/output_match.h"
#include "rewards/code/sandbox.h"
#include "rewards/settings.h"

namespace hone {

struct CodeSettings {
  enum class Source : uint8_t { block, text, continuation };

  const Language* language = nullptr;  // of rows that do not name one
  Source source = Source::block;
  std::string prelude;
  bool fraction = false;  // score is the share of passed tests
  OutputMatch match = OutputMatch::tokens;
  double float_tolerance = 1e-6;
  int parallel = 0;  // runs at once, 0 = hardware threads
  int attempts = 3;  // of a run that failed internally
  std::string python;
  std::string cpp_compiler;
  RunLimits run, compile;
  int64_t cache_bytes = 256LL << 20;
  SandboxOptions sandbox;
};

/// Reads and checks all of them; see `hone score --list` for the list with defaults.
CodeSettings read_code_settings(Settings& settings);

/// The line-by-line description for the registry.
extern const char* const kCodeSettingsHelp;

}  // namespace hone
