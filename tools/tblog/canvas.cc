// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/canvas.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

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

Canvas::Canvas(int columns, int rows, std::vector<int> palette)
    : columns_(std::max(1, columns)),
      rows_(std::max(1, rows)),
      palette_(std::move(palette)),
      cells_(static_cast<size_t>(columns_) * static_cast<size_t>(rows_)) {}

Canvas::Cell* Canvas::cell_at(int x, int y) {
  if (x < 0 || y < 0 || x >= dots_wide() || y >= dots_high()) return nullptr;
  return &cells_[static_cast<size_t>(y / kDotsHigh * columns_ + x / kDotsWide)];
}

void Canvas::dot(int x, int y, size_t layer) {
  Cell* cell = cell_at(x, y);
  if (cell == nullptr) return;
  cell->dots |= kBits[y % kDotsHigh][x % kDotsWide];
  cell->layer = layer;
}

void Canvas::faint_dot(int x, int y, size_t layer) {
  Cell* cell = cell_at(x, y);
  if (cell == nullptr) return;
  cell->faint_dots |= kBits[y % kDotsHigh][x % kDotsWide];
  if (cell->dots == 0) cell->layer = layer;
}

void Canvas::clear(int x, int y) {
  Cell* cell = cell_at(x, y);
  if (cell == nullptr) return;
  cell->dots &= static_cast<uint8_t>(~kBits[y % kDotsHigh][x % kDotsWide]);
}

int Canvas::color(size_t layer) const {
  return palette_.empty() ? series_color(layer)
                          : palette_[layer % palette_.size()];
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
  Cell* cell = cell_at(x, y);
  if (cell == nullptr) return;
  cell->mark = character;
  cell->layer = layer;
}

std::string Canvas::row(int row, const Terminal& terminal, bool filled) const {
  std::string line;
  std::string stretch;  // neighbours of one colour
  size_t layer = 0;
  bool faint = false;
  size_t blanks = 0;
  const auto end_stretch = [&] {
    line += faint ? faintly_colored(terminal, color(layer), stretch)
                  : colored(terminal, color(layer), stretch);
    stretch.clear();
  };
  for (int column = 0; column < columns_; ++column) {
    const Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
    const bool only_faint = cell.dots == 0 && cell.mark.empty();
    if (only_faint && cell.faint_dots == 0) {
      ++blanks;
      continue;
    }
    if (blanks > 0 || cell.layer != layer || only_faint != faint) end_stretch();
    line += std::string(blanks, ' ');
    blanks = 0;
    layer = cell.layer;
    faint = only_faint;
    if (!cell.mark.empty())
      stretch += cell.mark;
    else if (terminal.ascii)
      stretch += only_faint ? '.' : ascii_mark(cell.layer);
    else
      stretch += braille(only_faint ? cell.faint_dots : cell.dots);
  }
  end_stretch();
  return line + std::string(filled ? blanks : 0, ' ');
}

char Canvas::ascii_mark(size_t layer) {
  constexpr char kMarks[] = "*+ox#%@=";
  return kMarks[layer % (sizeof kMarks - 1)];
}

}  // namespace tblog::tool
