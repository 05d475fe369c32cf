// SPDX-License-Identifier: Apache-2.0

#include "src/image/encode.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "src/image/png_writer.h"

namespace tblog::internal {
namespace {

constexpr uint8_t kNanColor[4] = {255, 0, 255, 255};  // opaque magenta

// The tensor as rows of pixels; strides in elements.
struct Pixels {
  const void* data;
  DType dtype;
  int64_t height;
  int64_t width;
  int64_t channels;
  int64_t row_stride;
  int64_t column_stride;
  int64_t channel_stride;

  bool has_alpha() const { return channels == 2 || channels == 4; }

  // The channels from 0 to `n` of all pixels.
  TensorView first_channels(int64_t n) const {
    const int64_t shape[] = {height, width, n};
    const int64_t strides[] = {row_stride, column_stride, channel_stride};
    return TensorView(data, dtype, shape, 3, strides);
  }
};

// What becomes 0 and what becomes 255; low < high, or equal where all finite
// values are one.
struct Interval {
  double low;
  double high;
  bool reports_clamping;  // not where the interval is the values' own range
};

std::string_view layout_name(Layout layout) {
  switch (layout) {
    case Layout::kHWC:
      return "[height, width, channels]";
    case Layout::kCHW:
      return "[channels, height, width]";
    case Layout::kHW:
      return "[height, width]";
  }
  return "unknown";
}

std::string shape_name(const TensorView& view) {
  std::string name = "[";
  for (size_t i = 0; i < view.rank(); ++i) {
    absl::StrAppend(&name, i == 0 ? "" : ", ", view.dim(i));
  }
  return name + "]";
}

// Pixels of any size and number of channels; InvalidArgument for another rank.
absl::StatusOr<Pixels> by_layout(const TensorView& view, Layout layout) {
  if (layout > Layout::kHW) {
    return absl::InvalidArgumentError("the layout of the image is unknown");
  }
  const size_t rank = layout == Layout::kHW ? 2 : 3;
  if (view.rank() != rank) {
    return absl::InvalidArgumentError(
        absl::StrCat("the shape of the image is ", shape_name(view), " where ",
                     to_absl(layout_name(layout)), " is needed"));
  }
  const size_t y = layout == Layout::kCHW ? 1 : 0;
  Pixels pixels = {
      view.data(), view.dtype(),   view.dim(y),        view.dim(y + 1),
      1,           view.stride(y), view.stride(y + 1), /*channel_stride=*/1};
  if (layout != Layout::kHW) {
    const size_t c = layout == Layout::kCHW ? 0 : 2;
    pixels.channels = view.dim(c);
    pixels.channel_stride = view.stride(c);
  }
  return pixels;
}

absl::Status check_size(const Pixels& pixels, const TensorView& view,
                        Layout layout) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("the image of shape ", shape_name(view), ", read as ",
                     to_absl(layout_name(layout)), ", ", why));
  };
  if (pixels.channels < 1 || pixels.channels > 4) {
    return refuse(absl::StrCat("has ", pixels.channels,
                               " channels; 1 to 4 can be shown"));
  }
  if (pixels.height == 0 || pixels.width == 0) return refuse("has no pixels");
  if (pixels.height > kMaxImageSide || pixels.width > kMaxImageSide) {
    return refuse(absl::StrCat("has a side of more than ", kMaxImageSide));
  }
  if (pixels.height * pixels.width > kMaxImagePixels) {
    return refuse(absl::StrCat("has more than ", kMaxImagePixels, " pixels"));
  }
  return absl::OkStatus();
}

template <class T>
constexpr bool kIsFloat =
    std::is_same_v<BlockValue<T>, float> ? std::is_same_v<T, Float16> ||
                                               std::is_same_v<T, BFloat16> ||
                                               std::is_same_v<T, float>
                                         : std::is_same_v<T, double>;

template <class T>
constexpr bool kHasScale =
    std::is_same_v<T, uint8_t> || std::is_same_v<T, uint16_t> ||
    std::is_same_v<T, BoolByte> || kIsFloat<T>;

// What an integer type's values stand for where they have an agreed scale.
template <class T>
Interval whole_range() {
  if constexpr (std::is_same_v<T, BoolByte> || kIsFloat<T>) {
    return {0, 1, kIsFloat<T>};
  } else {
    return {0, static_cast<double>(std::numeric_limits<T>::max()), false};
  }
}

template <class T>
Interval finite_range(const TensorView& view) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for_each_block<T>(view, Order::kAny, [&](const auto* x, size_t n) {
    for (size_t i = 0; i < n; ++i) {
      if (!std::isfinite(x[i])) continue;
      low = std::min(low, static_cast<double>(x[i]));
      high = std::max(high, static_cast<double>(x[i]));
    }
  });
  if (low > high) return {0, 0, false};
  return {low, high, false};
}

template <class T>
bool contains_nan(const TensorView& view) {
  bool found = false;
  for_each_block<T>(view, Order::kAny, [&](const auto* x, size_t n) {
    for (size_t i = 0; i < n; ++i) found |= std::isnan(x[i]);
  });
  return found;
}

// Numbers of one interval to 0–255, and whether some lay outside it.
class Scaler {
 public:
  explicit Scaler(const Interval& interval) : interval_(interval) {
    // -1.7e308 to 1.7e308 is wider than a double can say.
    if (std::isinf(interval.high - interval.low)) factor_ = 0.5;
    width_ = interval.high * factor_ - interval.low * factor_;
  }

  uint8_t level(double x) {
    if (!(x >= interval_.low)) return outside(0);
    if (x > interval_.high) return outside(255);
    if (width_ == 0) return 0;
    const double part = (x * factor_ - interval_.low * factor_) / width_;
    return static_cast<uint8_t>(part * 255 + 0.5);
  }

  bool clamped() const { return clamped_; }

 private:
  uint8_t outside(uint8_t level) {
    clamped_ = clamped_ || interval_.reports_clamping;
    return level;
  }

  Interval interval_;
  double factor_ = 1;
  double width_;
  bool clamped_ = false;
};

// Reads rows of elements of type T as rows of 8-bit pixels.
template <class T>
class RowReader {
 public:
  RowReader(const Pixels& pixels, Range range, bool has_nan)
      : pixels_(pixels),
        has_nan_(has_nan),
        copies_bytes_(std::is_same_v<T, uint8_t> && range != Range::kAuto),
        color_(color_interval(pixels, range)),
        alpha_(range == Range::kAuto ? whole_range<T>()
                                     : color_interval(pixels, range)) {}

  // Stores one row; only NaN pixels are other than `channels` says.
  void read(int64_t y, uint8_t* out) {
    const char* p = static_cast<const char*>(pixels_.data) +
                    y * pixels_.row_stride * kBytes;
    for (int64_t x = 0; x < pixels_.width; ++x) {
      out = has_nan_ ? read_with_nan(p, out) : read_pixel(p, out);
      p += pixels_.column_stride * kBytes * (x + 1 < pixels_.width);
    }
  }

  int channels() const {
    const auto channels = static_cast<int>(pixels_.channels);
    return has_nan_ && channels < 3 ? channels + 2 : channels;
  }
  bool clamped() const { return color_.clamped() || alpha_.clamped(); }

 private:
  static constexpr int64_t kBytes = sizeof(T);

  static Interval color_interval(const Pixels& pixels, Range range) {
    if (range == Range::kAuto) {
      return finite_range<T>(pixels.first_channels(
          pixels.has_alpha() ? pixels.channels - 1 : pixels.channels));
    }
    if (kIsFloat<T> && range == Range::kSymmetric) return {-1, 1, true};
    return whole_range<T>();
  }

  double value(const char* pixel, int64_t channel) const {
    return static_cast<double>(
        load_element<T>(pixel + channel * pixels_.channel_stride * kBytes));
  }

  uint8_t* read_pixel(const char* pixel, uint8_t* out) {
    if (copies_bytes_) {
      for (int64_t c = 0; c < pixels_.channels; ++c) {
        *out++ = static_cast<uint8_t>(pixel[c * pixels_.channel_stride]);
      }
      return out;
    }
    const int64_t colors = pixels_.channels - (pixels_.has_alpha() ? 1 : 0);
    for (int64_t c = 0; c < colors; ++c) {
      *out++ = color_.level(value(pixel, c));
    }
    if (pixels_.has_alpha()) *out++ = alpha_.level(value(pixel, colors));
    return out;
  }

  // The same where the image is a colour image for its NaN pixels' sake.
  uint8_t* read_with_nan(const char* pixel, uint8_t* out) {
    for (int64_t c = 0; c < pixels_.channels; ++c) {
      if (!std::isnan(value(pixel, c))) continue;
      return std::copy(kNanColor, kNanColor + channels(), out);
    }
    if (pixels_.channels >= 3) return read_pixel(pixel, out);
    uint8_t gray[2];
    read_pixel(pixel, gray);
    out = std::fill_n(out, 3, gray[0]);
    if (pixels_.has_alpha()) *out++ = gray[1];
    return out;
  }

  const Pixels pixels_;
  const bool has_nan_;
  const bool copies_bytes_;
  Scaler color_;
  Scaler alpha_;
};

template <class T>
absl::StatusOr<EncodedImage> encode_pixels(const Pixels& pixels, Range range) {
  const bool has_nan =
      kIsFloat<T> && contains_nan<T>(pixels.first_channels(pixels.channels));
  RowReader<T> reader(pixels, range, has_nan);
  const PngShape shape = {static_cast<uint32_t>(pixels.width),
                          static_cast<uint32_t>(pixels.height),
                          reader.channels()};
  absl::StatusOr<std::string> png = write_png(
      shape, [&](uint32_t y, uint8_t* row) { reader.read(int64_t{y}, row); });
  if (!png.ok()) return png.status();
  return EncodedImage{*std::move(png),
                      static_cast<int32_t>(pixels.width),
                      static_cast<int32_t>(pixels.height),
                      reader.channels(),
                      reader.clamped(),
                      has_nan};
}

absl::Status no_scale(DType dtype) {
  return absl::InvalidArgumentError(absl::StrCat(
      "pixels of ", to_absl(dtype_name(dtype)),
      " have no agreed scale; log them with Range::kAuto, or as uint8"));
}

}  // namespace

absl::StatusOr<EncodedImage> encode_image(const TensorView& view,
                                          const ImageOptions& options) {
  if (absl::Status status = check_host_view(view); !status.ok()) return status;
  if (options.range > Range::kAuto) {
    return absl::InvalidArgumentError("the range of the image is unknown");
  }
  absl::StatusOr<Pixels> pixels = by_layout(view, options.layout);
  if (!pixels.ok()) return pixels.status();
  absl::Status size = check_size(*pixels, view, options.layout);
  if (!size.ok()) return size;

  absl::StatusOr<EncodedImage> image = absl::InvalidArgumentError(
      absl::StrCat("tensors of ", to_absl(dtype_name(view.dtype())),
                   " cannot be shown as images"));
  visit_real(view.dtype(), [&]<class T>(std::type_identity<T>) {
    image = kHasScale<T> || options.range == Range::kAuto
                ? encode_pixels<T>(*pixels, options.range)
                : no_scale(view.dtype());
  });
  return image;
}

}  // namespace tblog::internal
