// SPDX-License-Identifier: Apache-2.0
//
// What a chart draws: points, their smoothing, and the ticks of their axes.

#ifndef TBLOG_TOOLS_TBLOG_CURVE_H_
#define TBLOG_TOOLS_TBLOG_CURVE_H_

#include <string>
#include <vector>

namespace tblog::tool {

struct Curve {
  std::string name;  // printable()
  std::vector<double> x;
  std::vector<double> y;
  // What `y` was smoothed from, at the same x; empty: it was not.
  std::vector<double> faint = {};
};

// The exponential moving average that TensorBoard draws: starts without a bias
// towards zero; what is not finite stays as it is and does not enter; constant
// values stay constant. `weight` in [0, 1); 0 changes nothing.
std::vector<double> smoothed(const std::vector<double>& values, double weight);

enum class AxisScale : unsigned char { kLinear, kLog };

// A range of values and how it maps to [0, 1].
struct Axis {
  double low = 0;
  double high = 1;
  AxisScale scale = AxisScale::kLinear;

  // Whether the value has a place: finite, and positive on a log axis.
  bool shows(double value) const;
  double position(double value) const;
};

// The axis of all values that it can show, with some room around a single one;
// 0 to 1 (or 1 to 10) where there are none.
class AxisRange {
 public:
  explicit AxisRange(AxisScale scale) { axis_.scale = scale; }
  void add(double value);
  // `margin`: share of the range added at both ends.
  Axis axis(double margin) const;

 private:
  Axis axis_;
  bool any_ = false;
};

struct Tick {
  double value;
  std::string label;
};

// At most `count` (at least 2) ticks at round numbers: 1, 2 or 5 times a power
// of ten; powers of ten on a log axis that spans some. They are `min_spacing`
// apart or more.
std::vector<Tick> nice_ticks(const Axis& axis, int count,
                             double min_spacing = 0);

// The same for seconds since the epoch, at round local times; the first of a
// day says which.
std::vector<Tick> time_ticks(const Axis& axis, int count);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_CURVE_H_
