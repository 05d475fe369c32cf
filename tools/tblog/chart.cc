// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/chart.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "tools/tblog/canvas.h"
#include "tools/tblog/chart_axes.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/number.h"
#include "tools/tblog/text_axis.h"

namespace tblog::tool {
namespace {

// A value that is on the axes, as shares of the canvas from its left and its
// top; those of `y` may be outside of 0 to 1.
struct Place {
  double x;
  double y;
};
std::optional<Place> place_of(const Axes& axes, double x, double y) {
  if (!axes.x.shows(x) || !axes.y.shows(y)) return std::nullopt;
  return Place{axes.x.position(x), 1 - axes.y.position(y)};
}

// `end` moved along the line to `other` until it is no further than half a
// canvas above or below; it crosses the canvas where it did.
Place near_canvas(const Place& end, const Place& other) {
  const double limit = std::clamp(end.y, -0.5, 1.5);
  if (limit == end.y || end.y == other.y) return {end.x, limit};
  const double share = (limit - end.y) / (other.y - end.y);
  if (share > 1) return {end.x, limit};  // all of the line is outside
  return {end.x + share * (other.x - end.x), limit};
}

void draw_line(Canvas& canvas, const Place& from, const Place& to,
               size_t layer) {
  if ((from.y < 0 && to.y < 0) || (from.y > 1 && to.y > 1)) return;
  const auto dot = [](double position, int dots) {
    return static_cast<int>(std::lround(position * (dots - 1)));
  };
  const Place begin = near_canvas(from, to);
  const Place end = near_canvas(to, from);
  canvas.line(dot(begin.x, canvas.dots_wide()),
              dot(begin.y, canvas.dots_high()), dot(end.x, canvas.dots_wide()),
              dot(end.y, canvas.dots_high()), layer);
}

// What the smoothed curve was made of: points, since lines would hide it.
void draw_faint(Canvas& canvas, const Axes& axes, const Curve& curve,
                size_t layer) {
  for (size_t i = 0; i < curve.faint.size(); ++i) {
    const auto place = place_of(axes, curve.x[i], curve.faint[i]);
    if (place && place->y >= 0 && place->y <= 1)
      canvas.faint_dot(to_dot(place->x, canvas.dots_wide()),
                       to_dot(place->y, canvas.dots_high()), layer);
  }
}

// A value with none beside it that a line could lead to.
void draw_single(Canvas& canvas, const Terminal& terminal, const Place& place,
                 size_t layer) {
  if (place.y < 0 || place.y > 1) return;
  const int x = to_dot(place.x, canvas.dots_wide());
  const int y = to_dot(place.y, canvas.dots_high());
  if (terminal.ascii)
    canvas.dot(x, y, layer);
  else
    canvas.mark(x, y, "•", layer);
}

void draw_curve(Canvas& canvas, const Terminal& terminal, const Axes& axes,
                const Curve& curve, size_t layer) {
  std::optional<Place> last;
  const auto place_at = [&](size_t i) {
    return i < curve.x.size() ? place_of(axes, curve.x[i], curve.y[i])
                              : std::nullopt;
  };
  std::optional<Place> next = place_at(0);
  for (size_t i = 0; i < curve.x.size(); ++i) {
    const std::optional<Place> place = next;
    next = place_at(i + 1);
    if (place && !last && !next) {
      draw_single(canvas, terminal, *place, layer);
    } else if (place) {
      draw_line(canvas, last.value_or(*place), *place, layer);
    } else if (axes.x.shows(curve.x[i])) {
      const EdgeMark mark = edge_mark(curve.y[i]);
      canvas.mark(to_dot(axes.x.position(curve.x[i]), canvas.dots_wide()),
                  mark.at_top ? 0 : canvas.dots_high() - 1,
                  terminal.ascii ? mark.ascii : mark.character, layer);
    }
    last = place;
  }
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
      const auto place = place_of(axes, curve.x[i], curve.y[i]);
      if (!place || place->y < 0 || place->y > 1) continue;
      canvas.mark(to_dot(axes.x.position(curve.x[i]), canvas.dots_wide()),
                  to_dot(1 - axes.y.position(curve.y[i]), canvas.dots_high()),
                  std::string(1, letter_of(layer)), layer);
      break;
    }
  }
}

struct LegendEntry {
  std::string text;  // styled
  size_t columns;
};

LegendEntry legend_entry(const Terminal& terminal, const Chart& chart,
                         size_t layer) {
  const auto width = static_cast<size_t>(terminal.chart_width());
  const Curve& curve = chart.curves[layer];
  const std::string sign =
      terminal.ascii ? std::string(2, Canvas::ascii_mark(layer))
      : needs_letters(terminal, chart) ? std::string(1, letter_of(layer))
                                       : "──";
  const std::string last =
      curve.y.empty() ? "" : "  " + format_value(curve.y.back(), 4);
  const std::string rest = last + missing_note(chart, curve);
  const size_t used = 4 + display_width(sign) + rest.size();
  const std::string name = shortened(
      curve.name, width > used + 8 ? width - used : 8, terminal.ellipsis());
  return {colored(terminal, series_color(layer), sign) + ' ' + name +
              styled(terminal, Style::kDim, rest),
          display_width(sign) + 1 + display_width(name) + rest.size()};
}

// A line a curve; beside each other where they are many.
void print_legend(std::ostream& out, const Terminal& terminal,
                  const Chart& chart) {
  constexpr size_t kGap = 2;  // before each entry
  std::vector<LegendEntry> entries;
  size_t widest = 1;
  for (size_t layer = 0; layer < chart.curves.size(); ++layer) {
    entries.push_back(legend_entry(terminal, chart, layer));
    widest = std::max(widest, entries.back().columns);
  }
  const size_t lines =
      legend_lines(entries.size(), static_cast<size_t>(terminal.chart_width()) /
                                       (widest + kGap));
  for (size_t line = 0; line < lines; ++line) {
    size_t blanks = 0;
    for (size_t i = line; i < entries.size(); i += lines) {
      out << std::string(blanks + kGap, ' ') << entries[i].text;
      blanks = widest - entries[i].columns;
    }
    out << '\n';
  }
}

}  // namespace

void print_chart(std::ostream& out, const Terminal& terminal,
                 const Chart& chart, int rows) {
  const Axes axes = axes_of(chart);
  const LeftAxis left(axes.y, rows);
  Canvas canvas(terminal.chart_width() - left.columns(), rows);
  if (terminal.color) {
    for (size_t i = 0; i < chart.curves.size(); ++i)
      draw_faint(canvas, axes, chart.curves[i], i);
  }
  for (size_t i = 0; i < chart.curves.size(); ++i)
    draw_curve(canvas, terminal, axes, chart.curves[i], i);
  if (needs_letters(terminal, chart)) mark_letters(canvas, axes, chart);

  out << styled(
             terminal, Style::kBold,
             shortened(chart.title, static_cast<size_t>(terminal.chart_width()),
                       terminal.ellipsis()))
      << '\n';
  for (int row = 0; row < rows; ++row)
    out << left.row(row, terminal) << canvas.row(row, terminal) << '\n';
  print_bottom_axis(
      out, terminal,
      {axes.x, x_ticks(chart, axes.x, std::max(2, canvas.columns() / 12)),
       x_axis_title(chart)},
      canvas.columns(), left.columns() - 1);
  print_legend(out, terminal, chart);
}

}  // namespace tblog::tool
