// SPDX-License-Identifier: Apache-2.0
//
// Where charts are drawn as pictures: lines and texts on white, in units of a
// CSS pixel.

#ifndef TBLOG_TOOLS_TBLOG_DRAWING_H_
#define TBLOG_TOOLS_TBLOG_DRAWING_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tblog::tool {

struct Point {
  double x;
  double y;
};

struct Rectangle {
  double left;
  double top;
  double right;
  double bottom;
};

enum class Anchor : unsigned char { kStart, kMiddle, kEnd };
enum class TextStyle : unsigned char { kTitle, kLegend, kTick };

struct Stroke {
  std::string_view rgb = "#333333";
  double width = 1;
  double opacity = 1;
};

class Drawing {
 public:
  virtual ~Drawing() = default;
  // `at`: on the baseline. `content` is printable().
  virtual void text(Point at, Anchor anchor, TextStyle style,
                    std::string_view content) = 0;
  // Lines through the points of each part, what is outside of `clip` left out;
  // a part of one point is a dot.
  virtual void lines(const std::vector<std::vector<Point>>& parts,
                     const Stroke& stroke, const Rectangle& clip) = 0;
  virtual void rectangle(const Rectangle& area, std::string_view rgb) = 0;
  // The area between an outline that runs to the right and the line `bottom`.
  virtual void area_above(const std::vector<Point>& outline, double bottom,
                          std::string_view rgb, double opacity) = 0;
  // The picture as a file.
  virtual std::string finish() = 0;
};

std::unique_ptr<Drawing> make_svg_drawing(double width, double height);
// Two pixels a unit. Throws Failure where that would be more than libpng takes.
std::unique_ptr<Drawing> make_png_drawing(double width, double height);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_DRAWING_H_
