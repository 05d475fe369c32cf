// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/canvas.h"

#include <algorithm>
#include <cstdlib>

namespace tblog::tool {
namespace {

// Bits of the dots in U+2800 + bits, [y][x] (Unicode chart "Braille Patterns").
constexpr uint8_t kBits[4][2] = {
    {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

std::string braille(uint8_t dots) {
  const unsigned code = 0x2800u + dots;
  return {static_cast<char>(0xe0 | code >> 12),
          static_cast<char>(0x80 | (code >> 6 & 0x3f)),
          static_cast<char>(0x80 | (code & 0x3f))};
}

}  // namespace

Canvas::Canvas(int columns, int rows)
    : columns_(std::max(1, columns)),
      rows_(std::max(1, rows)),
      cells_(static_cast<size_t>(columns_) * static_cast<size_t>(rows_)) {}

void Canvas::dot(int x, int y, size_t layer) {
  if (x < 0 || y < 0 || x >= dots_wide() || y >= dots_high()) return;
  Cell& cell =
      cells_[static_cast<size_t>(y / kDotsHigh * columns_ + x / kDotsWide)];
  cell.dots |= kBits[y % kDotsHigh][x % kDotsWide];
  cell.layer = layer;
}

void Canvas::line(int x0, int y0, int x1, int y1, size_t layer) {
  const int steps = std::max(std::abs(x1 - x0), std::abs(y1 - y0));
  for (int i = 0; i <= steps; ++i) {
    // Rounded halves up, exact in integers.
    const auto between = [&](int a, int b) {
      return steps == 0 ? a
                        : a + (2 * (b - a) * i + (b >= a ? steps : -steps)) /
                                  (2 * steps);
    };
    dot(between(x0, x1), between(y0, y1), layer);
  }
}

void Canvas::mark(int x, int y, const std::string& character, size_t layer) {
  if (x < 0 || y < 0 || x >= dots_wide() || y >= dots_high()) return;
  Cell& cell =
      cells_[static_cast<size_t>(y / kDotsHigh * columns_ + x / kDotsWide)];
  cell.mark = character;
  cell.layer = layer;
}

std::string Canvas::row(int row, const Terminal& terminal) const {
  std::string line;
  std::string stretch;  // neighbours of one colour
  size_t layer = 0;
  size_t blanks = 0;
  const auto end_stretch = [&] {
    line += colored(terminal, series_color(layer), stretch);
    stretch.clear();
  };
  for (int column = 0; column < columns_; ++column) {
    const Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
    if (cell.dots == 0 && cell.mark.empty()) {
      ++blanks;
      continue;
    }
    if (blanks > 0 || cell.layer != layer) end_stretch();
    line += std::string(blanks, ' ');
    blanks = 0;
    layer = cell.layer;
    if (!cell.mark.empty())
      stretch += cell.mark;
    else if (terminal.ascii)
      stretch += ascii_mark(cell.layer);
    else
      stretch += braille(cell.dots);
  }
  end_stretch();
  return line;
}

char Canvas::ascii_mark(size_t layer) {
  constexpr char kMarks[] = "*+ox#%@=";
  return kMarks[layer % (sizeof kMarks - 1)];
}

}  // namespace tblog::tool
