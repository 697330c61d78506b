#include "rewards/code/verdict.h"

namespace hone {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted: return "accepted";
    case Verdict::wrong_answer: return "wrong answer";
    case Verdict::runtime_error: return "run-time error";
    case Verdict::signal: return "signal";
    case Verdict::cpu_time: return "CPU time";
    case Verdict::wall_time: return "wall time";
    case Verdict::memory: return "memory";
    case Verdict::output: return "output";
    case Verdict::compile_error: return "compile error";
    case Verdict::compile_time: return "compile time";
    case Verdict::security: return "security";
    case Verdict::internal: return "internal";
  }
  return "internal";
}

}  // namespace hone
