// SPDX-License-Identifier: Apache-2.0
//
// Axes of characters, around a canvas.

#ifndef TBLOG_TOOLS_TBLOG_TEXT_AXIS_H_
#define TBLOG_TOOLS_TBLOG_TEXT_AXIS_H_

#include <ostream>
#include <string>
#include <vector>

#include "tools/tblog/curve.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {

// Which of `dots` a position from 0 to 1 is; what is outside is at the edge.
int to_dot(double position, int dots);

// What stands to the left of a canvas: labels of its rows, and a line.
class LeftAxis {
 public:
  LeftAxis(const Axis& axis, int rows);
  // Columns that it takes, the line too.
  int columns() const { return static_cast<int>(margin_) + 1; }
  std::string row(int row, const Terminal& terminal) const;

 private:
  std::vector<std::string> labels_;  // a row each, the topmost first
  size_t margin_ = 0;
};

// What stands below: a line with ticks, their labels and the axis' title.
struct BottomAxis {
  const Axis& axis;
  std::vector<Tick> ticks;
  std::string title;
};
// `margin`: columns before the line.
void print_bottom_axis(std::ostream& out, const Terminal& terminal,
                       const BottomAxis& bottom, int columns, int margin);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_TEXT_AXIS_H_
