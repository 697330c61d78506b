#include "rewards/code/function_judge.h"

#include <signal.h>
#include <sys/random.h>

#include <charconv>
#include <sstream>

#include "proto/base/error.h"

namespace hone {
namespace {

Judgement judgement_of(const std::string& word, const std::string& detail, const SandboxResult& result) {
  if (word == "pass") return {Verdict::accepted, ""};
  if (word == "wrong") return {Verdict::wrong_answer, detail};
  if (word == "error") return {Verdict::runtime_error, detail};
  if (word == "gone") return judge_peer_end(result);
  return {Verdict::internal, "the judge reported '" + word + "'"};
}

/// The judge's process itself did not end well: the tests' own abort() is a failed assertion, all else is the run's end.
Judgement judge_without_report(const SandboxResult& result) {
  if (result.end == RunEnd::signaled && result.value == SIGABRT) {
    Judgement judgement = judge_end(result);
    return {judgement.verdict == Verdict::memory ? Verdict::memory : Verdict::wrong_answer, judgement.detail};
  }
  if (result.end == RunEnd::exited) return {Verdict::wrong_answer, "the tests ended early: " + judge_end(result).detail};
  return judge_end(result);
}

}  // namespace

std::string random_token() {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes))
    throw Error(ErrorCode::internal, "code sandbox: no random numbers");
  std::string text;
  for (unsigned char b : bytes) {
    text += "0123456789abcdef"[b >> 4];
    text += "0123456789abcdef"[b & 15];
  }
  return text;
}

void read_report(const SandboxResult& result, const std::string& token, std::size_t count, TestReport& report) {
  report.usage.add(result);
  if (result.end == RunEnd::internal) {
    report.tests.push_back({Verdict::internal, result.failure});
    return;
  }
  std::vector<Judgement> found;
  bool ended = false;
  std::istringstream lines(result.report);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(token + " ")) continue;
    std::istringstream words(line.substr(token.size() + 1));
    std::string first, word, detail;
    words >> first >> word;
    std::getline(words >> std::ws, detail);
    if (first == "unused") {
      report.unusable = "the tests never use the program";
      continue;
    }
    if (first == "end") {
      ended = word == std::to_string(found.size());
      break;
    }
    if (first != std::to_string(found.size()) || found.size() == count) break;  // out of order: not our judge's work
    found.push_back(judgement_of(word, detail, result));
  }
  const bool clean = ended && result.end == RunEnd::exited && result.value == 0;
  const bool failed = !found.empty() && found.back().verdict != Verdict::accepted;
  if (!clean && !failed) found.push_back(judge_without_report(result));
  if (clean && !failed && found.size() < count) found.push_back({Verdict::internal, "not every test has reported"});
  report.tests.insert(report.tests.end(), found.begin(), found.end());
}

}  // namespace hone
