// Settings for sandbox tests, and the skip where this machine has no sandbox.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rewards/code/code_settings.h"
#include "rewards/code/sandbox.h"

namespace hone {

inline CodeSettings test_settings(const std::string& json = "{}") {
  const Json object = parse_json(json, "test");
  Settings reader(object, "test");
  CodeSettings settings = read_code_settings(reader);
  reader.reject_unknown();
  return settings;
}

/// Why no jail with all required layers can be made here, "" if one can.
inline std::string why_no_sandbox() {
  try {
    const Sandbox sandbox(SandboxOptions{});
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

}  // namespace hone

#define HONE_SKIP_WITHOUT_SANDBOX()                                   \
  do {                                                                \
    static const std::string kWhy = ::hone::why_no_sandbox();         \
    if (!kWhy.empty()) GTEST_SKIP() << kWhy;                          \
  } while (0)
