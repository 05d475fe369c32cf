// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/curve.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "tools/tblog/number.h"

namespace tblog::tool {
namespace {

// The smallest 1, 2 or 5 times a power of ten that is not below `spacing`.
double nice_spacing(double spacing) {
  const double power = std::pow(10, std::floor(std::log10(spacing)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= spacing * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::vector<Tick> linear_ticks(double low, double high, int count,
                               double min_spacing) {
  double spacing = std::max(nice_spacing((high - low) / count), min_spacing);
  // Far from zero, neighbouring ticks may be the same double.
  spacing = std::max(
      spacing,
      4 * (std::nextafter(std::max(std::abs(low), std::abs(high)), HUGE_VAL) -
           std::max(std::abs(low), std::abs(high))));
  std::vector<Tick> ticks;
  const double first = std::ceil(low / spacing - 1e-9);
  for (int i = 0; i <= count; ++i) {
    const double value = (first + i) * spacing;
    if (value > high + spacing * 1e-9) break;
    ticks.push_back({value, format_tick(value, spacing)});
  }
  return ticks;
}

std::vector<Tick> log_ticks(double low, double high, int count) {
  const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  const int every = std::max(1, (last - first) / count + 1);
  std::vector<Tick> ticks;
  for (int exponent = first; exponent <= last; exponent += every) {
    const double value = std::pow(10, exponent);
    ticks.push_back({value, format_value(value, 3)});
  }
  return ticks;
}

// The length of a tick in seconds that gives at most `count` of them.
double time_spacing(double span, int count) {
  constexpr double kRound[] = {1,    2,    5,     10,    15,    30,
                               60,   120,  300,   600,   900,   1800,
                               3600, 7200, 10800, 21600, 43200, 86400};
  for (const double round : kRound) {
    if (span / round <= count) return round;
  }
  return 86400 * nice_spacing(span / 86400 / count);
}

// `dated`: with what the ticks before it do not say, its day or its year.
std::string format_time_tick(const tm& local, double spacing, bool dated) {
  const bool days = spacing >= 86400;
  const char* format = days            ? (dated ? "%Y-%m-%d" : "%m-%d")
                       : spacing >= 60 ? (dated ? "%m-%d %H:%M" : "%H:%M")
                       : dated         ? "%m-%d %H:%M:%S"
                                       : "%H:%M:%S";
  char text[40];
  return {text, strftime(text, sizeof text, format, &local)};
}

}  // namespace

std::vector<double> smoothed(const std::vector<double>& values, double weight) {
  const bool constant =
      std::all_of(values.begin(), values.end(),
                  [&](double value) { return value == values.front(); });
  if (weight <= 0 || constant) return values;
  std::vector<double> result;
  result.reserve(values.size());
  double average = 0;
  double missing_weight = 1;  // weight^n: what the start at 0 still counts
  for (const double value : values) {
    if (!std::isfinite(value)) {
      result.push_back(value);
      continue;
    }
    average = average * weight + value * (1 - weight);
    missing_weight *= weight;
    result.push_back(average / (1 - missing_weight));
  }
  return result;
}

bool Axis::shows(double value) const {
  return std::isfinite(value) && (scale == AxisScale::kLinear || value > 0);
}

double Axis::position(double value) const {
  if (scale == AxisScale::kLog)
    return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
  // Halves: the range of two doubles can be larger than a double.
  return (value / 2 - low / 2) / (high / 2 - low / 2);
}

void AxisRange::add(double value) {
  if (!axis_.shows(value)) return;
  axis_.low = any_ ? std::min(axis_.low, value) : value;
  axis_.high = any_ ? std::max(axis_.high, value) : value;
  any_ = true;
}

Axis AxisRange::axis(double margin) const {
  Axis axis = axis_;
  const bool log = axis.scale == AxisScale::kLog;
  if (!any_) {
    axis.low = log ? 1 : 0;
    axis.high = log ? 10 : 1;
    return axis;
  }
  constexpr double kLargest = 1e308;
  if (log) {
    const double room =
        axis.low == axis.high ? 0.5 : std::log10(axis.high / axis.low) * margin;
    axis.low = std::max(axis.low / std::pow(10, room), 1e-308);
    axis.high = std::min(axis.high * std::pow(10, room), kLargest);
    return axis;
  }
  const double room = axis.low == axis.high
                          ? std::max(std::abs(axis.low) * 0.05, 1e-12)
                          : (axis.high / 2 - axis.low / 2) * 2 * margin;
  axis.low = std::clamp(axis.low - room, -kLargest, kLargest);
  axis.high = std::clamp(axis.high + room, -kLargest, kLargest);
  return axis;
}

std::vector<Tick> nice_ticks(const Axis& axis, int count, double min_spacing) {
  if (axis.scale == AxisScale::kLog) {
    std::vector<Tick> ticks = log_ticks(axis.low, axis.high, count);
    if (ticks.size() >= 2) return ticks;
  }
  if (!std::isfinite(axis.high - axis.low))
    return {{axis.low, format_value(axis.low, 3)},
            {axis.high, format_value(axis.high, 3)}};
  return linear_ticks(axis.low, axis.high, count, min_spacing);
}

std::vector<Tick> time_ticks(const Axis& axis, int count) {
  const double spacing = time_spacing(axis.high - axis.low, count);
  const time_t begin = static_cast<time_t>(axis.low);
  tm local{};
  const double zone = localtime_r(&begin, &local) == nullptr
                          ? 0
                          : static_cast<double>(local.tm_gmtoff);
  std::vector<Tick> ticks;
  const double first = std::ceil((axis.low + zone) / spacing);
  std::optional<tm> before;
  for (int i = 0; i <= count; ++i) {
    const double value = (first + i) * spacing - zone;
    if (value > axis.high) break;
    const time_t whole = static_cast<time_t>(value);
    if (localtime_r(&whole, &local) == nullptr) break;
    const bool dated = !before || before->tm_year != local.tm_year ||
                       (spacing < 86400 && before->tm_yday != local.tm_yday);
    ticks.push_back({value, format_time_tick(local, spacing, dated)});
    before = local;
  }
  return ticks;
}

}  // namespace tblog::tool
