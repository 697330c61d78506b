#include "rl/compare/html_report.h"

#include <algorithm>
#include <sstream>

#include "proto/base/format.h"
#include "rl/compare/svg_plot.h"
#include "rl/compare/table.h"

namespace hone {
namespace {

using Row = std::vector<std::string>;

constexpr const char* kStyle =
    ":root{color-scheme:light dark;--page:#fdfdfc;--ink:#1b2126;--muted:#5d6871;--line:#e3e6e8;--panel:#f4f5f5;--right:#1d7a3e;--wrong:#a8322a}"
    "@media(prefers-color-scheme:dark){:root{--page:#14181b;--ink:#e6eaed;--muted:#9aa6af;--line:#2b3338;--panel:#1c2226;--right:#67cf8d;--wrong:#ff8d83}}"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:2.2rem 1.4rem 4rem;background:var(--page);color:var(--ink);"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',sans-serif}"
    "h1{font-size:1.75rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.6rem 0 .5rem}p{margin:.4rem 0;max-width:72ch}"
    ".lead,.note,figcaption{color:var(--muted)}.note,figcaption{font-size:.88rem}"
    ".scroll{overflow-x:auto;margin:.8rem 0}table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.42rem .5rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top}"
    "th:first-child,td:first-child{text-align:left}th{font-weight:600;white-space:normal;color:var(--muted);vertical-align:bottom}"
    "td small,th small{display:block;font-weight:400;color:var(--muted);font-size:.82em}tr.rule td{color:var(--muted);font-style:italic}"
    "figure{margin:1rem 0 1.6rem}.wide{overflow-x:auto}.wide svg{min-width:640px}.pair{display:grid;grid-template-columns:repeat(auto-fill,minmax(430px,1fr));gap:0 2rem}"
    ".legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.9rem;margin:.6rem 0}.legend b{font-weight:500;color:var(--ink)}"
    ".problem{background:var(--panel);border-radius:8px;padding:.8rem 1rem;margin:.8rem 0}.problem pre{margin:.2rem 0 .6rem}"
    "pre,code{font:.84rem/1.45 ui-monospace,SFMono-Regular,Menlo,monospace}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}"
    ".problem td,.problem th{text-align:left;white-space:normal;border-color:var(--line)}.problem th{width:28%}.problem th:first-child{width:16%}.problem table{table-layout:fixed;min-width:640px}"
    ".right{color:var(--right)}.wrong{color:var(--wrong)}";

std::string role_text(SetRole role) {
  switch (role) {
    case SetRole::held_out: return "held out";
    case SetRole::ood: return "out of distribution";
    case SetRole::skill: return "other skill";
  }
  return "";
}

/// Cells are HTML.
std::string table(const std::vector<Row>& rows, std::size_t rules = 0) {
  std::string out = "<div class=\"scroll\"><table>";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += r + rules >= rows.size() && rules > 0 ? "<tr class=\"rule\">" : "<tr>";
    for (std::size_t c = 0; c < rows[0].size(); ++c) {
      const std::string cell = c < rows[r].size() ? rows[r][c] : "";
      out += r == 0 ? "<th>" + cell + "</th>" : "<td>" + cell + "</td>";
    }
    out += "</tr>";
  }
  return out + "</table></div>";
}

std::string estimate_cell(const Estimate& e, bool difference) {
  return (difference ? format("%+.1f", 100 * e.mean) : format("%.1f", 100 * e.mean)) + "<small>" +
         (difference ? format("%+.1f to %+.1f", 100 * e.interval.low, 100 * e.interval.high) : format("%.1f to %.1f", 100 * e.interval.low, 100 * e.interval.high)) +
         "</small>";
}

std::string arm_cell(const CompareResults& r, std::size_t arm) {
  return "<span class=\"c" + std::to_string(arm % kPlotColors) + "\"><span class=\"swatch\"></span></span>" + html_escape(r.arms[arm].name);
}

std::string legend(const CompareResults& r, bool trained_only) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t a = 0; a < r.arms.size(); ++a)
    if (!trained_only || r.arms[a].kind != ArmKind::prompt) out += "<span>" + arm_cell(r, a) + "</span>";
  return out + "</div>";
}

std::string main_table(const CompareResults& r) {
  Row head{"arm"};
  for (std::size_t s = 0; s < r.sets.size(); ++s) {
    head.push_back(html_escape(r.sets[s].name) + ", %<small>" + role_text(r.sets[s].role) + ", " + std::to_string(r.sets[s].problems) + " problems</small>");
    if (s == r.held_out && r.reference) head.push_back("gain, points<small>over " + html_escape(r.arms[*r.reference].name) + "</small>");
  }
  for (const char* name : {"tokens<small>an answer</small>", "cut off", "reasoning<small>share</small>", "KL<small>nats a token</small>"}) head.push_back(name);
  std::vector<Row> rows{head};
  for (std::size_t a = 0; a < r.arms.size(); ++a) {
    const ArmResult& arm = r.arms[a];
    Row row{arm_cell(r, a)};
    for (std::size_t s = 0; s < r.sets.size(); ++s) {
      row.push_back(estimate_cell(arm.sets[s].accuracy, false));
      if (s == r.held_out && r.reference) row.push_back(arm.sets[s].gain ? estimate_cell(*arm.sets[s].gain, true) : "");
    }
    const SetResult& held_out = arm.sets[r.held_out];
    const auto kl = mean_kl(arm);
    for (const std::string& cell : {format("%.1f", held_out.tokens), format("%.0f %%", 100 * held_out.truncated), format("%.0f %%", 100 * held_out.reasoning),
                                    kl ? format("%.3f", *kl) : std::string("0")})
      row.push_back(cell);
    rows.push_back(row);
  }
  const bool with_rules = std::any_of(r.sets.begin(), r.sets.end(), [](const SetInfo& s) { return !s.rules.empty(); });
  if (with_rules) {
    Row row{"best constant rule"};
    for (std::size_t s = 0; s < r.sets.size(); ++s) {
      const auto& rules = r.sets[s].rules;
      row.push_back(rules.empty() ? "" : format("%.1f", 100 * rules.front().accuracy) + "<small>" + html_escape(rules.front().name) + "</small>");
      if (s == r.held_out && r.reference) row.push_back("");
    }
    rows.push_back(row);
  }
  return table(rows, with_rules ? 1 : 0);
}

std::vector<PlotRow> accuracy_rows(const CompareResults& r, std::size_t set) {
  std::vector<PlotRow> rows;
  for (std::size_t a = 0; a < r.arms.size(); ++a) {
    const SetResult& s = r.arms[a].sets[set];
    PlotRow row{r.arms[a].name, static_cast<int>(a), s.accuracy.mean, s.accuracy.interval.low, s.accuracy.interval.high, {}};
    if (s.seeds.size() > 1)
      for (const SeedAccuracy& one : s.seeds) row.dots.push_back(one.accuracy);
    rows.push_back(row);
  }
  return rows;
}

std::string accuracy_figure(const CompareResults& r, std::size_t set, PlotWidth width) {
  const SetInfo& info = r.sets[set];
  std::vector<PlotYardstick> marks;
  if (!info.rules.empty()) marks.push_back({"best constant rule: " + info.rules.front().name, info.rules.front().accuracy});
  return std::string(width == PlotWidth::full ? "<figure class=\"wide\">" : "<figure>") + interval_plot("accuracy on " + info.name, {"accuracy", true}, accuracy_rows(r, set), marks, width) + "<figcaption>" + html_escape(info.name) + " (" +
         role_text(info.role) + ")." + (set == r.held_out ? " Whiskers: 95 % over problems and seeds; rings: single seeds." : "") + "</figcaption></figure>";
}

std::string curves_figure(const CompareResults& r, bool lengths) {
  std::vector<PlotCurve> curves;
  for (std::size_t a = 0; a < r.arms.size(); ++a) {
    const auto add = [&](const Curve& c, bool thin, const std::string& name) {
      curves.push_back({static_cast<int>(a), thin, name, c.spent, lengths ? c.length : c.accuracy});
    };
    if (r.arms[a].curves.size() > 1)
      for (const Curve& c : r.arms[a].curves) add(c, true, r.arms[a].name + ", seed " + std::to_string(c.seed));
    const Curve mean = mean_curve(r.arms[a]);
    if (!mean.spent.empty()) add(mean, false, r.arms[a].name);
  }
  if (curves.empty()) return "";
  const std::string unit = r.currency == "flops" ? "FLOP spent" : r.currency + " spent";
  const std::string what = lengths ? "tokens an answer" : "accuracy";
  return "<figure>" + line_plot(what + " along the budget", {unit, false}, {what, !lengths}, curves, PlotWidth::half) + "<figcaption>" + (lengths ? "Length of held-out answers" : "Held-out accuracy") +
         " by the runs' own evaluations. Thick: mean over seeds; thin: single seeds.</figcaption></figure>";
}

std::string groups_figure(const CompareResults& r, std::size_t set) {
  const auto& sizes = r.arms.front().sets[set].group_sizes;
  if (sizes.size() < 2) return "";
  const std::string title = r.sets[set].name + " by " + group_field(r.sets[set]);
  std::vector<PlotGroup> groups;
  for (const auto& [name, size] : sizes) {
    PlotGroup group{name + " (" + std::to_string(size) + ")", {}};
    for (std::size_t a = 0; a < r.arms.size(); ++a) {
      const Estimate& e = r.arms[a].sets[set].groups.at(name);
      group.members.push_back({r.arms[a].name, static_cast<int>(a), e.mean, e.interval.low, e.interval.high, {}});
    }
    groups.push_back(std::move(group));
  }
  return "<figure class=\"wide\">" + group_plot(title, {"accuracy", true}, groups) + "<figcaption>" + html_escape(title) + "; number of problems in brackets.</figcaption></figure>";
}

std::string groups_section(const CompareResults& r) {
  std::string figures;
  for (std::size_t set = 0; set < r.sets.size(); ++set) figures += groups_figure(r, set);
  return figures.empty() ? "" : "<h2>Accuracy by kind of problem</h2>" + legend(r, false) + figures;
}

std::string examples_section(const CompareResults& r) {
  if (r.examples.empty()) return "";
  std::string out = "<h2>The same problems before, during and after training</h2><p class=\"note\">The first problems of the held-out file, not chosen; during: the evaluation with the accuracy nearest half-way. Answers are those "
                    "of the runs' own evaluations; where a run has none before its first step, the base's.</p>";
  std::vector<std::string> prompts;
  for (const Example& e : r.examples)
    if (std::find(prompts.begin(), prompts.end(), e.prompt) == prompts.end()) prompts.push_back(e.prompt);
  for (const std::string& prompt : prompts) {
    std::vector<Row> rows{{"arm", "before", "during", "after"}};
    std::string reference;
    for (const Example& e : r.examples) {
      if (e.prompt != prompt) continue;
      reference = e.reference;
      Row row{html_escape(e.arm) + "<small>seed " + std::to_string(e.seed) + "</small>"};
      for (const Example::Answer& a : e.answers)
        row.push_back("<small>step " + std::to_string(a.step) + (a.right ? " <span class=\"right\">✓</span>" : " <span class=\"wrong\">✗</span>") + "</small><pre>" +
                      html_escape(a.text) + "</pre>");
      if (row.size() == 3) row.insert(row.begin() + 2, "");  // nothing in between
      rows.push_back(row);
    }
    out += "<div class=\"problem\"><pre>" + html_escape(prompt) + "</pre><p class=\"note\">reference: " + html_escape(reference) + "</p>" + table(rows) + "</div>";
  }
  return out;
}

std::string cost_section(const CompareResults& r) {
  const std::vector<HardwarePrice> prices = hardware_prices(r.cost);
  Row head{"arm, mean of a run", r.currency + " of budget", "tokens<small>prompts / sampled / learner</small>", "FLOP<small>sampling / learning</small>", "time", "energy"};
  if (r.cost.usd_per_hour) head.push_back("USD<small>" + html_escape(r.cost.hardware) + format(" at %.2f/h</small>", *r.cost.usd_per_hour));
  for (const HardwarePrice& p : prices) head.push_back("on " + html_escape(p.name) + "<small>" + format("%.2f USD/h, %.2g FLOP/s", p.usd_per_hour, p.flops_per_s) + "</small>");
  std::vector<Row> rows{head};
  for (std::size_t a = 0; a < r.arms.size(); ++a) {
    const ArmResult& arm = r.arms[a];
    if (arm.kind == ArmKind::prompt) continue;
    const RunCost& c = arm.cost;
    double budget = 0.0;
    for (const double b : arm.budget) budget += b / static_cast<double>(arm.budget.size());
    const auto tokens = [](int64_t n) { return tick_text(static_cast<double>(n), false); };
    Row row{arm_cell(r, a), tick_text(mean_spent(arm), false) + (budget > 0 ? "<small>" + format("%.0f %%", 100 * mean_spent(arm) / budget) + "</small>" : ""),
            tokens(c.tokens()) + "<small>" + tokens(c.prompt_tokens) + " / " + tokens(c.generated_tokens) + " / " + tokens(c.learner_tokens) + "</small>",
            format("%.2e", c.flops()) + "<small>" + format("%.1e / %.1e", c.generation_flops, c.learner_flops) + "</small>", seconds_text(c.seconds),
            c.energy_j ? format("%.1f kJ", 1e-3 * *c.energy_j) : std::string("not readable")};
    if (const auto usd = c.usd(r.cost)) row.push_back(format("%.2g", *usd));
    for (const HardwarePrice& p : prices)
      row.push_back(usd_text(c.flops() / p.flops_per_s / 3600.0 * p.usd_per_hour) + "<small>" + seconds_text(c.flops() / p.flops_per_s) + "</small>");
    rows.push_back(row);
  }
  if (rows.size() == 1) return "";
  std::string out = "<h2>What it cost</h2>" + table(rows) +
                    "<p class=\"note\">Training only, without evaluation. Tokens count as often as they are computed; FLOP by the formula of docs/compare.md.</p>"
                    "<p class=\"note\">For scale, as their authors state it, other work on other hardware: ";
  for (const PublishedCost& p : published_costs()) out += html_escape(std::string(p.what) + ": " + p.cost + " (" + p.source + "). ");
  return out + "</p>";
}

std::string rules_section(const CompareResults& r) {
  constexpr std::size_t kShown = 4;
  std::vector<Row> rows{{"problem set"}};
  for (std::size_t i = 0; i < kShown; ++i) rows[0].push_back(i == 0 ? "best rule, %" : std::to_string(i + 1) + ".");
  for (const SetInfo& s : r.sets) {
    if (s.rules.empty()) continue;
    rows.push_back({html_escape(s.name)});
    for (std::size_t i = 0; i < kShown && i < s.rules.size(); ++i) rows.back().push_back(format("%.1f", 100 * s.rules[i].accuracy) + "<small>" + html_escape(s.rules[i].name) + "</small>");
  }
  if (rows.size() == 1) return "";
  return "<h2>What rules reach that never read the problem</h2>" + table(rows) +
         "<p class=\"note\">Always the same answer, or always the same sum with the numbers of the prompt. The best is chosen on these problems, which flatters it.</p>";
}

}  // namespace

std::string comparison_page(const CompareResults& r) {
  std::ostringstream out;
  out << "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" << html_escape(r.name)
      << "</title><style>" << kStyle << plot_style() << "</style></head><body><h1>" << html_escape(r.name) << "</h1><p class=\"lead\">" << html_escape(subtitle(r)) << ".</p>";
  for (const std::string& note : underspent(r)) out << "<p class=\"note\">" << html_escape(note) << ".</p>";
  out << "<h2>Results</h2>" << main_table(r) << accuracy_figure(r, r.held_out, PlotWidth::full);
  if (r.sets.size() > 1) {
    out << "<h2>Beyond the task it learned</h2><div class=\"pair\">";
    for (std::size_t s = 0; s < r.sets.size(); ++s)
      if (s != r.held_out) out << accuracy_figure(r, s, PlotWidth::half);
    out << "</div>";
  }
  const std::string curves = curves_figure(r, false);
  if (!curves.empty()) out << "<h2>Along the budget</h2>" << legend(r, true) << "<div class=\"pair\">" << curves << curves_figure(r, true) << "</div>";
  out << groups_section(r) << rules_section(r) << examples_section(r) << cost_section(r);
  out << "<h2>How to read this</h2><p class=\"note\">Accuracy is the mean over problems and seeds; its interval resamples problems and seeds apart from each other (95 %, pigeonhole "
         "bootstrap). Gains are paired by problem and seed. The divergence is the k3 estimate of KL(arm || base) on the arm's own samples at temperature 1.</p></body></html>\n";
  return out.str();
}

}  // namespace hone
