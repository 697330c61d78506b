// A line chart as an SVG 1.1 document: series of points with intervals, logarithmic (base 2) in x. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

namespace hone {

struct ChartPoint {
  double x = 0.0;  // > 0
  double y = 0.0, low = 0.0, high = 0.0;
  std::string label;  // shown beside the point
};

struct ChartSeries {
  std::string name;
  std::vector<ChartPoint> points;
};

struct LineChart {
  std::string title, x_label, y_label;
  std::vector<ChartSeries> series;
};

/// Points with x <= 0 or values that are not finite are left out; a chart without points has axes only.
std::string to_svg(const LineChart& chart);

}  // namespace hone
