// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/chart_axes.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace tblog::tool {
namespace {

// The range of all that is left when the smallest and the largest twentieth
// are, as TensorBoard ignores outliers.
void add_without_outliers(std::vector<double> values, AxisRange& range) {
  if (values.empty()) return;
  const size_t cut = values.size() / 20;
  std::sort(values.begin(), values.end());
  range.add(values[cut]);
  range.add(values[values.size() - 1 - cut]);
}

Axis y_axis_of(const Chart& chart) {
  AxisRange range(chart.y_scale);
  const Axis any = range.axis(0);
  std::vector<double> shown;
  for (const Curve& curve : chart.curves) {
    for (const auto* values : {&curve.y, &curve.faint}) {
      std::copy_if(values->begin(), values->end(), std::back_inserter(shown),
                   [&](double value) { return any.shows(value); });
    }
  }
  if (chart.ignore_outliers) {
    add_without_outliers(std::move(shown), range);
  } else {
    for (const double value : shown) range.add(value);
  }
  Axis axis = range.axis(0.03);
  if (chart.y_low) axis.low = *chart.y_low;
  if (chart.y_high) axis.high = *chart.y_high;
  // One end was given, and all values are beyond it.
  if (!(axis.low < axis.high)) {
    if (chart.y_low)
      axis.high = axis.low + std::max(1.0, std::abs(axis.low));
    else
      axis.low = chart.y_scale == AxisScale::kLog
                     ? axis.high / 10
                     : axis.high - std::max(1.0, std::abs(axis.high));
  }
  return axis;
}

// Whether all values stand at one place of the x axis.
bool one_x(const Chart& chart) {
  std::optional<double> first;
  for (const Curve& curve : chart.curves) {
    for (const double x : curve.x) {
      if (first.value_or(x) != x) return false;
      first = x;
    }
  }
  return first.has_value();
}

}  // namespace

Axes axes_of(const Chart& chart) {
  AxisRange x(chart.x_scale);
  for (const Curve& curve : chart.curves) {
    for (const double value : curve.x) x.add(value);
  }
  Axes axes = {x.axis(0), y_axis_of(chart)};
  // A share of the seconds since 1970 would be years.
  if (chart.x_unit == XUnit::kWallTime && one_x(chart)) {
    const double middle = axes.x.low / 2 + axes.x.high / 2;
    axes.x = {middle - 30, middle + 30, axes.x.scale};
  }
  return axes;
}

std::vector<Tick> x_ticks(const Chart& chart, const Axis& axis, int count) {
  if (chart.x_unit == XUnit::kWallTime && chart.x_scale == AxisScale::kLinear)
    return time_ticks(axis, count);
  // There is no half step.
  return nice_ticks(axis, count, chart.x_unit == XUnit::kStep ? 1 : 0);
}

std::string x_axis_title(const Chart& chart) {
  if (!chart.x_title.empty()) return chart.x_title;
  switch (chart.x_unit) {
    case XUnit::kStep:
      return "step";
    case XUnit::kSeconds:
      return "seconds";
    case XUnit::kWallTime:
      return "time";
    case XUnit::kNumber:
      break;
  }
  return "";
}

EdgeMark edge_mark(double value) {
  if (std::isnan(value)) return {"×", "N", false};
  if (value > 0) return {"▲", "^", true};
  return {"▼", "v", false};  // -inf, and what a log axis has no place for
}

std::string missing_note(const Chart& chart, const Curve& curve) {
  size_t nan = 0;
  size_t infinite = 0;
  size_t not_positive = 0;
  for (const double y : curve.y) {
    if (std::isnan(y))
      ++nan;
    else if (std::isinf(y))
      ++infinite;
    else if (chart.y_scale == AxisScale::kLog && y <= 0)
      ++not_positive;
  }
  size_t outside = 0;
  for (const double x : curve.x)
    outside += std::isfinite(x) && chart.x_scale == AxisScale::kLog && x <= 0;
  std::string note;
  const auto add = [&](size_t count, const char* what) {
    if (count > 0)
      note += (note.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(nan, "NaN");
  add(infinite, "infinite");
  add(not_positive, "not above 0");
  add(outside, "left of the log axis");
  return note.empty() ? "" : " (" + note + ")";
}

size_t legend_lines(size_t entries, size_t beside) {
  constexpr size_t kFew = 8;
  if (entries <= kFew || beside < 2) return std::max<size_t>(entries, 1);
  return (entries + beside - 1) / beside;
}

}  // namespace tblog::tool
