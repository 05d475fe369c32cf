// SPDX-License-Identifier: Apache-2.0
//
// A grid of dots drawn with braille characters, 2 by 4 dots each, or with one
// ASCII character a cell.

#ifndef TBLOG_TOOLS_TBLOG_CANVAS_H_
#define TBLOG_TOOLS_TBLOG_CANVAS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/tblog/terminal.h"

namespace tblog::tool {

class Canvas {
 public:
  static constexpr int kDotsWide = 2;  // of a character
  static constexpr int kDotsHigh = 4;

  // Characters. Both at least 1. `palette`: colours of the layers, of the 256;
  // empty: series_color().
  Canvas(int columns, int rows, std::vector<int> palette = {});

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  int dots_wide() const { return columns_ * kDotsWide; }
  int dots_high() const { return rows_ * kDotsHigh; }

  // Dots count from the left and from the top; those outside are left out. A
  // cell has one colour, that of the last dot in it; `layer` is an index for
  // series_color(), and the character of that series in ASCII.
  void dot(int x, int y, size_t layer);
  // A dot that shows only in cells where there is nothing else.
  void faint_dot(int x, int y, size_t layer);
  void line(int x0, int y0, int x1, int y1, size_t layer);
  // Takes a dot away.
  void clear(int x, int y);
  // A character of its own in the cell of that dot.
  void mark(int x, int y, const std::string& character, size_t layer);

  // One row of cells, without trailing blanks, or with as many as fill it.
  std::string row(int row, const Terminal& terminal, bool filled = false) const;

  // What stands for a series where there is neither colour nor braille.
  static char ascii_mark(size_t layer);

 private:
  struct Cell {
    uint8_t dots = 0;
    uint8_t faint_dots = 0;
    size_t layer = 0;
    std::string mark;
  };
  // The cell of a dot; null outside.
  Cell* cell_at(int x, int y);

  int color(size_t layer) const;

  int columns_;
  int rows_;
  std::vector<int> palette_;
  std::vector<Cell> cells_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_CANVAS_H_
