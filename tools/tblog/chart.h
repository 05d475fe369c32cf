// SPDX-License-Identifier: Apache-2.0
//
// Curves with axes and a legend, as text or as SVG.

#ifndef TBLOG_TOOLS_TBLOG_CHART_H_
#define TBLOG_TOOLS_TBLOG_CHART_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tools/tblog/curve.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {

// What the numbers on the x axis are.
enum class XUnit : unsigned char { kStep, kSeconds, kWallTime, kNumber };

struct Chart {
  std::string title;  // printable()
  std::vector<Curve> curves;
  AxisScale x_scale = AxisScale::kLinear;
  AxisScale y_scale = AxisScale::kLinear;
  XUnit x_unit = XUnit::kStep;
  std::string x_title = {};  // printable(); empty: that of the unit
  // Ends of the y axis. None: what the values need.
  std::optional<double> y_low = {};
  std::optional<double> y_high = {};
  // The y axis leaves out the smallest and the largest twentieth of the values.
  bool ignore_outliers = false;
};

// `rows`: height of the plotted area in characters. A value that has no place
// on the axes (NaN, infinity, not positive on a log axis) is marked at the edge
// and counted in the legend.
void print_chart(std::ostream& out, const Terminal& terminal,
                 const Chart& chart, int rows);

// The charts below each other as one picture.
std::string svg_document(const std::vector<Chart>& charts);
std::string png_document(const std::vector<Chart>& charts);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_CHART_H_
