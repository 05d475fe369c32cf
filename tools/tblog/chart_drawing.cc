// SPDX-License-Identifier: Apache-2.0
//
// Charts as pictures.

#include <algorithm>
#include <cmath>

#include "tools/tblog/chart_axes.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/drawing.h"
#include "tools/tblog/number.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {
namespace {

constexpr double kWidth = 720;
constexpr double kPlotHeight = 300;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 40;
constexpr double kBottom = 34;
constexpr double kLegendLine = 18;
constexpr double kLegendText = 32;     // from the entry's begin
constexpr double kLegendColumn = 7.7;  // a character's share of a text
constexpr size_t kNameColumns = 80;

constexpr Stroke kGrid = {"#e0e0e0", 1, 1};
constexpr Stroke kAxis = {"#aaaaaa", 1, 1};

struct Legend {
  std::vector<std::string> texts;
  double entry_width = 0;  // of the widest, its sign and a gap included
  size_t lines = 0;
};

Legend legend_of(const Chart& chart) {
  Legend legend;
  size_t columns = 0;
  for (const Curve& curve : chart.curves) {
    const std::string last =
        curve.y.empty() ? "" : "   " + format_value(curve.y.back(), 4);
    legend.texts.push_back(shortened(curve.name, kNameColumns) + last +
                           missing_note(chart, curve));
    columns = std::max(columns, display_width(legend.texts.back()));
  }
  legend.entry_width =
      kLegendText + kLegendColumn * static_cast<double>(columns) + 16;
  legend.lines = legend_lines(
      chart.curves.size(),
      static_cast<size_t>((kWidth - kLeft - kRight) / legend.entry_width));
  return legend;
}

double height_of(const Chart& chart) {
  return kTop + kPlotHeight + kBottom +
         kLegendLine * static_cast<double>(legend_of(chart).lines) + 10;
}

bool inside(double position) { return position > -1e-9 && position < 1 + 1e-9; }

// Of neighbours in one column of pixels the first, the lowest, the highest and
// the last: a million points look the same, and make no file of 20 MB.
std::vector<Point> thinned(const std::vector<Point>& points) {
  constexpr double kPerUnit = 2;
  std::vector<Point> kept;
  for (size_t i = 0; i < points.size();) {
    const double column = std::floor(points[i].x * kPerUnit);
    size_t end = i;
    size_t low = i;
    size_t high = i;
    for (;
         end < points.size() && std::floor(points[end].x * kPerUnit) == column;
         ++end) {
      if (points[end].y < points[low].y) low = end;
      if (points[end].y > points[high].y) high = end;
    }
    size_t before = SIZE_MAX;
    for (const size_t one :
         {i, std::min(low, high), std::max(low, high), end - 1}) {
      if (one != before) kept.push_back(points[one]);
      before = one;
    }
    i = end;
  }
  return kept;
}

class ChartDrawing {
 public:
  ChartDrawing(Drawing& drawing, const Chart& chart, double top)
      : drawing_(drawing), chart_(chart), axes_(axes_of(chart)), top_(top) {}

  void draw() {
    drawing_.text({kLeft, top_ + 24}, Anchor::kStart, TextStyle::kTitle,
                  shortened(chart_.title, kNameColumns));
    grid();
    for (size_t i = 0; i < chart_.curves.size(); ++i) {
      const Curve& curve = chart_.curves[i];
      if (!curve.faint.empty())
        curve_lines(curve.x, curve.faint, {series_rgb(i), 1.2, 0.3});
    }
    const Legend legend = legend_of(chart_);
    for (size_t i = 0; i < chart_.curves.size(); ++i) {
      const Curve& curve = chart_.curves[i];
      curve_lines(curve.x, curve.y, {series_rgb(i), 1.8, 1});
      marks(curve);
      legend_entry(legend, i);
    }
  }

 private:
  Rectangle area() const {
    return {kLeft, top_ + kTop, kWidth - kRight, top_ + kTop + kPlotHeight};
  }
  double x(double value) const {
    return kLeft + axes_.x.position(value) * (kWidth - kLeft - kRight);
  }
  // Far outside is as good as anywhere outside.
  double y(double value) const {
    return top_ + kTop +
           std::clamp(1 - axes_.y.position(value), -1e4, 1e4) * kPlotHeight;
  }

  void segment(const Point& from, const Point& to, const Stroke& stroke) {
    drawing_.lines({{from, to}}, stroke, area());
  }

  void grid() {
    const Rectangle box = area();
    for (const Tick& tick : nice_ticks(axes_.y, 6)) {
      if (!inside(axes_.y.position(tick.value))) continue;
      const double at = y(tick.value);
      segment({box.left, at}, {box.right, at}, kGrid);
      drawing_.text({box.left - 8, at + 4}, Anchor::kEnd, TextStyle::kTick,
                    tick.label);
    }
    for (const Tick& tick : x_ticks(chart_, axes_.x, 8)) {
      if (!inside(axes_.x.position(tick.value))) continue;
      const double at = x(tick.value);
      segment({at, box.top}, {at, box.bottom}, kGrid);
      drawing_.text({at, box.bottom + 16}, Anchor::kMiddle, TextStyle::kTick,
                    tick.label);
    }
    segment({box.left, box.bottom}, {box.right, box.bottom}, kAxis);
    drawing_.text({box.right, box.bottom + 30}, Anchor::kEnd, TextStyle::kTick,
                  x_axis_title(chart_));
  }

  void curve_lines(const std::vector<double>& xs, const std::vector<double>& ys,
                   const Stroke& stroke) {
    std::vector<std::vector<Point>> parts;
    bool pen_down = false;
    for (size_t i = 0; i < xs.size(); ++i) {
      const bool shown = axes_.x.shows(xs[i]) && axes_.y.shows(ys[i]);
      if (shown && !pen_down) parts.emplace_back();
      if (shown) parts.back().push_back({x(xs[i]), y(ys[i])});
      pen_down = shown;
    }
    // A value with none beside it is a dot that one can see.
    std::vector<Point> singles;
    std::erase_if(parts, [&](const std::vector<Point>& part) {
      if (part.size() == 1) singles.push_back(part.front());
      return part.size() == 1;
    });
    for (std::vector<Point>& part : parts) part = thinned(part);
    drawing_.lines(parts, stroke, area());
    if (singles.empty()) return;
    std::vector<std::vector<Point>> dots;
    for (const Point& point : thinned(singles)) dots.push_back({point});
    drawing_.lines(dots, {stroke.rgb, 3 * stroke.width, stroke.opacity},
                   area());
  }

  // One mark a place, however many values it stands for.
  void marks(const Curve& curve) {
    double last[2] = {-100, -100};
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (!axes_.x.shows(curve.x[i]) || axes_.y.shows(curve.y[i])) continue;
      const EdgeMark mark = edge_mark(curve.y[i]);
      const double at = x(curve.x[i]);
      if (std::abs(at - last[mark.at_top]) < 4) continue;
      last[mark.at_top] = at;
      drawing_.text({at, mark.at_top ? area().top + 8 : area().bottom - 2},
                    Anchor::kMiddle, TextStyle::kTick, mark.character);
    }
  }

  void legend_entry(const Legend& legend, size_t index) {
    const double left =
        kLeft + legend.entry_width * static_cast<double>(index / legend.lines);
    const double at = area().bottom + kBottom +
                      kLegendLine * static_cast<double>(index % legend.lines) +
                      8;
    drawing_.lines({{{left, at}, {left + 24, at}}}, {series_rgb(index), 1.8, 1},
                   {left - 2, at - 4, left + 26, at + 4});
    drawing_.text({left + kLegendText, at + 4}, Anchor::kStart,
                  TextStyle::kLegend, legend.texts[index]);
  }

  Drawing& drawing_;
  const Chart& chart_;
  Axes axes_;
  double top_;
};

std::string draw_all(const std::vector<Chart>& charts,
                     std::unique_ptr<Drawing> (*make)(double width,
                                                      double height)) {
  double height = 0;
  for (const Chart& chart : charts) height += height_of(chart);
  const std::unique_ptr<Drawing> drawing = make(kWidth, height);
  double top = 0;
  for (const Chart& chart : charts) {
    ChartDrawing(*drawing, chart, top).draw();
    top += height_of(chart);
  }
  return drawing->finish();
}

}  // namespace

std::string svg_document(const std::vector<Chart>& charts) {
  return draw_all(charts, make_svg_drawing);
}

std::string png_document(const std::vector<Chart>& charts) {
  return draw_all(charts, make_png_drawing);
}

}  // namespace tblog::tool
