#include "rl/compute_curve.h"

#include "proto/base/format.h"
#include "proto/base/json.h"
#include "rl/line_chart.h"

namespace hone {
namespace {

ComputePoint scored_point(std::vector<Group> groups, int64_t setting, Rewarder& rewarder, const EvalOptions& options) {
  for (Group& group : groups) rewarder.score(group);
  EvalOptions once = options;
  once.lenient = nullptr;
  const EvalSummary s = evaluation_of(std::move(groups), once).summary;
  return {setting, s.mean_length, {s.accuracy, {s.low, s.high}}};
}

}  // namespace

std::vector<ComputeSeries> sample_series(const EvalSummary& summary, const SampleMetrics& metrics) {
  ComputeSeries majority{"maj@k", "k", {}}, best{"best@k", "k", {}};
  for (const SampleMetrics::AtK& at : metrics.at) {
    const double tokens = static_cast<double>(at.k) * summary.mean_length;
    majority.points.push_back({at.k, tokens, at.majority});
    best.points.push_back({at.k, tokens, at.best});
  }
  return {majority, best};
}

std::vector<ComputeSeries> length_series(BudgetForcer& forcer, const std::vector<int64_t>& budgets, int64_t max_extensions, Rewarder& rewarder,
                                         const EvalOptions& options) {
  std::vector<ComputeSeries> out{{"budget", "tokens", {}}};
  for (const int64_t budget : budgets)
    out[0].points.push_back(scored_point(forcer.at_budget(static_cast<int32_t>(budget)), budget, rewarder, options));
  if (max_extensions == 0) return out;
  out.push_back({"extensions", "extensions", {}});
  for (int64_t count = 0; count <= max_extensions; ++count)
    out[1].points.push_back(scored_point(forcer.extended(static_cast<int32_t>(count)), count, rewarder, options));
  return out;
}

std::string compute_curve_text(const std::vector<ComputeSeries>& curve) {
  std::string out = "series           setting    tokens   accuracy, %\n";
  for (const ComputeSeries& s : curve)
    for (const ComputePoint& p : s.points)
      out += format("%-16s %7ld  %8.1f   %5.1f [%4.1f, %5.1f]\n", s.name.c_str(), static_cast<long>(p.setting), p.tokens,
                    100 * p.accuracy.mean, 100 * p.accuracy.interval.low, 100 * p.accuracy.interval.high);
  return out;
}

OrderedJson compute_curve_json(const std::vector<ComputeSeries>& curve) {
  OrderedJson out = OrderedJson::array();
  for (const ComputeSeries& s : curve) {
    OrderedJson points = OrderedJson::array();
    for (const ComputePoint& p : s.points)
      points.push_back({{s.setting == "tokens" ? "budget" : s.setting, p.setting}, {"tokens", p.tokens}, {"accuracy", p.accuracy.mean},
                        {"low", p.accuracy.interval.low}, {"high", p.accuracy.interval.high}});
    out.push_back({{"series", s.name}, {"points", std::move(points)}});
  }
  return out;
}

std::string compute_curve_svg(const std::vector<ComputeSeries>& curve, const std::string& title) {
  LineChart chart{title, "tokens a problem", "accuracy", {}};
  for (const ComputeSeries& s : curve) {
    ChartSeries series{s.name, {}};
    for (const ComputePoint& p : s.points)
      series.points.push_back({p.tokens, p.accuracy.mean, p.accuracy.interval.low, p.accuracy.interval.high, std::to_string(p.setting)});
    chart.series.push_back(std::move(series));
  }
  return to_svg(chart);
}

}  // namespace hone
