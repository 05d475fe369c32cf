// SPDX-License-Identifier: Apache-2.0
//
// What a chart's text and its pictures have in common: axes, ticks, and marks
// for what has no place.

#ifndef TBLOG_TOOLS_TBLOG_CHART_AXES_H_
#define TBLOG_TOOLS_TBLOG_CHART_AXES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tools/tblog/chart.h"

namespace tblog::tool {

struct Axes {
  Axis x;
  Axis y;
};
Axes axes_of(const Chart& chart);

std::vector<Tick> x_ticks(const Chart& chart, const Axis& axis, int count);
std::string x_axis_title(const Chart& chart);

// Where a value that is not on the y axis is marked.
struct EdgeMark {
  const char* character;
  const char* ascii;
  bool at_top;
};
EdgeMark edge_mark(double value);

// " (3 NaN)" and the like: what the curve cannot show.
std::string missing_note(const Chart& chart, const Curve& curve);

// Lines of a legend of so many entries, where so many have room beside each
// other: few are below each other.
size_t legend_lines(size_t entries, size_t beside);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_CHART_AXES_H_
