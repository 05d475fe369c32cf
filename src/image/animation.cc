// SPDX-License-Identifier: Apache-2.0
//
// Source of the format: PNG (third edition), 4.9 and 11.3.6, "APNG". Chunks
// are those of plain PNGs, encoded a frame at a time; of all but the first, the
// image data (IDAT) become frame data (fdAT).

#include "src/image/animation.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/image/boxes.h"
#include "src/image/canvas.h"
#include "src/image/draw.h"
#include "src/image/png_writer.h"

namespace tblog::internal {
namespace {

using std::string_view_literals::operator""sv;

constexpr size_t kSignatureBytes = 8;
constexpr size_t kIhdrBytes = 25;  // a whole chunk

void put_be16(std::string& out, uint32_t v) {
  out.push_back(static_cast<char>(v >> 8));
  out.push_back(static_cast<char>(v));
}

void put_be32(std::string& out, uint32_t v) {
  put_be16(out, v >> 16);
  put_be16(out, v & 0xffff);
}

uint32_t be32(std::string_view s, size_t i) {
  uint32_t v = 0;
  for (size_t k = 0; k < 4; ++k) {
    v = v << 8 | static_cast<unsigned char>(s[i + k]);
  }
  return v;
}

// Calls visit(payload) for each IDAT of a PNG that write_png() has made.
template <class F>
void for_each_idat(std::string_view png, F&& visit) {
  size_t i = kSignatureBytes;
  while (i + 12 <= png.size()) {
    const size_t bytes = be32(png, i);
    if (png.substr(i + 4, 4) == "IDAT") visit(png.substr(i + 8, bytes));
    i += bytes + 12;
  }
}

// The time of a frame in seconds, as the fraction of two 16-bit numbers.
struct Delay {
  uint32_t numerator;
  uint32_t denominator;
};

constexpr double kMinRate = 0.001;
constexpr double kMaxRate = 1000;

// Exact for whole frames a second, else within a part in 65,535.
Delay delay_of(double frames_per_second) {
  constexpr double kMax = 65'535;
  const double rate = frames_per_second;
  if (rate == std::floor(rate)) return {1, static_cast<uint32_t>(rate)};
  double numerator = std::floor(kMax / rate);
  double denominator = std::round(numerator * rate);
  if (rate < 1) {
    denominator = std::floor(kMax * rate);
    numerator = std::round(denominator / rate);
  }
  return {static_cast<uint32_t>(numerator), static_cast<uint32_t>(denominator)};
}

class ApngBuilder {
 public:
  ApngBuilder(uint32_t frames, const AnimationOptions& options)
      : frames_(frames),
        plays_(static_cast<uint32_t>(options.plays)),
        delay_(delay_of(options.frames_per_second)) {}

  // `png`: of `canvas`. All frames have the size and channels of the first.
  void add(std::string_view png, const Canvas& canvas) {
    const bool first = out_.empty();
    if (first) begin(png);
    put_frame_control(canvas);
    for_each_idat(png, [&](std::string_view data) {
      if (first) return put_png_chunk(out_, "IDAT", data);
      std::string payload;
      payload.reserve(4 + data.size());
      put_be32(payload, sequence_++);
      payload += data;
      put_png_chunk(out_, "fdAT", payload);
    });
  }

  std::string take() {
    put_png_end(out_);
    return std::move(out_);
  }

 private:
  void begin(std::string_view png) {
    out_ = png.substr(0, kSignatureBytes + kIhdrBytes);
    std::string payload;
    put_be32(payload, frames_);
    put_be32(payload, plays_);
    put_png_chunk(out_, "acTL", payload);
  }

  // The whole image is replaced, and stays until the next frame.
  void put_frame_control(const Canvas& canvas) {
    std::string payload;
    put_be32(payload, sequence_++);
    put_be32(payload, static_cast<uint32_t>(canvas.width));
    put_be32(payload, static_cast<uint32_t>(canvas.height));
    put_be32(payload, 0);  // x, y of the part that it replaces
    put_be32(payload, 0);
    put_be16(payload, delay_.numerator);
    put_be16(payload, delay_.denominator);
    payload += "\0\0"sv;  // APNG_DISPOSE_OP_NONE, APNG_BLEND_OP_SOURCE
    put_png_chunk(out_, "fcTL", payload);
  }

  const uint32_t frames_;
  const uint32_t plays_;
  const Delay delay_;
  uint32_t sequence_ = 0;  // of fcTL and fdAT together
  std::string out_;
};

absl::Status check(const AnimationOptions& options, const ImageBatch& frames) {
  const double rate = options.frames_per_second;
  if (!(rate >= kMinRate && rate <= kMaxRate)) {
    return absl::InvalidArgumentError(absl::StrCat("frames_per_second is ",
                                                   rate, ", and must be ",
                                                   kMinRate, " to ", kMaxRate));
  }
  if (options.plays < 0 || options.plays > 0x7fffffff) {
    return absl::InvalidArgumentError(absl::StrCat(
        "plays is ", options.plays, ", and must be 0 to 2^31 - 1"));
  }
  if (frames.count > kMaxImagePixels / (frames.height * frames.width)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the animation has more than ", kMaxImagePixels,
                     " pixels in ", frames.count, " frames"));
  }
  return check_boxes(options.boxes, frames.count);
}

}  // namespace

absl::StatusOr<EncodedImage> encode_animation(const TensorView& view,
                                              const AnimationOptions& options) {
  absl::StatusOr<ImageBatch> frames =
      find_images(view, options.layout, Many::kYes);
  if (!frames.ok()) return frames.status();
  if (absl::Status s = check(options, *frames); !s.ok()) return s;
  absl::StatusOr<std::shared_ptr<PixelReader>> reader =
      make_pixel_reader(*frames, options.range);
  if (!reader.ok()) return reader.status();

  Canvas canvas(frames->height, frames->width,
                channels_to_draw(*frames, **reader, options.boxes), 0);
  EncodedImage animation;
  ApngBuilder apng(static_cast<uint32_t>(frames->count), options);
  for (int64_t i = 0; i < frames->count; ++i) {
    draw_image(*frames, i, **reader, options.boxes, canvas, 0, 0);
    apng.add(write_png(canvas), canvas);
    animation.has_nan = animation.has_nan || (*reader)->has_nan(i);
  }
  animation.png = apng.take();
  animation.width = static_cast<int32_t>(frames->width);
  animation.height = static_cast<int32_t>(frames->height);
  animation.channels = canvas.channels;
  animation.reader = *std::move(reader);
  return animation;
}

}  // namespace tblog::internal
