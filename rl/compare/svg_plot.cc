#include "rl/compare/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "proto/base/format.h"

namespace hone {
namespace {

constexpr double kLineHeight = 300, kRowHeight = 30, kGroupHeight = 320;
constexpr double kCharacter = 7.4;  // of the 13 px names, on average

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double v) {
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  }
};

/// A linear scale onto pixels with its ticks.
struct Scale {
  double low, high, from, to;
  std::vector<double> ticks;
  double at(double v) const { return from + (v - low) / (high - low) * (to - from); }
};

Scale make_scale(Range range, bool percent, double from, double to, int wanted) {
  if (!(range.low <= range.high)) range.low = 0.0, range.high = 1.0;
  if (range.low > 0 && (percent || range.low < 0.5 * range.high)) range.low = 0.0;
  if (range.high <= range.low) range.high = range.low + (percent ? 0.1 : 1.0);
  Scale scale{range.low, range.high, from, to, plot_ticks(range.low, range.high, wanted)};
  const double step = scale.ticks.size() > 1 ? scale.ticks[1] - scale.ticks[0] : 1.0;
  if (scale.ticks.back() < range.high) scale.ticks.push_back(scale.ticks.back() + step);
  scale.high = scale.ticks.back();
  scale.low = std::min(range.low, scale.ticks.front());
  if (percent && scale.high > 1.0) {
    scale.high = 1.0;
    while (scale.ticks.back() > 1.0 + 1e-9) scale.ticks.pop_back();
  }
  return scale;
}

std::string text(double x, double y, const char* anchor, const std::string& content, const char* style = "label") {
  return format("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", style, x, y, anchor) + html_escape(content) + "</text>";
}

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return format("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", style, x1, y1, x2, y2);
}

std::string color_class(int color) { return "c" + std::to_string(((color % kPlotColors) + kPlotColors) % kPlotColors); }

std::string begin_svg(double width, double height, const std::string& title) {
  return format("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", width, height) + html_escape(title) + "\"><title>" + html_escape(title) + "</title>";
}

std::string horizontal_grid(const Scale& y, const PlotAxis& axis, double left, double right) {
  std::string out;
  for (const double t : y.ticks) out += line(left, y.at(t), right, y.at(t), "grid") + text(left - 8, y.at(t) + 4, "end", tick_text(t, axis.percent));
  return out + text(left, y.to - 12, "start", axis.label, "axis");
}

std::string vertical_grid(const Scale& x, const PlotAxis& axis, double top, double bottom) {
  std::string out;
  for (const double t : x.ticks) out += line(x.at(t), top, x.at(t), bottom, "grid") + text(x.at(t), bottom + 18, "middle", tick_text(t, axis.percent));
  return out + text(x.to, bottom + 36, "end", axis.label, "axis");
}

/// A value with its whisker: along x at height y, or along y at x.
std::string whisker(const PlotRow& row, const Scale& scale, double across, bool horizontal, double radius) {
  const auto point = [&](double v, double offset) { return horizontal ? std::pair(scale.at(v), across + offset) : std::pair(across + offset, scale.at(v)); };
  std::string out = "<g class=\"" + color_class(row.color) + "\"><title>" + html_escape(row.name) + ": " + tick_text(row.value, true) +
                    " [" + tick_text(row.low, true) + ", " + tick_text(row.high, true) + "]</title>";
  const auto [x1, y1] = point(row.low, 0);
  const auto [x2, y2] = point(row.high, 0);
  if (std::isfinite(row.low) && std::isfinite(row.high)) {
    out += line(x1, y1, x2, y2, "whisker");
    for (const double end : {row.low, row.high}) {
      const auto [ax, ay] = point(end, -4);
      const auto [bx, by] = point(end, 4);
      out += line(ax, ay, bx, by, "whisker");
    }
  }
  const auto [x, y] = point(row.value, 0);
  out += format("<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>", x, y, radius);
  return out + "</g>";
}

}  // namespace

std::string html_escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::vector<double> plot_ticks(double low, double high, int wanted) {
  const double raw = (high - low) / std::max(1, wanted), power = std::pow(10.0, std::floor(std::log10(raw)));
  const double rest = raw / power, step = power * (rest <= 1.0 ? 1.0 : rest <= 2.0 ? 2.0 : rest <= 5.0 ? 5.0 : 10.0);
  std::vector<double> out;
  for (double i = std::floor(low / step + 1e-9); i * step <= high + 1e-9 * step; i += 1.0) out.push_back(i * step);
  return out;
}

std::string tick_text(double value, bool percent) {
  if (percent) return format("%.3g %%", 100 * value);
  const double size = std::fabs(value);
  if (size >= 1e12) return format("%.3g", value);
  if (size >= 1e9) return format("%.4g G", value / 1e9);
  if (size >= 1e6) return format("%.4g M", value / 1e6);
  if (size >= 1e4) return format("%.4g k", value / 1e3);
  return format("%.4g", value);
}

std::string line_plot(const std::string& title, const PlotAxis& x_axis, const PlotAxis& y_axis, const std::vector<PlotCurve>& curves, PlotWidth size) {
  constexpr double kLeft = 54, kTop = 34, kBottom = kLineHeight - 46;
  const auto width = static_cast<double>(size);
  const double right = width - 20;
  Range xs, ys;
  for (const PlotCurve& c : curves)
    for (std::size_t i = 0; i < c.x.size(); ++i) xs.add(c.x[i]), ys.add(c.y[i]);
  const Scale x = make_scale(xs, x_axis.percent, kLeft, right, size == PlotWidth::half ? 4 : 8), y = make_scale(ys, y_axis.percent, kBottom, kTop, 5);
  std::string out = begin_svg(width, kLineHeight, title) + horizontal_grid(y, y_axis, kLeft, right);
  for (const double t : x.ticks) out += text(x.at(t), kBottom + 18, "middle", tick_text(t, x_axis.percent));
  out += text(right, kBottom + 36, "end", x_axis.label, "axis");
  for (const PlotCurve& c : curves) {
    std::string points, ends;
    for (std::size_t i = 0; i < c.x.size(); ++i) {
      if (!std::isfinite(c.x[i]) || !std::isfinite(c.y[i])) continue;
      points += format("%.1f,%.1f ", x.at(c.x[i]), y.at(c.y[i]));
      if (!c.thin) ends += format("<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.2\"/>", x.at(c.x[i]), y.at(c.y[i]));
    }
    out += "<g class=\"" + color_class(c.color) + (c.thin ? " thin" : "") + "\"><title>" + html_escape(c.name) + "</title><polyline points=\"" + points + "\"/>" + ends + "</g>";
  }
  return out + "</svg>";
}

std::string interval_plot(const std::string& title, const PlotAxis& axis, const std::vector<PlotRow>& rows, const std::vector<PlotYardstick>& yardsticks,
                          PlotWidth size) {
  const auto width = static_cast<double>(size);
  std::size_t longest = 6;
  for (const PlotRow& r : rows) longest = std::max(longest, r.name.size());
  const double left = std::min(260.0, 20 + kCharacter * static_cast<double>(longest)), right = width - 66;
  const double top = 12 + 18.0 * static_cast<double>(yardsticks.size()), bottom = top + kRowHeight * static_cast<double>(rows.size());
  Range range;
  for (const PlotRow& r : rows) range.add(r.low), range.add(r.high), range.add(r.value);
  for (const PlotYardstick& m : yardsticks) range.add(m.value);
  const Scale x = make_scale(range, axis.percent, left, right, size == PlotWidth::half ? 4 : 8);
  std::string out = begin_svg(width, bottom + 46, title) + vertical_grid(x, axis, top, bottom);
  double height = 14;
  for (const PlotYardstick& m : yardsticks) {
    const bool near_end = x.at(m.value) > 0.6 * width;
    out += line(x.at(m.value), height - 4, x.at(m.value), bottom, "yardstick") +
           text(x.at(m.value) + (near_end ? -6 : 6), height, near_end ? "end" : "start", m.name, "note");
    height += 18;
  }
  double y = top + kRowHeight / 2;
  for (const PlotRow& r : rows) {
    out += text(left - 12, y + 4, "end", r.name, "name");
    for (const double d : r.dots) out += "<g class=\"" + color_class(r.color) + format("\"><circle class=\"seed\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/></g>", x.at(d), y);
    out += whisker(r, x, y, true, 5.5) + text(right + 14, y + 4, "start", tick_text(r.value, axis.percent), "value");
    y += kRowHeight;
  }
  return out + "</svg>";
}

std::string group_plot(const std::string& title, const PlotAxis& axis, const std::vector<PlotGroup>& groups) {
  constexpr double kWidth = static_cast<double>(PlotWidth::full), kLeft = 54, kRight = kWidth - 18, kTop = 34, kBottom = kGroupHeight - 34;
  Range range;
  for (const PlotGroup& g : groups)
    for (const PlotRow& r : g.members) range.add(r.low), range.add(r.high), range.add(r.value);
  const Scale y = make_scale(range, axis.percent, kBottom, kTop, 5);
  std::string out = begin_svg(kWidth, kGroupHeight, title) + horizontal_grid(y, axis, kLeft, kRight);
  const double width = (kRight - kLeft) / static_cast<double>(std::max<std::size_t>(1, groups.size()));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const double begin = kLeft + width * static_cast<double>(g);
    const auto members = static_cast<double>(groups[g].members.size());
    const double step = std::min(26.0, 0.8 * width / std::max(1.0, members)), first = begin + width / 2 - step * (members - 1) / 2;
    for (std::size_t i = 0; i < groups[g].members.size(); ++i) out += whisker(groups[g].members[i], y, first + step * static_cast<double>(i), false, 4.5);
    out += text(begin + width / 2, kBottom + 20, "middle", groups[g].name);
    if (g > 0) out += line(begin, kTop, begin, kBottom, "grid");
  }
  return out + "</svg>";
}

std::string plot_style() {
  static constexpr const char* kLight[kPlotColors] = {"#5b6770", "#1f77b4", "#d9541e", "#2a8a4a", "#8e4bb8", "#b8860b", "#c2337a", "#17858f"};
  static constexpr const char* kDark[kPlotColors] = {"#a9b4bd", "#62b0ea", "#ff8a5c", "#5cc983", "#c290ea", "#e0b84a", "#f07bb3", "#52c7d1"};
  const auto variables = [](const char* const* colors) {
    std::string out;
    for (int i = 0; i < kPlotColors; ++i) out += "--c" + std::to_string(i) + ":" + colors[i] + ";";
    return out;
  };
  std::string out = ":root{" + variables(kLight) + "}@media(prefers-color-scheme:dark){:root{" + variables(kDark) + "}}";
  for (int i = 0; i < kPlotColors; ++i) out += ".c" + std::to_string(i) + "{color:var(--c" + std::to_string(i) + ")}";
  return out +
         "svg{width:100%;height:auto;display:block;font:12px system-ui,sans-serif}"
         "svg text{fill:var(--muted)}svg .name,svg .value{fill:var(--ink);font-size:13px}svg .value{font-weight:600}svg .axis{font-style:italic}"
         "svg .grid{stroke:var(--line);stroke-width:1}svg .yardstick{stroke:var(--muted);stroke-width:1.3;stroke-dasharray:4 4}"
         "svg polyline{fill:none;stroke:currentColor;stroke-width:2.4;stroke-linejoin:round;stroke-linecap:round}svg .thin polyline{stroke-width:1.1;opacity:.4}"
         "svg .dot{fill:currentColor}svg .seed{fill:none;stroke:currentColor;stroke-width:1.2;opacity:.75}svg .whisker{stroke:currentColor;stroke-width:2}"
         ".swatch{display:inline-block;width:.75em;height:.75em;border-radius:50%;background:currentColor;margin-right:.4em}";
}

}  // namespace hone
