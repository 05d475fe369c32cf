// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/text_axis.h"

#include <algorithm>
#include <cmath>

#include "tools/tblog/bars.h"
#include "tools/tblog/canvas.h"

namespace tblog::tool {
namespace {

bool inside(double position) {
  return position >= -1e-9 && position <= 1 + 1e-9;
}

}  // namespace

int to_dot(double position, int dots) {
  return static_cast<int>(std::lround(within_unit(position) * (dots - 1)));
}

LeftAxis::LeftAxis(const Axis& axis, int rows)
    : labels_(static_cast<size_t>(rows)) {
  for (const Tick& tick : nice_ticks(axis, std::max(2, rows / 2))) {
    const double position = axis.position(tick.value);
    if (!inside(position)) continue;
    labels_[static_cast<size_t>(to_dot(1 - position, rows * Canvas::kDotsHigh) /
                                Canvas::kDotsHigh)] = tick.label;
  }
  for (const std::string& label : labels_)
    margin_ = std::max(margin_, label.size() + 1);
}

std::string LeftAxis::row(int row, const Terminal& terminal) const {
  const std::string& label = labels_[static_cast<size_t>(row)];
  const std::string line = terminal.ascii ? (label.empty() ? "|" : "+")
                                          : (label.empty() ? "│" : "┤");
  return styled(
      terminal, Style::kDim,
      std::string(margin_ - label.size() - (label.empty() ? 0 : 1), ' ') +
          label + (label.empty() ? "" : " ") + line);
}

void print_bottom_axis(std::ostream& out, const Terminal& terminal,
                       const BottomAxis& bottom, int columns, int margin) {
  const auto width = static_cast<size_t>(columns);
  std::vector<bool> ticked(width);
  std::string labels;
  for (const Tick& tick : bottom.ticks) {
    const double position = bottom.axis.position(tick.value);
    if (!inside(position)) continue;
    const auto at = static_cast<size_t>(
        to_dot(position, columns * Canvas::kDotsWide) / Canvas::kDotsWide);
    const size_t half = tick.label.size() / 2;
    const size_t begin = std::min(at > half ? at - half : 0,
                                  width - std::min(width, tick.label.size()));
    if (!labels.empty() && begin < labels.size() + 1) continue;
    ticked[at] = true;
    labels += std::string(begin - labels.size(), ' ') + tick.label;
  }
  std::string line = terminal.ascii ? "+" : "└";
  for (const bool tick : ticked)
    line += tick ? (terminal.ascii ? "+" : "┬") : (terminal.ascii ? "-" : "─");
  out << std::string(static_cast<size_t>(margin), ' ')
      << styled(terminal, Style::kDim, line) << '\n';
  if (!bottom.title.empty() && labels.size() + 2 + bottom.title.size() <= width)
    labels += std::string(width - labels.size() - bottom.title.size(), ' ') +
              bottom.title;
  out << std::string(static_cast<size_t>(margin) + 1, ' ')
      << styled(terminal, Style::kDim, labels) << '\n';
}

}  // namespace tblog::tool
