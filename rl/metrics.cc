#include "rl/metrics.h"


#include <algorithm>
#include <cmath>
#include <limits>

#include "proto/base/json.h"

namespace hone {

void Metrics::set(const std::string& name, double value) { entries_.push_back({name, value, 0, "", Entry::Kind::number}); }
void Metrics::set_integer(const std::string& name, int64_t value) {
  entries_.push_back({name, static_cast<double>(value), value, "", Entry::Kind::integer});
}
void Metrics::set_text(const std::string& name, const std::string& value) {
  entries_.push_back({name, std::numeric_limits<double>::quiet_NaN(), 0, value, Entry::Kind::text});
}

double Metrics::get(const std::string& name) const {
  for (const Entry& e : entries_)
    if (e.name == name) return e.value;
  return std::numeric_limits<double>::quiet_NaN();
}

std::string Metrics::to_json_line() const {
  OrderedJson out = OrderedJson::object();
  for (const Entry& e : entries_) {
    switch (e.kind) {
      case Entry::Kind::number: out[e.name] = std::isfinite(e.value) ? OrderedJson(e.value) : OrderedJson(nullptr); break;
      case Entry::Kind::integer: out[e.name] = e.integer; break;
      case Entry::Kind::text: out[e.name] = e.text; break;
    }
  }
  return dump_line(out);
}

namespace {

struct Lengths {
  double sum = 0.0;
  double count = 0.0;
  double min = std::numeric_limits<double>::infinity();
  double max = 0.0;

  void add(double length) {
    sum += length;
    count += 1.0;
    min = std::min(min, length);
    max = std::max(max, length);
  }
  void write(const std::string& suffix, Metrics& metrics) const {
    metrics.set("completions/mean_" + suffix, count > 0 ? sum / count : 0.0);
    metrics.set("completions/min_" + suffix, count > 0 ? min : 0.0);
    metrics.set("completions/max_" + suffix, max);
  }
};

}  // namespace

void add_completion_metrics(std::span<const Group> groups, Metrics& metrics) {
  Lengths all, terminated;
  double truncated = 0.0, skipped = 0.0, failed = 0.0;
  for (const Group& group : groups) {
    for (const Completion& c : group.completions) {
      const auto length = static_cast<double>(c.token_ids.size());
      all.add(length);
      if (c.finish_reason == FinishReason::length) truncated += 1.0;
      else terminated.add(length);
      if (c.reward.outcome == Outcome::skipped) skipped += 1.0;
      if (c.reward.outcome == Outcome::error) failed += 1.0;
    }
  }
  const double count = std::max(1.0, all.count);
  all.write("length", metrics);
  metrics.set("completions/clipped_ratio", truncated / count);
  terminated.write("terminated_length", metrics);
  metrics.set("rewards/skipped_ratio", skipped / count);
  metrics.set("rewards/error_ratio", failed / count);
}

}  // namespace hone
