// Plots as inline SVG for a page whose style sheet gives the colours (plot_style()), so that they follow its light or dark mode.
//
//   line_plot      curves over a number, thin lines for single runs and a thick one for their mean
//   interval_plot  one row a name: value, interval as a whisker, single runs as dots, dashed lines for yardsticks
//   group_plot     values with intervals by category, side by side
//
// No script, no external resource; every text is escaped. Values that are not finite are left out. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

namespace hone {

/// Width in pixels at which texts have their intended size.
enum class PlotWidth { full = 1030, half = 506 };

struct PlotAxis {
  std::string label;
  bool percent = false;  // values in [0, 1], shown as 0 to 100 %
};

struct PlotCurve {
  int color = 0;
  bool thin = false;
  std::string name;  // shown when a pointer rests on it
  std::vector<double> x, y;
};
std::string line_plot(const std::string& title, const PlotAxis& x, const PlotAxis& y, const std::vector<PlotCurve>& curves, PlotWidth width = PlotWidth::full);

struct PlotRow {
  std::string name;
  int color = 0;
  double value = 0.0, low = 0.0, high = 0.0;
  std::vector<double> dots;
};
struct PlotYardstick {
  std::string name;
  double value = 0.0;
};
std::string interval_plot(const std::string& title, const PlotAxis& x, const std::vector<PlotRow>& rows, const std::vector<PlotYardstick>& yardsticks,
                          PlotWidth width = PlotWidth::full);

struct PlotGroup {
  std::string name;               // of the category
  std::vector<PlotRow> members;   // the same order in each
};
std::string group_plot(const std::string& title, const PlotAxis& y, const std::vector<PlotGroup>& groups);

/// CSS of plots and legends; colours are cycled beyond kPlotColors.
inline constexpr int kPlotColors = 8;
std::string plot_style();

/// Round numbers that cover [low, high] with about `wanted` steps: 0, 20, 40, ...
std::vector<double> plot_ticks(double low, double high, int wanted);
/// "0.5", "20 k", "1.5 M", "2.4e15"; "40 %" on a percent axis.
std::string tick_text(double value, bool percent);
std::string html_escape(const std::string& text);

}  // namespace hone
