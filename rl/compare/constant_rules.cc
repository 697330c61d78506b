#include "rl/compare/constant_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

#include "rewards/answer_extraction.h"

namespace hone {
namespace {

using Numbers = std::vector<double>;
constexpr double kEqual = 1e-6;

struct Rule {
  const char* name;
  std::function<double(const Numbers&)> value;  // of two numbers or more
};

double last(const Numbers& n) { return n[n.size() - 1]; }
double before_last(const Numbers& n) { return n[n.size() - 2]; }

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules{
      {"first + second", [](const Numbers& n) { return n[0] + n[1]; }},
      {"first - second", [](const Numbers& n) { return n[0] - n[1]; }},
      {"|first - second|", [](const Numbers& n) { return std::fabs(n[0] - n[1]); }},
      {"first x second", [](const Numbers& n) { return n[0] * n[1]; }},
      {"sum of the last two", [](const Numbers& n) { return before_last(n) + last(n); }},
      {"|difference of the last two|", [](const Numbers& n) { return std::fabs(before_last(n) - last(n)); }},
      {"product of the last two", [](const Numbers& n) { return before_last(n) * last(n); }},
      {"larger / smaller of the last two", [](const Numbers& n) { return std::max(before_last(n), last(n)) / std::max(1e-9, std::min(before_last(n), last(n))); }},
      {"largest - smallest", [](const Numbers& n) { return *std::max_element(n.begin(), n.end()) - *std::min_element(n.begin(), n.end()); }},
      {"sum of all", [](const Numbers& n) { return std::accumulate(n.begin(), n.end(), 0.0); }},
      {"product of all", [](const Numbers& n) { return std::accumulate(n.begin(), n.end(), 1.0, std::multiplies<>()); }},
      {"first number", [](const Numbers& n) { return n[0]; }},
      {"last number", [](const Numbers& n) { return last(n); }},
  };
  return kRules;
}

std::optional<double> reference_number(const std::string& reference) {
  const auto value = reference_value(reference);
  return value ? std::optional<double>(value->get_d()) : std::nullopt;
}

ConstantRule most_frequent_answer(const std::vector<ProblemResult>& problems) {
  std::map<std::string, int64_t> counts;
  for (const ProblemResult& p : problems) ++counts[p.reference];
  const auto best = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return {"always \"" + best->first + "\"", static_cast<double>(best->second) / static_cast<double>(problems.size())};
}

}  // namespace

std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> out;
  const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  for (std::size_t i = 0; i < text.size();) {
    if (!digit(i)) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (digit(end)) ++end;
    if (end < text.size() && text[end] == '.' && digit(end + 1))
      for (++end; digit(end);) ++end;
    out.push_back(std::strtod(text.substr(i, end - i).c_str(), nullptr));
    i = end;
  }
  return out;
}

std::vector<ConstantRule> constant_rules(const std::vector<ProblemResult>& problems) {
  if (problems.empty()) return {};
  std::vector<ConstantRule> out{most_frequent_answer(problems)};
  for (const Rule& rule : rules()) {
    int64_t right = 0;
    for (const ProblemResult& p : problems) {
      const Numbers numbers = numbers_in(p.prompt);
      const auto reference = reference_number(p.reference);
      if (reference && numbers.size() >= 2 && std::fabs(rule.value(numbers) - *reference) <= kEqual * std::max(1.0, std::fabs(*reference))) ++right;
    }
    out.push_back({rule.name, static_cast<double>(right) / static_cast<double>(problems.size())});
  }
  std::stable_sort(out.begin(), out.end(), [](const ConstantRule& a, const ConstantRule& b) { return a.accuracy > b.accuracy; });
  return out;
}

}  // namespace hone
