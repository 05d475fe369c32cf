// SPDX-License-Identifier: Apache-2.0

#include <cstdio>

#include "tools/tblog/drawing.h"

namespace tblog::tool {
namespace {

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

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string out = text;
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out;
}

const char* anchor_name(Anchor anchor) {
  switch (anchor) {
    case Anchor::kStart:
      return "start";
    case Anchor::kMiddle:
      return "middle";
    case Anchor::kEnd:
      break;
  }
  return "end";
}

const char* class_name(TextStyle style) {
  switch (style) {
    case TextStyle::kTitle:
      return "title";
    case TextStyle::kLegend:
      return "legend";
    case TextStyle::kTick:
      break;
  }
  return "tick";
}

class SvgDrawing : public Drawing {
 public:
  SvgDrawing(double width, double height) {
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
           number(width) + "\" height=\"" + number(height) +
           "\" viewBox=\"0 0 " + number(width) + " " + number(height) +
           "\">\n<style>text{font-family:'DejaVu Sans',Verdana,sans-serif;"
           "font-size:12px;fill:#333}"
           ".title{font-size:15px;font-weight:bold}"
           ".tick{font-size:11px;fill:#666}"
           "path{fill:none;stroke-linejoin:round;stroke-linecap:round}"
           "</style>\n"
           "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  }

  void text(Point at, Anchor anchor, TextStyle style,
            std::string_view content) override {
    out_ += "<text x=\"" + number(at.x) + "\" y=\"" + number(at.y) +
            "\" text-anchor=\"" + anchor_name(anchor) + "\" class=\"" +
            class_name(style) + "\">" + xml_escaped(content) + "</text>\n";
  }

  void lines(const std::vector<std::vector<Point>>& parts, const Stroke& stroke,
             const Rectangle& clip) override {
    out_ += "<path clip-path=\"url(#" + clip_id(clip) + ")\" stroke=\"" +
            std::string(stroke.rgb) + "\" stroke-width=\"" +
            number(stroke.width) + "\"";
    if (stroke.opacity < 1)
      out_ += " stroke-opacity=\"" + number(stroke.opacity) + "\"";
    out_ += " d=\"";
    for (const std::vector<Point>& part : parts) {
      for (size_t i = 0; i < part.size(); ++i)
        out_ +=
            (i == 0 ? "M" : "L") + number(part[i].x) + " " + number(part[i].y);
      // A line of no length, which round caps make a dot.
      if (part.size() == 1) out_ += "l0 0";
    }
    out_ += "\"/>\n";
  }

  void rectangle(const Rectangle& area, std::string_view rgb) override {
    out_ += "<rect x=\"" + number(area.left) + "\" y=\"" + number(area.top) +
            "\" width=\"" + number(area.right - area.left) + "\" height=\"" +
            number(area.bottom - area.top) + "\" fill=\"" + std::string(rgb) +
            "\"/>\n";
  }

  void area_above(const std::vector<Point>& outline, double bottom,
                  std::string_view rgb, double opacity) override {
    if (outline.empty()) return;
    out_ += "<polygon fill=\"" + std::string(rgb) + "\"";
    if (opacity < 1) out_ += " fill-opacity=\"" + number(opacity) + "\"";
    out_ += " points=\"" + number(outline.front().x) + "," + number(bottom);
    for (const Point& point : outline)
      out_ += " " + number(point.x) + "," + number(point.y);
    out_ += " " + number(outline.back().x) + "," + number(bottom) + "\"/>\n";
  }

  std::string finish() override { return out_ + "</svg>\n"; }

 private:
  // That of the clip path for this area, which is defined where it is new. A
  // line along the edge keeps its width.
  std::string clip_id(const Rectangle& area) {
    const std::string shape = "<rect x=\"" + number(area.left - 1) + "\" y=\"" +
                              number(area.top - 1) + "\" width=\"" +
                              number(area.right - area.left + 2) +
                              "\" height=\"" +
                              number(area.bottom - area.top + 2) + "\"/>";
    if (shape != clip_) {
      clip_ = shape;
      ++clips_;
      out_ += "<clipPath id=\"c" + std::to_string(clips_) + "\">" + shape +
              "</clipPath>\n";
    }
    return "c" + std::to_string(clips_);
  }

  std::string out_;
  std::string clip_;  // the last one
  int clips_ = 0;
};

}  // namespace

std::unique_ptr<Drawing> make_svg_drawing(double width, double height) {
  return std::make_unique<SvgDrawing>(width, height);
}

}  // namespace tblog::tool
