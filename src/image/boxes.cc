// SPDX-License-Identifier: Apache-2.0

#include "src/image/boxes.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "src/image/font.h"

namespace tblog::internal {
namespace {

// Of a line, and of a pixel of the font: so that words can be read where a page
// shows a large image small.
int64_t thickness(const Window& window) {
  return 1 + std::max(window.height, window.width) / 400;
}

// Pixels from `begin` to before `end`, at least one; coordinates far outside
// are brought near, where they are as invisible.
struct Extent {
  int64_t begin;
  int64_t end;
};
Extent extent(double a, double b, int64_t size) {
  const auto bound = 2.0 * static_cast<double>(size);
  const auto begin = static_cast<int64_t>(
      std::floor(std::clamp(std::min(a, b), -bound, bound)));
  const auto end = static_cast<int64_t>(
      std::ceil(std::clamp(std::max(a, b), -bound, bound)));
  return {begin, std::max(end, begin + 1)};
}

// Black or white, whichever is read on `ground`. Source of the weights: ITU-R
// BT.601.
Color ink_on(Color ground) {
  const int luminance =
      299 * ground.red + 587 * ground.green + 114 * ground.blue;
  return luminance > 128'000 ? Color{0, 0, 0} : Color{255, 255, 255};
}

void draw_glyph(const Glyph& glyph, int64_t top, int64_t left, int64_t pixel,
                Color ink, const Window& window) {
  for (int row = 0; row < kGlyphHeight; ++row) {
    for (int column = 0; column < kGlyphWidth; ++column) {
      if (!glyph.has_ink(row, column)) continue;
      const int64_t y = top + row * pixel;
      const int64_t x = left + column * pixel;
      window.fill(y, x, y + pixel, x + pixel, ink);
    }
  }
}

// Words on the box's colour: above the frame, in it where there is no room
// above; moved to the left as far as there is something to be seen by it.
void draw_label(const ImageBox& box, const Extent& ys, const Extent& xs,
                int64_t pixel, const Window& window) {
  const int64_t advance = (kGlyphWidth + 1) * pixel;
  // More than the window shows need not be drawn.
  const int64_t room = window.width / advance + 1;
  const auto glyphs = glyphs_of(box.label, static_cast<size_t>(room));
  const int64_t height = (kGlyphHeight + 2) * pixel;
  const int64_t width = static_cast<int64_t>(glyphs.size()) * advance + pixel;
  const int64_t top =
      ys.begin >= height ? ys.begin - height : std::max<int64_t>(0, ys.begin);
  const int64_t left =
      std::max<int64_t>(0, std::min(xs.begin, window.width - width));
  window.fill(top, left, top + height, left + width, box.color);
  int64_t x = left + pixel;
  for (const Glyph& glyph : glyphs) {
    draw_glyph(glyph, top + pixel, x, pixel, ink_on(box.color), window);
    x += advance;
  }
}

void draw_box(const ImageBox& box, const Window& window) {
  const int64_t line = thickness(window);
  const Extent ys = extent(box.top, box.bottom, window.height);
  const Extent xs = extent(box.left, box.right, window.width);
  const bool visible = ys.end > 0 && ys.begin < window.height && xs.end > 0 &&
                       xs.begin < window.width;
  if (!visible) return;
  window.fill(ys.begin, xs.begin, std::min(ys.begin + line, ys.end), xs.end,
              box.color);
  window.fill(std::max(ys.end - line, ys.begin), xs.begin, ys.end, xs.end,
              box.color);
  window.fill(ys.begin, xs.begin, ys.end, std::min(xs.begin + line, xs.end),
              box.color);
  window.fill(ys.begin, std::max(xs.end - line, xs.begin), ys.end, xs.end,
              box.color);
  if (!box.label.empty()) draw_label(box, ys, xs, line, window);
}

}  // namespace

absl::Status check_boxes(std::span<const ImageBox> boxes, int64_t images) {
  for (size_t i = 0; i < boxes.size(); ++i) {
    const ImageBox& box = boxes[i];
    const bool finite = std::isfinite(box.left) && std::isfinite(box.top) &&
                        std::isfinite(box.right) && std::isfinite(box.bottom);
    if (!finite) {
      return absl::InvalidArgumentError(absl::StrCat(
          "box ", i, " has a coordinate that is not finite: left ", box.left,
          ", top ", box.top, ", right ", box.right, ", bottom ", box.bottom));
    }
    if (box.image < 0 || box.image >= images) {
      return absl::InvalidArgumentError(
          absl::StrCat("box ", i, " belongs to image ", box.image, " of ",
                       images, " (counted from 0)"));
    }
  }
  return absl::OkStatus();
}

bool has_boxes(std::span<const ImageBox> boxes, int64_t image) {
  return std::any_of(boxes.begin(), boxes.end(),
                     [&](const ImageBox& box) { return box.image == image; });
}

void draw_boxes(std::span<const ImageBox> boxes, int64_t image,
                const Window& window) {
  for (const ImageBox& box : boxes) {
    if (box.image == image) draw_box(box, window);
  }
}

}  // namespace tblog::internal
