// SPDX-License-Identifier: Apache-2.0

#include "src/image/pixel_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "src/image/pixel_rows.h"

namespace tblog::internal {
namespace {

constexpr uint8_t kNanColor[4] = {255, 0, 255, 255};  // opaque magenta

// What becomes 0 and what becomes 255; low < high, or equal where all finite
// values are one.
struct Interval {
  double low;
  double high;
  bool reports_clamping;  // not where the interval is the values' own range
};

// ---- Layouts ----

bool is_batch(Layout layout) { return layout >= Layout::kNHWC; }

Layout with_images(Layout layout) {
  switch (layout) {
    case Layout::kHWC:
      return Layout::kNHWC;
    case Layout::kCHW:
      return Layout::kNCHW;
    case Layout::kHW:
      return Layout::kNHW;
    default:
      return layout;
  }
}

size_t rank_of(Layout layout) {
  const bool gray = layout == Layout::kHW || layout == Layout::kNHW;
  return (gray ? 2 : 3) + (is_batch(layout) ? 1 : 0);
}

std::string_view layout_name(Layout layout) {
  switch (layout) {
    case Layout::kHWC:
      return "[height, width, channels]";
    case Layout::kCHW:
      return "[channels, height, width]";
    case Layout::kHW:
      return "[height, width]";
    case Layout::kNHWC:
      return "[images, height, width, channels]";
    case Layout::kNCHW:
      return "[images, channels, height, width]";
    case Layout::kNHW:
      return "[images, height, width]";
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

// Images of any size and number of channels; the view has the layout's rank.
ImageBatch by_layout(const TensorView& view, Layout layout) {
  ImageBatch batch;
  batch.data = view.data();
  batch.dtype = view.dtype();
  const size_t first = is_batch(layout) ? 1 : 0;
  if (is_batch(layout)) {
    batch.count = view.dim(0);
    batch.image_stride = view.stride(0);
  }
  const bool channels_first = layout == Layout::kCHW || layout == Layout::kNCHW;
  const size_t y = first + (channels_first ? 1 : 0);
  batch.height = view.dim(y);
  batch.row_stride = view.stride(y);
  batch.width = view.dim(y + 1);
  batch.column_stride = view.stride(y + 1);
  if (layout == Layout::kHW || layout == Layout::kNHW) return batch;
  const size_t c = channels_first ? first : y + 2;
  batch.channels = view.dim(c);
  batch.channel_stride = view.stride(c);
  return batch;
}

absl::Status check_size(const ImageBatch& batch, const TensorView& view,
                        Layout layout) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("the image of shape ", shape_name(view), ", read as ",
                     to_absl(layout_name(layout)), ", ", why));
  };
  if (batch.channels < 1 || batch.channels > 4) {
    return refuse(
        absl::StrCat("has ", batch.channels, " channels; 1 to 4 can be shown"));
  }
  if (batch.count == 0) return refuse("has no images");
  if (batch.height == 0 || batch.width == 0) return refuse("has no pixels");
  if (batch.height > kMaxImageSide || batch.width > kMaxImageSide) {
    return refuse(absl::StrCat("has a side of more than ", kMaxImageSide));
  }
  if (batch.height * batch.width > kMaxImagePixels) {
    return refuse(absl::StrCat("has more than ", kMaxImagePixels, " pixels"));
  }
  return absl::OkStatus();
}

// ---- Values ----

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
    found = found || any_nan(x, n);
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

  // Whether level() is what `scale` says, for numbers.
  bool is_linear() const { return width_ > 0; }
  LevelScale scale() const {
    return level_scale(interval_.low, interval_.high, factor_, width_);
  }
  void note_outside() { outside(0); }

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

// Of elements of type T.
template <class T>
class TypedReader final : public PixelReader {
 public:
  TypedReader(const ImageBatch& batch, Range range)
      : batch_(batch),
        copies_bytes_(std::is_same_v<T, uint8_t> && range != Range::kAuto),
        color_(color_interval(batch, range)),
        alpha_(range == Range::kAuto ? whole_range<T>()
                                     : color_interval(batch, range)) {
    if constexpr (kIsFloat<T>) {
      for (int64_t i = 0; i < batch.count; ++i) {
        has_nan_.push_back(contains_nan<T>(batch.part(i, 1, batch.channels)));
      }
    }
  }

  bool has_nan(int64_t image) const override {
    return kIsFloat<T> && has_nan_[static_cast<size_t>(image)];
  }

  int channels(int64_t image) const override {
    const auto channels = static_cast<int>(batch_.channels);
    return has_nan(image) && channels < 3 ? channels + 2 : channels;
  }

  void read_row(int64_t image, int64_t y, uint8_t* out) override {
    const bool has_nan = this->has_nan(image);
    const char* p =
        static_cast<const char*>(batch_.data) +
        (image * batch_.image_stride + y * batch_.row_stride) * kBytes;
    if (!has_nan && read_runs(p, out)) return;
    for (int64_t x = 0; x < batch_.width; ++x) {
      out =
          has_nan ? read_with_nan(p, channels(image), out) : read_pixel(p, out);
      p += batch_.column_stride * kBytes * (x + 1 < batch_.width);
    }
  }

  bool clamped() const override { return color_.clamped() || alpha_.clamped(); }

 private:
  static constexpr int64_t kBytes = sizeof(T);

  static Interval color_interval(const ImageBatch& batch, Range range) {
    if (range == Range::kAuto) {
      return finite_range<T>(
          batch.part(0, batch.count,
                     batch.has_alpha() ? batch.channels - 1 : batch.channels));
    }
    if (kIsFloat<T> && range == Range::kSymmetric) return {-1, 1, true};
    return whole_range<T>();
  }

  double value(const char* pixel, int64_t channel) const {
    return static_cast<double>(
        load_element<T>(pixel + channel * batch_.channel_stride * kBytes));
  }

  // A row that lies without gaps, as pixels or as a plane a channel.
  bool read_runs(const char* row, uint8_t* out) {
    if (batch_.has_alpha() && !copies_bytes_) return false;
    const int64_t channels = batch_.channels;
    const auto width = static_cast<size_t>(batch_.width);
    if (batch_.column_stride == channels &&
        (batch_.channel_stride == 1 || channels == 1))
      return read_run(row, width * static_cast<size_t>(channels), out);
    if (batch_.column_stride != 1) return false;
    const auto planes = static_cast<size_t>(channels);
    planes_.resize(planes * width);
    for (size_t c = 0; c < planes; ++c) {
      if (!read_run(
              row + static_cast<int64_t>(c) * batch_.channel_stride * kBytes,
              width, planes_.data() + c * width))
        return false;
    }
    interleave(planes_.data(), width, planes, out);
    return true;
  }

  // `n` values, one behind the other, of types and ranges that are common.
  bool read_run(const char* x, size_t n, uint8_t* out) {
    if (copies_bytes_) {
      std::memcpy(out, x, n);
      return true;
    }
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      if (!color_.is_linear()) return false;
      constexpr auto store =
          std::is_same_v<T, float> ? &store_levels_float : &store_levels_double;
      if (store(x, n, color_.scale(), out)) color_.note_outside();
      return true;
    }
    return false;
  }

  uint8_t* read_pixel(const char* pixel, uint8_t* out) {
    if (copies_bytes_) {
      for (int64_t c = 0; c < batch_.channels; ++c) {
        *out++ = static_cast<uint8_t>(pixel[c * batch_.channel_stride]);
      }
      return out;
    }
    const int64_t colors = batch_.channels - (batch_.has_alpha() ? 1 : 0);
    for (int64_t c = 0; c < colors; ++c) {
      *out++ = color_.level(value(pixel, c));
    }
    if (batch_.has_alpha()) *out++ = alpha_.level(value(pixel, colors));
    return out;
  }

  // The same where the image is a colour image for its NaN pixels' sake.
  uint8_t* read_with_nan(const char* pixel, int channels, uint8_t* out) {
    for (int64_t c = 0; c < batch_.channels; ++c) {
      if (!std::isnan(value(pixel, c))) continue;
      return std::copy(kNanColor, kNanColor + channels, out);
    }
    if (batch_.channels >= 3) return read_pixel(pixel, out);
    uint8_t gray[2];
    read_pixel(pixel, gray);
    out = std::fill_n(out, 3, gray[0]);
    if (batch_.has_alpha()) *out++ = gray[1];
    return out;
  }

  const ImageBatch batch_;
  const bool copies_bytes_;
  std::vector<bool> has_nan_;
  std::vector<uint8_t> planes_;  // a row of each channel
  Scaler color_;
  Scaler alpha_;
};

absl::Status no_scale(DType dtype) {
  return absl::InvalidArgumentError(absl::StrCat(
      "pixels of ", to_absl(dtype_name(dtype)),
      " have no agreed scale; log them with Range::kAuto, or as uint8"));
}

}  // namespace

TensorView ImageBatch::part(int64_t first, int64_t images, int64_t n) const {
  const int64_t shape[] = {images, height, width, n};
  const int64_t strides[] = {image_stride, row_stride, column_stride,
                             channel_stride};
  const char* begin =
      static_cast<const char*>(data) +
      first * image_stride * static_cast<int64_t>(dtype_size(dtype));
  return TensorView(begin, dtype, shape, 4, strides);
}

absl::StatusOr<ImageBatch> find_images(const TensorView& view, Layout layout,
                                       Many many) {
  if (absl::Status status = check_host_view(view); !status.ok()) return status;
  if (layout > Layout::kNHW) {
    return absl::InvalidArgumentError("the layout of the image is unknown");
  }
  if (many == Many::kYes && view.rank() == rank_of(layout) + 1) {
    layout = with_images(layout);
  }
  if (view.rank() != rank_of(layout)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the shape of the image is ", shape_name(view), " where ",
                     to_absl(layout_name(layout)), " is needed"));
  }
  const ImageBatch batch = by_layout(view, layout);
  absl::Status size = check_size(batch, view, layout);
  if (!size.ok()) return size;
  if (many == Many::kNo && batch.count > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a batch of ", batch.count, " images is given where one is needed"));
  }
  return batch;
}

absl::StatusOr<std::unique_ptr<PixelReader>> make_pixel_reader(
    const ImageBatch& batch, Range range) {
  if (range > Range::kAuto) {
    return absl::InvalidArgumentError("the range of the image is unknown");
  }
  absl::StatusOr<std::unique_ptr<PixelReader>> reader =
      absl::InvalidArgumentError(absl::StrCat("tensors of ",
                                              to_absl(dtype_name(batch.dtype)),
                                              " cannot be shown as images"));
  visit_real(batch.dtype, [&]<class T>(std::type_identity<T>) {
    if (kHasScale<T> || range == Range::kAuto) {
      reader = std::make_unique<TypedReader<T>>(batch, range);
    } else {
      reader = no_scale(batch.dtype);
    }
  });
  return reader;
}

int common_channels(int a, int b) {
  const bool has_alpha = a % 2 == 0 || b % 2 == 0;
  return (std::max(a, b) >= 3 ? 3 : 1) + (has_alpha ? 1 : 0);
}

void widen_row(const uint8_t* row, int64_t width, int from, int to,
               uint8_t* out) {
  const bool had_alpha = from % 2 == 0;
  const bool has_alpha = to % 2 == 0;
  const int colors = to - (has_alpha ? 1 : 0);
  for (int64_t x = 0; x < width; ++x, row += from) {
    for (int c = 0; c < colors; ++c) *out++ = row[from < 3 ? 0 : c];
    if (has_alpha) *out++ = had_alpha ? row[from - 1] : 255;
  }
}

}  // namespace tblog::internal
