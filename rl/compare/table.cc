#include "rl/compare/table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "proto/base/format.h"
#include "proto/base/log.h"
#include "rl/compare/svg_plot.h"
#include "rl/progress.h"

namespace hone {
namespace {

constexpr double kFullySpent = 0.99;

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string one_line(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

std::string set_title(const SetInfo& set) {
  std::string role(to_string(set.role));
  std::replace(role.begin(), role.end(), '_', ' ');
  return set.name + " (" + role + ", " + std::to_string(set.problems) + "), %";
}

std::vector<std::string> accuracy_header(const CompareResults& r) {
  std::vector<std::string> out{"arm"};
  for (std::size_t s = 0; s < r.sets.size(); ++s) {
    out.push_back(set_title(r.sets[s]));
    if (s == r.held_out && r.reference) out.push_back("gain");
  }
  return out;
}

std::vector<std::string> accuracy_row(const CompareResults& r, const ArmResult& arm) {
  std::vector<std::string> out{arm.name};
  for (std::size_t s = 0; s < arm.sets.size(); ++s) {
    out.push_back(percent_text(arm.sets[s].accuracy));
    if (s == r.held_out && r.reference) out.push_back(arm.sets[s].gain ? gain_text(*arm.sets[s].gain) : "");
  }
  return out;
}

/// Length and kind of the held-out answers, divergence, cost.
std::vector<std::string> behaviour_row(const CompareResults& r, const ArmResult& arm) {
  const SetResult& held_out = arm.sets[r.held_out];
  const auto kl = mean_kl(arm);
  std::vector<std::string> out{arm.name, format("%.1f", held_out.tokens), format("%.0f %%", 100 * held_out.truncated),
                               format("%.0f %%", 100 * held_out.reasoning), kl ? format("%.3f", *kl) : ""};
  if (arm.kind == ArmKind::prompt) return out;
  out.push_back(spent_text(mean_spent(arm), currency_from_string(r.currency)));
  out.push_back(format("%.2e", arm.cost.flops()));
  out.push_back(seconds_text(arm.cost.seconds));
  const auto usd = arm.cost.usd(r.cost);
  out.push_back(usd ? format("%.2g", *usd) : "");
  return out;
}

std::vector<std::string> rule_row(const CompareResults& r) {
  std::vector<std::string> out{"best constant rule"};
  for (std::size_t s = 0; s < r.sets.size(); ++s) {
    const auto& rules = r.sets[s].rules;
    out.push_back(rules.empty() ? "" : format("%.1f", 100 * rules.front().accuracy) + " (" + rules.front().name + ")");
    if (s == r.held_out && r.reference) out.push_back("");
  }
  return out;
}

void write_groups(std::ostringstream& out, const CompareResults& r, std::size_t set) {
  const auto& sizes = r.arms.front().sets[set].group_sizes;
  if (sizes.size() < 2) return;
  out << "\n" << r.sets[set].name << " by " << group_field(r.sets[set]) << ", %\n";
  std::vector<std::vector<std::string>> rows{{"arm"}};
  for (const auto& [group, size] : sizes) rows[0].push_back(group + " (" + std::to_string(size) + ")");
  for (const ArmResult& arm : r.arms) {
    rows.push_back({arm.name});
    for (const auto& [group, e] : arm.sets[set].groups) rows.back().push_back(percent_text(e));
  }
  out << text_table(rows);
}

/// Several curves in one field of characters, one letter an arm.
void write_curves(std::ostringstream& out, const CompareResults& r) {
  constexpr int kWidth = 64, kHeight = 14;
  double most = 0.0;
  std::vector<Curve> curves;
  for (const ArmResult& arm : r.arms) {
    curves.push_back(mean_curve(arm));
    for (const double x : curves.back().spent) most = std::max(most, x);
  }
  if (most <= 0) return;
  std::vector<std::string> grid(kHeight, std::string(kWidth, ' '));
  out << "\nheld-out accuracy of the runs' own evaluations, mean over seeds\n";
  for (std::size_t a = 0; a < curves.size(); ++a) {
    if (curves[a].spent.empty()) continue;
    const char letter = static_cast<char>('a' + a % 26);
    out << "  " << letter << " = " << r.arms[a].name << "\n";
    for (std::size_t i = 0; i < curves[a].spent.size(); ++i) {
      const auto column = static_cast<std::size_t>(std::lround(curves[a].spent[i] / most * (kWidth - 1)));
      const auto row = static_cast<std::size_t>(kHeight - 1 - std::lround(std::clamp(curves[a].accuracy[i], 0.0, 1.0) * (kHeight - 1)));
      grid[row][column] = letter;
    }
  }
  for (int i = 0; i < kHeight; ++i) out << (i == 0 ? "  100 % |" : i == kHeight - 1 ? "    0 % |" : "        |") << grid[static_cast<std::size_t>(i)] << "\n";
  const std::string end = spent_text(most, currency_from_string(r.currency));
  out << "        +" << std::string(kWidth, '-') << "\n         0" << std::string(kWidth > end.size() ? kWidth - 1 - end.size() : 0, ' ') << end << "\n";
}

void write_examples(std::ostringstream& out, const CompareResults& r) {
  if (r.examples.empty()) return;
  out << "\nthe first held-out problems, before, during and after training\n";
  for (const Example& e : r.examples) {
    out << "  " << e.arm << ", seed " << e.seed << ": " << one_line(e.prompt) << "   (reference " << one_line(e.reference) << ")\n";
    for (const Example::Answer& a : e.answers) out << "    step " << a.step << (a.right ? "  right  " : "  wrong  ") << one_line(a.text) << "\n";
  }
}

}  // namespace

std::string percent_text(const Estimate& e) { return format("%.1f [%.1f, %.1f]", 100 * e.mean, 100 * e.interval.low, 100 * e.interval.high); }
std::string gain_text(const Estimate& e) { return format("%+.1f [%+.1f, %+.1f]", 100 * e.mean, 100 * e.interval.low, 100 * e.interval.high); }

std::string seconds_text(double seconds) { return seconds < 60 ? format("%.1fs", seconds) : duration_text(seconds); }

std::string spent_text(double amount, Currency currency) {
  switch (currency) {
    case Currency::flops: return flops_text(amount);
    case Currency::tokens: return tick_text(std::round(amount), false) + " tokens";
    case Currency::seconds: return seconds_text(amount);
    case Currency::usd: return usd_text(amount);
  }
  return "";
}

std::optional<double> mean_kl(const ArmResult& arm) {
  if (arm.kl.empty()) return std::nullopt;
  double sum = 0.0;
  for (const KlResult& k : arm.kl) sum += k.kl;
  return sum / static_cast<double>(arm.kl.size());
}

double mean_spent(const ArmResult& arm) {
  double sum = 0.0;
  for (const double s : arm.spent) sum += s;
  return sum / std::max(1.0, static_cast<double>(arm.spent.size()));
}

std::vector<std::string> underspent(const CompareResults& r) {
  std::vector<std::string> out;
  for (const ArmResult& arm : r.arms)
    for (std::size_t s = 0; s < arm.spent.size() && s < arm.budget.size(); ++s)
      if (arm.spent[s] < kFullySpent * arm.budget[s])
        out.push_back(join(arm.name, ", seed ", arm.curves[s].seed, ": ended at run.max_steps with ", format("%.0f", 100 * arm.spent[s] / arm.budget[s]), " % of its budget"));
  return out;
}

std::string subtitle(const CompareResults& r) {
  std::string out = "base " + r.base + "; " + std::to_string(r.seeds) + (r.seeds == 1 ? " seed" : " seeds");
  if (r.amount) out += "; each trained run may spend " + spent_text(*r.amount, currency_from_string(r.currency));
  if (!r.same_as.empty()) out += "; each trained run may spend as many " + r.currency + " as " + r.same_as;
  return out;
}

std::string group_field(const SetInfo& set) { return set.group_by.empty() ? "task" : set.group_by; }

Curve mean_curve(const ArmResult& arm) {
  Curve out;
  if (arm.curves.empty()) return out;
  std::size_t points = std::numeric_limits<std::size_t>::max();
  for (const Curve& c : arm.curves) points = std::min(points, c.spent.size());
  const auto n = static_cast<double>(arm.curves.size());
  for (std::size_t i = 0; i < points; ++i) {
    double x = 0.0, y = 0.0, length = 0.0;
    for (const Curve& c : arm.curves) x += c.spent[i] / n, y += c.accuracy[i] / n, length += c.length[i] / n;
    out.spent.push_back(x), out.accuracy.push_back(y), out.length.push_back(length);
  }
  return out;
}

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (widths.size() <= c) widths.push_back(0);
      widths[c] = std::max(widths[c], width_of(row[c]));
    }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - width_of(row[c]), ' ');
      line += c == 0 ? row[c] + space : "  " + space + row[c];
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string comparison_text(const CompareResults& r) {
  std::ostringstream out;
  out << r.name << "\n" << subtitle(r) << "\n\n";
  std::vector<std::vector<std::string>> rows{accuracy_header(r)};
  std::vector<std::vector<std::string>> behaviour{{"arm", "length", "truncated", "reasoning", "KL", "spent", "FLOP", "time", "USD"}};
  for (const ArmResult& arm : r.arms) {
    rows.push_back(accuracy_row(r, arm));
    behaviour.push_back(behaviour_row(r, arm));
  }
  if (std::any_of(r.sets.begin(), r.sets.end(), [](const SetInfo& s) { return !s.rules.empty(); })) rows.push_back(rule_row(r));
  out << text_table(rows) << "\n" << text_table(behaviour) << "\naccuracy: mean over problems and seeds, 95 % interval that draws both anew";
  if (r.reference) out << "; gain over " << r.arms[*r.reference].name << ", paired";
  out << "\nlength: tokens of held-out answers; KL: nats a token from the base, on the arm's own held-out samples (k3)\n";
  for (const std::string& note : underspent(r)) out << "note: " << note << "\n";
  for (std::size_t set = 0; set < r.sets.size(); ++set) write_groups(out, r, set);
  write_curves(out, r);
  write_examples(out, r);
  return out.str();
}

}  // namespace hone
