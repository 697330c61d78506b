#include "rl/sample_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "proto/base/error.h"
#include "rewards/answer_extraction.h"
#include "rewards/number_text.h"

namespace hone {
namespace {

constexpr const char* kRightAnswer = "\x01";  // what all right answers of a problem vote for

std::optional<std::string> vote(const EvalSample& sample) {
  if (sample.right) return kRightAnswer;
  if (const auto value = extract_answer(sample.text, Extraction::lenient)) return to_text(*value);
  const std::size_t begin = sample.text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return std::nullopt;
  return sample.text.substr(begin, sample.text.find_last_not_of(" \t\r\n") - begin + 1);
}

double selection_score(const EvalSample& sample, const std::string& select_by) {
  if (select_by == "logprob") return sample.mean_logprob;
  for (const auto& [name, score] : sample.components)
    if (name == select_by) return score;
  throw Error(ErrorCode::invalid_argument, "best of k by \"" + select_by + "\": neither logprob nor a reward function of this evaluation");
}

/// A problem's scored samples, ready to be counted.
struct ProblemSamples {
  int64_t right = 0;
  std::vector<std::optional<std::string>> votes;
  std::vector<double> scores;
  std::vector<bool> is_right;
  int64_t count() const { return static_cast<int64_t>(is_right.size()); }
};

ProblemSamples counted(const EvalRecord& record, const std::string& select_by) {
  ProblemSamples out;
  for (const EvalSample& s : record.samples) {
    if (!s.scored) continue;
    out.right += s.right ? 1 : 0;
    out.votes.push_back(vote(s));
    out.scores.push_back(selection_score(s, select_by));
    out.is_right.push_back(s.right);
  }
  return out;
}

Estimate estimate(const std::vector<double>& values, uint64_t seed) {
  if (values.empty()) return {};
  return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()), mean_interval(values, seed)};
}

}  // namespace

double best_of_k(const std::vector<double>& scores, const std::vector<bool>& right, int64_t k) {
  const auto n = static_cast<int64_t>(scores.size());
  if (right.size() != scores.size() || k < 1 || k > n)
    throw Error(ErrorCode::invalid_argument, "best_of_k: k " + std::to_string(k) + " must be 1 to the number of samples, " + std::to_string(n));
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  // The sample of rank r leads C(n - 1 - r, k - 1) of the C(n, k) subsets: for r = 0 that is k / n of them.
  double share = static_cast<double>(k) / static_cast<double>(n), sum = 0.0;
  for (int64_t r = 0; r + k <= n; ++r) {
    if (right[order[static_cast<std::size_t>(r)]]) sum += share;
    share *= static_cast<double>(n - r - k) / static_cast<double>(n - 1 - r > 0 ? n - 1 - r : 1);
  }
  return sum;
}

SampleMetrics sample_metrics(const std::vector<EvalRecord>& records, const std::string& select_by, uint64_t seed) {
  if (records.empty()) throw Error(ErrorCode::invalid_argument, "metrics of samples: there is no problem");
  std::vector<ProblemSamples> problems;
  int64_t most = 0, samples = 0, truncated = 0, right = 0;
  double length_right = 0.0, length_wrong = 0.0;
  int64_t scored = 0;
  for (const EvalRecord& record : records) {
    problems.push_back(counted(record, select_by));
    most = std::max(most, problems.back().count());
    for (const EvalSample& s : record.samples) {
      samples += 1;
      truncated += s.truncated ? 1 : 0;
      if (!s.scored) continue;
      scored += 1;
      right += s.right ? 1 : 0;
      (s.right ? length_right : length_wrong) += static_cast<double>(s.tokens);
    }
  }
  SampleMetrics out;
  const double none = std::numeric_limits<double>::quiet_NaN();
  out.mean_length_right = right > 0 ? length_right / static_cast<double>(right) : none;
  out.mean_length_wrong = scored > right ? length_wrong / static_cast<double>(scored - right) : none;
  if (samples > 0) out.truncated = {static_cast<double>(truncated) / static_cast<double>(samples), wilson_interval(truncated, samples, 0.95)};
  for (int64_t k = 1; k <= most; k *= 2) {
    std::vector<double> pass, majority, best;
    for (const ProblemSamples& p : problems) {
      if (p.count() < k) continue;
      pass.push_back(pass_at_k(p.count(), p.right, k));
      majority.push_back(majority_at_k(p.votes, kRightAnswer, k));
      best.push_back(best_of_k(p.scores, p.is_right, k));
    }
    out.at.push_back({k, static_cast<int64_t>(pass.size()), estimate(pass, seed), estimate(majority, seed), estimate(best, seed)});
  }
  return out;
}

}  // namespace hone
