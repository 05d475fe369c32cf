// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/tblog/canvas.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/number.h"

namespace tblog::tool {
namespace {

struct Axes {
  Axis x;
  Axis y;
};

Axes axes_of(const Chart& chart) {
  AxisRange x(chart.x_scale);
  AxisRange y(chart.y_scale);
  for (const Curve& curve : chart.curves) {
    for (const double value : curve.x) x.add(value);
    for (const double value : curve.y) y.add(value);
  }
  return {x.axis(0), y.axis(0.03)};
}

std::vector<Tick> x_ticks(const Chart& chart, const Axis& axis, int count) {
  if (chart.x_unit == XUnit::kWallTime && chart.x_scale == AxisScale::kLinear)
    return time_ticks(axis, count);
  // There is no half step.
  return nice_ticks(axis, count, chart.x_unit == XUnit::kStep ? 1 : 0);
}

std::string x_title(const Chart& chart) {
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

// Where a value that is not on the y axis is marked.
struct EdgeMark {
  const char* character;
  const char* ascii;
  bool at_top;
};

EdgeMark edge_mark(double value) {
  if (std::isnan(value)) return {"×", "N", false};
  if (value > 0) return {"▲", "^", true};
  return {"▼", "v", false};  // -inf, and what a log axis has no place for
}

int to_dot(double position, int dots) {
  return static_cast<int>(
      std::lround(std::clamp(position, 0.0, 1.0) * (dots - 1)));
}

void draw_curve(Canvas& canvas, const Terminal& terminal, const Axes& axes,
                const Curve& curve, size_t layer) {
  bool pen_down = false;
  int last_x = 0;
  int last_y = 0;
  for (size_t i = 0; i < curve.x.size(); ++i) {
    if (!axes.x.shows(curve.x[i])) {
      pen_down = false;
      continue;
    }
    const int x = to_dot(axes.x.position(curve.x[i]), canvas.dots_wide());
    if (!axes.y.shows(curve.y[i])) {
      const EdgeMark mark = edge_mark(curve.y[i]);
      canvas.mark(x, mark.at_top ? 0 : canvas.dots_high() - 1,
                  terminal.ascii ? mark.ascii : mark.character, layer);
      pen_down = false;
      continue;
    }
    const int y = to_dot(1 - axes.y.position(curve.y[i]), canvas.dots_high());
    canvas.line(pen_down ? last_x : x, pen_down ? last_y : y, x, y, layer);
    pen_down = true;
    last_x = x;
    last_y = y;
  }
}

// " (3 NaN)" and the like: what the curve cannot show.
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

// Letters tell the curves apart where there is no colour and one dot is like
// another.
char letter_of(size_t layer) { return static_cast<char>('a' + layer % 26); }

bool needs_letters(const Terminal& terminal, const Chart& chart) {
  return !terminal.color && !terminal.ascii && chart.curves.size() > 1;
}

// Puts each curve's letter at its last point.
void mark_letters(Canvas& canvas, const Axes& axes, const Chart& chart) {
  for (size_t layer = 0; layer < chart.curves.size(); ++layer) {
    const Curve& curve = chart.curves[layer];
    for (size_t i = curve.x.size(); i-- > 0;) {
      if (!axes.x.shows(curve.x[i]) || !axes.y.shows(curve.y[i])) continue;
      canvas.mark(to_dot(axes.x.position(curve.x[i]), canvas.dots_wide()),
                  to_dot(1 - axes.y.position(curve.y[i]), canvas.dots_high()),
                  std::string(1, letter_of(layer)), layer);
      break;
    }
  }
}

void print_legend(std::ostream& out, const Terminal& terminal,
                  const Chart& chart) {
  const auto width = static_cast<size_t>(terminal.chart_width());
  for (size_t layer = 0; layer < chart.curves.size(); ++layer) {
    const Curve& curve = chart.curves[layer];
    const std::string sign =
        terminal.ascii ? std::string(2, Canvas::ascii_mark(layer))
        : needs_letters(terminal, chart) ? std::string(1, letter_of(layer))
                                         : "──";
    const std::string last =
        curve.y.empty() ? "" : "  " + format_value(curve.y.back(), 4);
    const std::string rest = last + missing_note(chart, curve);
    const size_t used = 4 + sign.size() + rest.size();
    out << "  " << colored(terminal, series_color(layer), sign) << ' '
        << shortened(curve.name, width > used + 8 ? width - used : 8,
                     terminal.ascii ? "..." : "…")
        << styled(terminal, Style::kDim, rest) << '\n';
  }
}

// Labels of the y axis by row of the canvas, the topmost tick first.
std::vector<std::string> y_labels(const Axis& axis, int rows) {
  std::vector<std::string> labels(static_cast<size_t>(rows));
  for (const Tick& tick : nice_ticks(axis, std::max(2, rows / 2))) {
    const double position = axis.position(tick.value);
    if (position < -1e-9 || position > 1 + 1e-9) continue;
    labels[static_cast<size_t>(to_dot(1 - position, rows * Canvas::kDotsHigh) /
                               Canvas::kDotsHigh)] = tick.label;
  }
  return labels;
}

void print_x_axis(std::ostream& out, const Terminal& terminal,
                  const Chart& chart, const Axis& axis, int columns,
                  size_t margin) {
  std::vector<bool> ticked(static_cast<size_t>(columns));
  std::string labels;
  for (const Tick& tick : x_ticks(chart, axis, std::max(2, columns / 12))) {
    const double position = axis.position(tick.value);
    if (position < -1e-9 || position > 1 + 1e-9) continue;
    const auto at = static_cast<size_t>(
        to_dot(position, columns * Canvas::kDotsWide) / Canvas::kDotsWide);
    const size_t half = tick.label.size() / 2;
    const size_t begin =
        std::min(at > half ? at - half : 0,
                 static_cast<size_t>(columns) -
                     std::min(static_cast<size_t>(columns), tick.label.size()));
    if (!labels.empty() && begin < labels.size() + 1) continue;
    ticked[at] = true;
    labels += std::string(begin - labels.size(), ' ') + tick.label;
  }
  std::string line = terminal.ascii ? "+" : "└";
  for (const bool tick : ticked)
    line += tick ? (terminal.ascii ? "+" : "┬") : (terminal.ascii ? "-" : "─");
  out << std::string(margin, ' ') << styled(terminal, Style::kDim, line)
      << '\n';
  const std::string title = x_title(chart);
  if (labels.size() + 2 + title.size() <= static_cast<size_t>(columns))
    labels +=
        std::string(static_cast<size_t>(columns) - labels.size() - title.size(),
                    ' ') +
        title;
  out << std::string(margin + 1, ' ') << styled(terminal, Style::kDim, labels)
      << '\n';
}

// ---- SVG ----

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string pixel(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

constexpr double kSvgWidth = 720;
constexpr double kSvgPlotHeight = 300;
constexpr double kSvgLeft = 70;
constexpr double kSvgRight = 20;
constexpr double kSvgTop = 40;
constexpr double kSvgBottom = 34;
constexpr double kSvgLegendLine = 18;

double svg_height(const Chart& chart) {
  return kSvgTop + kSvgPlotHeight + kSvgBottom +
         kSvgLegendLine * static_cast<double>(chart.curves.size()) + 10;
}

class SvgChart {
 public:
  SvgChart(std::string& out, const Chart& chart, double top)
      : out_(out), chart_(chart), axes_(axes_of(chart)), top_(top) {}

  void draw() {
    text(kSvgLeft, top_ + 24, "start", "title", chart_.title);
    grid();
    for (size_t i = 0; i < chart_.curves.size(); ++i) {
      draw_lines(chart_.curves[i], i);
      legend(chart_.curves[i], i);
    }
  }

 private:
  double x(double value) const {
    return kSvgLeft +
           axes_.x.position(value) * (kSvgWidth - kSvgLeft - kSvgRight);
  }
  double y(double value) const {
    return top_ + kSvgTop + (1 - axes_.y.position(value)) * kSvgPlotHeight;
  }
  double bottom() const { return top_ + kSvgTop + kSvgPlotHeight; }

  void text(double at_x, double at_y, const char* anchor, const char* style,
            std::string_view content) {
    out_ += "<text x=\"" + pixel(at_x) + "\" y=\"" + pixel(at_y) +
            "\" text-anchor=\"" + anchor + "\" class=\"" + style + "\">" +
            xml_escaped(content) + "</text>\n";
  }
  void segment(double x0, double y0, double x1, double y1) {
    out_ += "<path class=\"grid\" d=\"M" + pixel(x0) + " " + pixel(y0) + "L" +
            pixel(x1) + " " + pixel(y1) + "\"/>\n";
  }
  static bool inside(double position) {
    return position > -1e-9 && position < 1 + 1e-9;
  }

  void grid() {
    for (const Tick& tick : nice_ticks(axes_.y, 6)) {
      if (!inside(axes_.y.position(tick.value))) continue;
      segment(kSvgLeft, y(tick.value), kSvgWidth - kSvgRight, y(tick.value));
      text(kSvgLeft - 8, y(tick.value) + 4, "end", "tick", tick.label);
    }
    for (const Tick& tick : x_ticks(chart_, axes_.x, 8)) {
      if (!inside(axes_.x.position(tick.value))) continue;
      segment(x(tick.value), top_ + kSvgTop, x(tick.value), bottom());
      text(x(tick.value), bottom() + 16, "middle", "tick", tick.label);
    }
    text(kSvgWidth - kSvgRight, bottom() + 30, "end", "tick", x_title(chart_));
  }

  void draw_lines(const Curve& curve, size_t index) {
    std::string path;
    std::string marks;
    bool pen_down = false;
    for (size_t i = 0; i < curve.x.size(); ++i) {
      const bool on_x = axes_.x.shows(curve.x[i]);
      if (!on_x || !axes_.y.shows(curve.y[i])) {
        pen_down = false;
        if (!on_x) continue;
        const bool top = edge_mark(curve.y[i]).at_top;
        text(x(curve.x[i]), top ? top_ + kSvgTop + 8 : bottom() - 2, "middle",
             "tick", edge_mark(curve.y[i]).character);
        continue;
      }
      path += (pen_down ? "L" : "M") + pixel(x(curve.x[i])) + " " +
              pixel(y(curve.y[i]));
      // A point alone: a line of no length, which round caps make a dot.
      if (!pen_down) path += "l0 0";
      pen_down = true;
    }
    out_ += "<path class=\"curve\" stroke=\"" + std::string(series_rgb(index)) +
            "\" d=\"" + path + "\"/>\n";
  }

  void legend(const Curve& curve, size_t index) {
    const double at =
        bottom() + kSvgBottom + kSvgLegendLine * static_cast<double>(index) + 8;
    out_ += "<path class=\"curve\" stroke=\"" + std::string(series_rgb(index)) +
            "\" d=\"M" + pixel(kSvgLeft) + " " + pixel(at) + "l24 0\"/>\n";
    const std::string last =
        curve.y.empty() ? "" : "  " + format_value(curve.y.back(), 4);
    text(kSvgLeft + 32, at + 4, "start", "legend",
         curve.name + last + missing_note(chart_, curve));
  }

  std::string& out_;
  const Chart& chart_;
  Axes axes_;
  double top_;
};

}  // namespace

void print_chart(std::ostream& out, const Terminal& terminal,
                 const Chart& chart, int rows) {
  const Axes axes = axes_of(chart);
  const std::vector<std::string> labels = y_labels(axes.y, rows);
  size_t margin = 0;
  for (const std::string& label : labels)
    margin = std::max(margin, label.size() + 1);
  Canvas canvas(terminal.chart_width() - static_cast<int>(margin) - 1, rows);
  for (size_t i = 0; i < chart.curves.size(); ++i)
    draw_curve(canvas, terminal, axes, chart.curves[i], i);
  if (needs_letters(terminal, chart)) mark_letters(canvas, axes, chart);

  out << styled(
             terminal, Style::kBold,
             shortened(chart.title, static_cast<size_t>(terminal.chart_width()),
                       terminal.ellipsis()))
      << '\n';
  for (int row = 0; row < rows; ++row) {
    const std::string& label = labels[static_cast<size_t>(row)];
    const std::string axis = terminal.ascii ? (label.empty() ? "|" : "+")
                                            : (label.empty() ? "│" : "┤");
    out << styled(terminal, Style::kDim,
                  std::string(margin - label.size() - (label.empty() ? 0 : 1),
                              ' ') +
                      label + (label.empty() ? "" : " ") + axis)
        << canvas.row(row, terminal) << '\n';
  }
  print_x_axis(out, terminal, chart, axes.x, canvas.columns(), margin);
  print_legend(out, terminal, chart);
}

std::string svg_document(const std::vector<Chart>& charts) {
  double height = 0;
  for (const Chart& chart : charts) height += svg_height(chart);
  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + pixel(kSvgWidth) +
      "\" height=\"" + pixel(height) + "\" viewBox=\"0 0 " + pixel(kSvgWidth) +
      " " + pixel(height) +
      "\">\n<style>text{font-family:sans-serif;font-size:12px;fill:#333}"
      ".title{font-size:15px;font-weight:bold}.tick{font-size:11px;fill:#666}"
      ".grid{stroke:#ddd;fill:none}.curve{fill:none;stroke-width:1.8;"
      "stroke-linejoin:round;stroke-linecap:round}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  double top = 0;
  for (const Chart& chart : charts) {
    SvgChart(out, chart, top).draw();
    top += svg_height(chart);
  }
  return out + "</svg>\n";
}

}  // namespace tblog::tool
