// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/picture.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "tools/tblog/failure.h"

namespace tblog::tool {
namespace {

constexpr uint64_t kMaxPixels = uint64_t{1} << 24;
constexpr int kMagnifiedColumns = 32;

// The mean colour of the pixels from (x0, y0) to before (x1, y1).
std::array<int, 3> mean_color(const Picture& picture, int x0, int y0, int x1,
                              int y1) {
  std::array<uint64_t, 3> sum{};
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) {
      for (size_t c = 0; c < 3; ++c)
        sum[c] += picture.rgb[(static_cast<size_t>(y) *
                                   static_cast<size_t>(picture.width) +
                               static_cast<size_t>(x)) *
                                  3 +
                              c];
    }
  }
  const auto count =
      static_cast<uint64_t>(x1 - x0) * static_cast<uint64_t>(y1 - y0);
  std::array<int, 3> mean{};
  for (size_t c = 0; c < 3; ++c)
    mean[c] = static_cast<int>((sum[c] + count / 2) / count);
  return mean;
}

std::string color_code(int what, const std::array<int, 3>& color) {
  char text[40];
  std::snprintf(text, sizeof text, "\x1b[%d;2;%d;%d;%dm", what, color[0],
                color[1], color[2]);
  return text;
}

// `picture` scaled to this size, each pixel the mean of what it covers.
class Scaled {
 public:
  Scaled(const Picture& picture, int width, int height)
      : picture_(picture), width_(width), height_(height) {}

  // In at most `columns` columns: shrunk, or magnified by a whole number.
  static Scaled to_fit(const Picture& picture, int columns) {
    // A very tall image would scroll away for ever.
    constexpr int kTallest = 2000;
    const int factor =
        std::max(1, std::min(columns, kMagnifiedColumns) / picture.width);
    const int64_t height =
        picture.width > columns
            ? int64_t{picture.height} * columns / picture.width
            : int64_t{picture.height} * factor;
    return {picture, std::min(picture.width * factor, columns),
            static_cast<int>(std::clamp<int64_t>(height, 1, kTallest))};
  }

  int width() const { return width_; }
  int height() const { return height_; }

  std::array<int, 3> at(int x, int y) const {
    const auto part = [](int i, int from, int to) {
      return static_cast<int>(int64_t{i} * from / to);
    };
    const int x0 = part(x, picture_.width, width_);
    const int y0 = part(y, picture_.height, height_);
    return mean_color(picture_, x0, y0,
                      std::max(x0 + 1, part(x + 1, picture_.width, width_)),
                      std::max(y0 + 1, part(y + 1, picture_.height, height_)));
  }

 private:
  const Picture& picture_;
  int width_;
  int height_;
};

}  // namespace

std::string_view image_format(std::string_view encoded) {
  using std::string_view_literals::operator""sv;
  if (encoded.starts_with("\x89PNG\r\n\x1a\n"sv)) return "png";
  if (encoded.starts_with("\xff\xd8\xff"sv)) return "jpeg";
  if (encoded.starts_with("GIF8"sv)) return "gif";
  if (encoded.starts_with("BM"sv)) return "bmp";
  return "unknown";
}

std::optional<Picture> decode_png(std::string_view encoded) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, encoded.data(),
                                       encoded.size()) == 0)
    return std::nullopt;
  // The header's numbers decide how much is allocated.
  if (uint64_t{image.width} * image.height > kMaxPixels) {
    png_image_free(&image);
    return std::nullopt;
  }
  image.format = PNG_FORMAT_RGB;
  Picture picture;
  picture.width = static_cast<int>(image.width);
  picture.height = static_cast<int>(image.height);
  picture.rgb.resize(PNG_IMAGE_SIZE(image));
  const png_color background = {128, 128, 128};
  if (png_image_finish_read(&image, &background, picture.rgb.data(), 0,
                            nullptr) == 0)
    return std::nullopt;
  return picture;
}

std::string encode_png(const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string encoded(bytes, '\0');
  if (png_image_write_to_memory(&image, encoded.data(), &bytes, 0,
                                picture.rgb.data(), 0, nullptr) == 0)
    throw Failure(kCannotRead,
                  std::string("cannot make a PNG: ") + image.message);
  encoded.resize(bytes);
  return encoded;
}

void print_half_blocks(std::ostream& out, const Picture& picture, int columns,
                       std::string_view indent) {
  const Scaled scaled = Scaled::to_fit(picture, columns);
  for (int y = 0; y < scaled.height(); y += 2) {
    std::string line(indent);
    std::string before;
    for (int x = 0; x < scaled.width(); ++x) {
      std::string colors = color_code(38, scaled.at(x, y));
      if (y + 1 < scaled.height())
        colors += color_code(48, scaled.at(x, y + 1));
      if (colors != before) line += colors;
      before = std::move(colors);
      line += "▀";
    }
    out << line << "\x1b[0m\n";
  }
}

void print_shades(std::ostream& out, const Picture& picture, int columns,
                  std::string_view indent) {
  // From dark to light, as on a dark terminal.
  constexpr std::string_view kShades = " .:-=+*#%@";
  const Scaled scaled = Scaled::to_fit(picture, columns);
  const auto luminance = [&](int x, int y) {
    const std::array<int, 3> color =
        scaled.at(x, std::min(y, scaled.height() - 1));
    return (299 * color[0] + 587 * color[1] + 114 * color[2]) / 1000;  // BT.601
  };
  for (int y = 0; y < scaled.height(); y += 2) {
    std::string line(indent);
    for (int x = 0; x < scaled.width(); ++x) {
      const int mean = (luminance(x, y) + luminance(x, y + 1)) / 2;
      line += kShades[static_cast<size_t>(mean) * kShades.size() / 256];
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

}  // namespace tblog::tool
