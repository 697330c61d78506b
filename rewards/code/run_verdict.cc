#include "rewards/code/run_verdict.h"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "rewards/text.h"

namespace hone {
namespace {

constexpr std::size_t kErrorShown = 300;

/// The end of standard error, where interpreters say what went wrong.
std::string tail_of(const std::string& error) {
  std::string_view text = trim(error);
  if (text.size() > kErrorShown) text.remove_prefix(text.size() - kErrorShown);
  return std::string(text);
}

std::string_view last_line(std::string_view text) {
  text = trim(text);
  const std::size_t newline = text.rfind('\n');
  return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

/// Programs that meet an allocation failure say so themselves before they end.
bool says_out_of_memory(const std::string& error) {
  const std::string_view last = last_line(error);
  return last.starts_with("MemoryError") || last.find("Cannot allocate memory") != std::string_view::npos ||
         error.find("std::bad_alloc") != std::string::npos;
}

std::string with_error(std::string what, const std::string& error) {
  const std::string tail = tail_of(error);
  return tail.empty() ? what : what + ": " + tail;
}

Judgement judge(RunEnd end, int value, const SandboxResult& result) {
  switch (end) {
    case RunEnd::internal: return {Verdict::internal, result.failure};
    case RunEnd::cpu_time: return {Verdict::cpu_time, "CPU time limit"};
    case RunEnd::wall_time: return {Verdict::wall_time, "wall time limit"};
    case RunEnd::memory: return {Verdict::memory, "memory limit"};
    case RunEnd::output: return {Verdict::output, "output limit"};
    case RunEnd::signaled: {
      if (value == SIGSYS) return {Verdict::security, "ended by the system-call filter"};
      if (says_out_of_memory(result.error)) return {Verdict::memory, tail_of(result.error)};
      const char* name = sigabbrev_np(value);
      return {Verdict::signal, with_error("ended by SIG" + std::string(name ? name : std::to_string(value).c_str()), result.error)};
    }
    case RunEnd::exited: break;
  }
  if (value == 0) return {Verdict::accepted, ""};
  if (says_out_of_memory(result.error)) return {Verdict::memory, tail_of(result.error)};
  return {Verdict::runtime_error, with_error("exit status " + std::to_string(value), result.error)};
}

}  // namespace

void RunUsage::add(const SandboxResult& result) { add(RunUsage{result.cpu_s, result.wall_s, result.peak_memory_bytes}); }

void RunUsage::add(const RunUsage& other) {
  cpu_s += other.cpu_s;
  wall_s += other.wall_s;
  peak_memory_bytes = std::max(peak_memory_bytes, other.peak_memory_bytes);
}

std::string RunUsage::describe() const {
  char text[120];
  std::snprintf(text, sizeof text, "cpu %.0f ms, wall %.0f ms, memory %.1f MiB", cpu_s * 1e3, wall_s * 1e3,
                static_cast<double>(peak_memory_bytes) / (1 << 20));
  return text;
}

Judgement judge_end(const SandboxResult& result) { return judge(result.end, result.value, result); }

Judgement judge_peer_end(const SandboxResult& result) {
  if (!result.peer_ended) return {Verdict::runtime_error, "the program hung up on the test"};
  const Judgement judgement = judge(result.peer_end, result.peer_value, result);
  if (judgement.verdict == Verdict::accepted) return {Verdict::runtime_error, "the program ended before the test did"};
  return judgement;
}

Judgement judge_compile(const SandboxResult& result) {
  Judgement judgement = judge_end(result);
  switch (judgement.verdict) {
    case Verdict::accepted:
      if (!result.artifact) return {Verdict::compile_error, "the compiler gave no program: " + result.failure};
      return judgement;
    case Verdict::cpu_time:
    case Verdict::wall_time: return {Verdict::compile_time, judgement.detail};
    case Verdict::internal:
    case Verdict::security: return judgement;
    default: {
      // The first diagnostic says more than the last.
      std::string_view text = trim(result.error);
      return {Verdict::compile_error, judgement.detail.substr(0, judgement.detail.find(':')) +
                                          (text.empty() ? "" : ": " + std::string(text.substr(0, kErrorShown)))};
    }
  }
}

}  // namespace hone
