// The judges' own programs, compiled in: there is no file to find, or to change, at run time.
#pragma once

#include <string_view>

namespace hone {

extern const std::string_view kPythonWire, kPythonJudge, kPythonWorker;  // rewards/code/python/
extern const std::string_view kCppWire;                                 // rewards/code/cpp/wire.h

}  // namespace hone
