#include "rl/line_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "proto/base/format.h"
#include "rl/compare/svg_plot.h"

namespace hone {
namespace {

constexpr double kWidth = 720, kHeight = 440, kLeft = 64, kRight = 170, kTop = 40, kBottom = 52;
// Okabe and Ito's colours, told apart by colour-blind readers.
constexpr std::array<const char*, 6> kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

std::string number(double value) {
  return format("%.6g", std::round(value * 100) / 100);
}

bool drawn(const ChartPoint& p) { return p.x > 0 && std::isfinite(p.x) && std::isfinite(p.y) && std::isfinite(p.low) && std::isfinite(p.high); }

/// Data to pixels.
struct Axes {
  double x_min = std::numeric_limits<double>::infinity(), x_max = 0.0, y_max = 0.0;

  explicit Axes(const LineChart& chart) {
    for (const ChartSeries& s : chart.series)
      for (const ChartPoint& p : s.points) {
        if (!drawn(p)) continue;
        x_min = std::min(x_min, std::log2(p.x));
        x_max = std::max(x_max, std::log2(p.x));
        y_max = std::max(y_max, p.high);
      }
    if (!std::isfinite(x_min)) x_min = 0;
    x_min = std::floor(x_min);
    x_max = std::max(std::ceil(x_max), x_min + 1);
    y_max = std::max(0.1, std::ceil(y_max * 10) / 10);
  }
  double x(double value) const { return kLeft + (std::log2(value) - x_min) / (x_max - x_min) * (kWidth - kLeft - kRight); }
  double y(double value) const { return kHeight - kBottom - value / y_max * (kHeight - kTop - kBottom); }
};

std::string text(double x, double y, const std::string& anchor, const std::string& what, const std::string& more = "") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\"" + more + ">" + html_escape(what) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const std::string& style) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + "\" " + style + "/>\n";
}

std::string grid(const LineChart& chart, const Axes& axes) {
  const std::string thin = "stroke=\"#dddddd\"";
  std::string out;
  for (double power = axes.x_min; power <= axes.x_max; power += std::max(1.0, std::floor((axes.x_max - axes.x_min) / 10))) {
    const double x = axes.x(std::exp2(power));
    out += line(x, kTop, x, kHeight - kBottom, thin) + text(x, kHeight - kBottom + 18, "middle", number(std::exp2(power)));
  }
  const double step = axes.y_max > 0.5 ? 0.2 : axes.y_max > 0.2 ? 0.1 : 0.05;
  for (double value = 0; value <= axes.y_max + 1e-9; value += step)
    out += line(kLeft, axes.y(value), kWidth - kRight, axes.y(value), thin) + text(kLeft - 8, axes.y(value) + 4, "end", number(value));
  out += text((kLeft + kWidth - kRight) / 2, kHeight - 14, "middle", chart.x_label);
  out += text(18, (kTop + kHeight - kBottom) / 2, "middle", chart.y_label, " transform=\"rotate(-90 18 " + number((kTop + kHeight - kBottom) / 2) + ")\"");
  return out + text(kLeft, 22, "start", chart.title, " font-weight=\"bold\"");
}

std::string curve(const ChartSeries& series, const Axes& axes, const std::string& colour) {
  std::string path, marks;
  for (const ChartPoint& p : series.points) {
    if (!drawn(p)) continue;
    path += (path.empty() ? "" : " ") + number(axes.x(p.x)) + "," + number(axes.y(p.y));
    marks += line(axes.x(p.x), axes.y(p.low), axes.x(p.x), axes.y(p.high), "stroke=\"" + colour + "\" stroke-opacity=\"0.4\"");
    marks += "<circle cx=\"" + number(axes.x(p.x)) + "\" cy=\"" + number(axes.y(p.y)) + "\" r=\"3\" fill=\"" + colour + "\"><title>" +
             html_escape(series.name + " " + p.label) + "</title></circle>\n";
    marks += text(axes.x(p.x) + 5, axes.y(p.y) - 6, "start", p.label, " font-size=\"10\" fill=\"" + colour + "\"");
  }
  return "<polyline points=\"" + path + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.5\"/>\n" + marks;
}

}  // namespace

std::string to_svg(const LineChart& chart) {
  const Axes axes(chart);
  const std::string size = "width=\"" + number(kWidth) + "\" height=\"" + number(kHeight) + "\"";
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" " + size + " viewBox=\"0 0 " + number(kWidth) + " " + number(kHeight) +
                    "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect " + size + " fill=\"white\"/>\n" + grid(chart, axes);
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const std::string colour = kColours[i % kColours.size()];
    const double y = kTop + 14 + 20 * static_cast<double>(i);
    out += curve(chart.series[i], axes, colour) + line(kWidth - kRight + 14, y - 4, kWidth - kRight + 34, y - 4, "stroke=\"" + colour + "\" stroke-width=\"2\"") +
           text(kWidth - kRight + 40, y, "start", chart.series[i].name);
  }
  return out + "</svg>\n";
}

}  // namespace hone
