// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tools/tblog/drawing.h"
#include "tools/tblog/failure.h"
#include "tools/tblog/font.h"
#include "tools/tblog/picture.h"

namespace tblog::tool {
namespace {

constexpr double kScale = 2;
constexpr double kMaxPixels = 1e8;  // 300 MB

struct Color {
  int channel[3];
};

Color parse_rgb(std::string_view rgb) {
  Color color{};
  for (size_t i = 0; i < 3; ++i)
    color.channel[i] =
        std::stoi(std::string(rgb.substr(1 + 2 * i, 2)), nullptr, 16);
  return color;
}

// Of a point to a segment.
double distance(double x, double y, const Point& a, const Point& b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double along =
      length == 0
          ? 0
          : std::clamp(((x - a.x) * dx + (y - a.y) * dy) / length, 0.0, 1.0);
  return std::hypot(x - (a.x + along * dx), y - (a.y + along * dy));
}

// How much of each pixel the strokes of one curve cover: where they overlap,
// they are not darker.
class Coverage {
 public:
  Coverage(int left, int top, int right, int bottom)
      : left_(left),
        top_(top),
        width_(std::max(0, right - left)),
        height_(std::max(0, bottom - top)),
        values_(static_cast<size_t>(width_) * static_cast<size_t>(height_)) {}

  // All in pixels.
  void segment(const Point& a, const Point& b, double half_width) {
    const double reach = half_width + 1;
    const int y0 = row(std::min(a.y, b.y) - reach);
    const int y1 = row(std::max(a.y, b.y) + reach + 1);
    for (int y = y0; y < y1; ++y) {
      // Only the part of the line near this row.
      double low = std::min(a.x, b.x);
      double high = std::max(a.x, b.x);
      if (std::abs(b.y - a.y) > 1e-9) {
        const double slope = (b.x - a.x) / (b.y - a.y);
        const double at = a.x + (y + top_ + 0.5 - a.y) * slope;
        const double spread = std::abs(slope) * reach + reach;
        low = std::max(low, at - spread);
        high = std::min(high, at + spread);
      }
      const int x0 = column(low - reach);
      const int x1 = column(high + reach + 1);
      for (int x = x0; x < x1; ++x) {
        const double d = distance(x + left_ + 0.5, y + top_ + 0.5, a, b);
        const double covered = std::clamp(half_width + 0.5 - d, 0.0, 1.0);
        float& value = values_[index(x, y)];
        value = std::max(value, static_cast<float>(covered));
      }
    }
  }

  template <class F>
  void for_each(F&& blend) const {
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        if (const float value = values_[index(x, y)]; value > 0)
          blend(x + left_, y + top_, value);
      }
    }
  }

 private:
  // Below the area's corner, and inside of it.
  int column(double x) const {
    return static_cast<int>(std::clamp(x - left_, 0.0, double(width_)));
  }
  int row(double y) const {
    return static_cast<int>(std::clamp(y - top_, 0.0, double(height_)));
  }
  size_t index(int x, int y) const {
    return static_cast<size_t>(y) * static_cast<size_t>(width_) +
           static_cast<size_t>(x);
  }

  int left_;
  int top_;
  int width_;
  int height_;
  std::vector<float> values_;
};

class PngDrawing : public Drawing {
 public:
  PngDrawing(double width, double height) {
    if (width * height * kScale * kScale > kMaxPixels)
      throw Failure(kUsage,
                    "too many charts for one picture; --tag chooses some, and "
                    "a name that ends in .svg holds them all");
    picture_.width = static_cast<int>(std::ceil(width * kScale));
    picture_.height = static_cast<int>(std::ceil(height * kScale));
    picture_.rgb.assign(static_cast<size_t>(picture_.width) *
                            static_cast<size_t>(picture_.height) * 3,
                        255);
  }

  void text(Point at, Anchor anchor, TextStyle style,
            std::string_view content) override {
    const Font& font = Font::get();
    const int width = font.width(content);
    int x = static_cast<int>(std::lround(at.x * kScale));
    if (anchor == Anchor::kMiddle) x -= width / 2;
    if (anchor == Anchor::kEnd) x -= width;
    const int y = static_cast<int>(std::lround(at.y * kScale));
    const Color color =
        parse_rgb(style == TextStyle::kTick ? "#666666" : "#333333");
    for (const char32_t code : code_points(content)) {
      const Font::Glyph glyph = font.glyph(code);
      draw_glyph(glyph, x, y, color);
      if (style == TextStyle::kTitle) draw_glyph(glyph, x + 1, y, color);
      x += glyph.advance;
    }
  }

  void lines(const std::vector<std::vector<Point>>& parts, const Stroke& stroke,
             const Rectangle& clip) override {
    // A line along the edge keeps its width.
    Coverage coverage(static_cast<int>(std::floor(clip.left * kScale)) - 2,
                      static_cast<int>(std::floor(clip.top * kScale)) - 2,
                      static_cast<int>(std::ceil(clip.right * kScale)) + 2,
                      static_cast<int>(std::ceil(clip.bottom * kScale)) + 2);
    const double half_width = stroke.width * kScale / 2;
    const auto scaled = [](const Point& point) {
      return Point{point.x * kScale, point.y * kScale};
    };
    for (const std::vector<Point>& part : parts) {
      for (size_t i = 0; i < part.size(); ++i)
        coverage.segment(scaled(part[i == 0 ? 0 : i - 1]), scaled(part[i]),
                         half_width);
    }
    const Color color = parse_rgb(stroke.rgb);
    coverage.for_each([&](int x, int y, float covered) {
      blend(x, y, color, covered * stroke.opacity);
    });
  }

  void rectangle(const Rectangle& area, std::string_view rgb) override {
    const Color color = parse_rgb(rgb);
    const auto pixel = [](double value) {
      return static_cast<int>(std::lround(value * kScale));
    };
    for (int y = pixel(area.top); y < pixel(area.bottom); ++y) {
      for (int x = pixel(area.left); x < pixel(area.right); ++x)
        blend(x, y, color, 1);
    }
  }

  void area_above(const std::vector<Point>& outline, double bottom,
                  std::string_view rgb, double opacity) override {
    if (outline.size() < 2) return;
    const Color color = parse_rgb(rgb);
    const int left = static_cast<int>(std::ceil(outline.front().x * kScale));
    const int right = static_cast<int>(std::floor(outline.back().x * kScale));
    size_t at = 1;
    for (int x = left; x < right; ++x) {
      const double middle = (x + 0.5) / kScale;
      while (at + 1 < outline.size() && outline[at].x < middle) ++at;
      const Point& a = outline[at - 1];
      const Point& b = outline[at];
      const double share = b.x > a.x ? (middle - a.x) / (b.x - a.x) : 0;
      fill_column(x, (a.y + (b.y - a.y) * share) * kScale, bottom * kScale,
                  color, opacity);
    }
  }

  std::string finish() override { return encode_png(picture_); }

 private:
  void draw_glyph(const Font::Glyph& glyph, int x, int y, const Color& color) {
    for (int row = 0; row < Font::kCell; ++row) {
      for (int column = 0; column < Font::kCell; ++column) {
        const uint8_t covered =
            glyph.coverage[static_cast<size_t>(row) * Font::get().row_bytes() +
                           static_cast<size_t>(column)];
        if (covered > 0)
          blend(x + column - Font::kOrigin, y + row - Font::kBaseline, color,
                covered / 255.0);
      }
    }
  }

  // Of the column of pixels the part from `top` to `bottom`.
  void fill_column(int x, double top, double bottom, const Color& color,
                   double opacity) {
    for (int y = static_cast<int>(std::floor(top)); y < bottom; ++y) {
      const double covered =
          std::min(bottom, y + 1.0) - std::max(top, static_cast<double>(y));
      blend(x, y, color, std::clamp(covered, 0.0, 1.0) * opacity);
    }
  }

  void blend(int x, int y, const Color& color, double opacity) {
    if (x < 0 || y < 0 || x >= picture_.width || y >= picture_.height) return;
    uint8_t* pixel = &picture_.rgb[(static_cast<size_t>(y) *
                                        static_cast<size_t>(picture_.width) +
                                    static_cast<size_t>(x)) *
                                   3];
    for (int i = 0; i < 3; ++i)
      pixel[i] = static_cast<uint8_t>(
          std::lround(pixel[i] + (color.channel[i] - pixel[i]) * opacity));
  }

  Picture picture_;
};

}  // namespace

std::unique_ptr<Drawing> make_png_drawing(double width, double height) {
  return std::make_unique<PngDrawing>(width, height);
}

}  // namespace tblog::tool
