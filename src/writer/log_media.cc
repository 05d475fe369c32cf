// SPDX-License-Identifier: Apache-2.0
//
// The public calls of images, audio, tables and tensors.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/image/animation.h"
#include "src/image/encode.h"
#include "src/image/sniff.h"
#include "src/image/stored_png.h"
#include "src/summary/audio.h"
#include "src/summary/image.h"
#include "src/summary/legacy.h"
#include "src/summary/tensor.h"
#include "src/summary/text_table.h"
#include "src/summary/wav.h"
#include "src/writer/log_value.h"
#include "src/writer/stored_images.h"
#include "tblog/summary_writer.h"

namespace tblog {

using internal::Cause;
using internal::EncodedImage;
using internal::EncodedValue;
using internal::ImagesToStore;
using internal::Kind;
using internal::log_value;
using internal::PngForm;
using internal::Run;
using internal::ValueField;
using internal::WavHeader;
using internal::with_run;

namespace {

// In the form of old, which holds one image or clip a tag: `messages` under
// `<tag>/<what>/0` and so on, in one event.
void log_of_old(Run& run, std::string_view tag, std::string_view what,
                const Kind& kind, ValueField field,
                const std::vector<std::string>& messages, At at) {
  std::vector<std::string> tags;
  for (size_t i = 0; i < messages.size(); ++i)
    tags.push_back(absl::StrCat(internal::to_absl(tag), "/",
                                internal::to_absl(what), "/", i));
  std::vector<EncodedValue> values;
  for (size_t i = 0; i < messages.size(); ++i)
    values.push_back({tags[i], &kind, messages[i], {}, field});
  run.core.log_values(run, values, at);
}

// ---- Images ----

void remark_clamped(Run& run, std::string_view tag) {
  run.core.remark(run, Cause::kClampedPixels, tag,
                  "has pixels outside of the range of its options: clamped");
}

// As the run wants images.
ValueField image_field(const Run& run) {
  return run.legacy_values() ? internal::kValueImage : internal::kValueTensor;
}

// Where the images of `pixels` are compressed. A guess at their bytes will do:
// floats and gray may become more, what is left out makes it less.
PngForm form_for(const Run& run, const TensorView& pixels) {
  return run.core.defers_images(static_cast<uint64_t>(pixels.size()))
             ? PngForm::kRows
             : PngForm::kCompressed;
}

// Of one size.
void log_encoded(Run& run, std::string_view tag, At at,
                 const std::vector<EncodedImage>& images, PngForm form) {
  const EncodedImage& first = images.front();
  const ValueField field = image_field(run);
  std::vector<std::string_view> pngs;
  ImagesToStore to_store{{first.width, first.height, first.channels, {}},
                         images};
  for (const EncodedImage& image : images) {
    if (form == PngForm::kCompressed)
      pngs.push_back(image.png);
    else
      to_store.images.png_bytes.push_back(
          internal::stored_png_bytes(image.shape));
  }
  const std::string message = internal::image_message(
      field, first.width, first.height, first.channels, pngs);
  EncodedValue value{tag, &internal::kImageKind, message, {}, field};
  if (form == PngForm::kRows) value.stored = &to_store;
  run.core.log_values(run, {&value, 1}, at);
  if (first.clamped()) remark_clamped(run, tag);
}

// In the form of old, which holds one image a tag.
void log_images_of_old(Run& run, std::string_view tag, const TensorView& pixels,
                       At at, const ImageOptions& options) {
  if (!run.core.admits(run, tag, internal::kImageKind, at)) return;
  const auto images = internal::encode_images(pixels, options);
  if (!images.ok())
    return run.core.refuse(run, Cause::kInvalidValue, tag,
                           images.status().message());
  if (images->back().clamped()) remark_clamped(run, tag);
  std::vector<std::string> messages;
  for (const EncodedImage& image : *images)
    messages.push_back(internal::encode_legacy_image(
        image.width, image.height, image.channels, image.png));
  log_of_old(run, tag, "image", internal::kImageKind, internal::kValueImage,
             messages, at);
}

// Logs the image, or images of one size, that `encode(form)` makes of `pixels`.
template <class Encode>
void log_image(Run& run, std::string_view tag, At at, const TensorView& pixels,
               Encode&& encode) {
  if (!run.core.admits(run, tag, internal::kImageKind, at)) return;
  const PngForm form = form_for(run, pixels);
  const absl::StatusOr<std::vector<EncodedImage>> images = encode(form);
  if (!images.ok())
    return run.core.refuse(run, Cause::kInvalidValue, tag,
                           images.status().message());
  log_encoded(run, tag, at, *images, form);
}

// A list of the one image.
absl::StatusOr<std::vector<EncodedImage>> alone(
    absl::StatusOr<EncodedImage> image) {
  if (!image.ok()) return image.status();
  std::vector<EncodedImage> images;
  images.push_back(*std::move(image));
  return images;
}

// ---- Audio ----

void remark_rate(Run& run, std::string_view tag, int64_t rate_hz) {
  constexpr int64_t kMinHz = 3'000;
  constexpr int64_t kMaxHz = 768'000;
  if (rate_hz >= kMinHz && rate_hz <= kMaxHz) return;
  run.core.remark(run, Cause::kOddRate, tag,
                  "has a sample rate that browsers do not play: they take "
                  "3,000 to 768,000 Hz");
}

// `header`: of each of the clips.
void log_clips(Run& run, std::string_view tag, At at,
               const std::vector<std::string_view>& wavs,
               const WavHeader& header) {
  remark_rate(run, tag, header.sample_rate_hz);
  EncodedValue value{tag, &internal::kAudioKind, {}};
  std::vector<std::string> messages;
  if (run.legacy_values()) {
    for (std::string_view wav : wavs)
      messages.push_back(internal::encode_legacy_audio(header, wav));
    if (wavs.size() > 1)
      return log_of_old(run, tag, "audio", internal::kAudioKind,
                        internal::kValueAudio, messages, at);
    value.field = internal::kValueAudio;
  } else {
    messages.push_back(internal::encode_audio_summary(wavs));
    value.parts = wavs.size();
  }
  value.message = messages.front();
  run.core.log_values(run, {&value, 1}, at);
}

}  // namespace

void SummaryWriter::image(std::string_view tag, const TensorView& pixels, At at,
                          const ImageOptions& options) noexcept {
  with_run(run_, [&](Run& run) {
    log_image(run, tag, at, pixels, [&](PngForm form) {
      return alone(internal::encode_image(pixels, options, form));
    });
  });
}

void SummaryWriter::image(std::string_view tag, ImageBytes encoded,
                          At at) noexcept {
  with_run(run_, [&](Run& run) {
    constexpr int32_t kRgb = 3;  // the bytes know better, and are asked
    log_value(
        run, tag, internal::kImageKind, at,
        [&]() -> absl::StatusOr<std::string> {
          const auto header = internal::sniff_image(encoded.encoded);
          if (!header)
            return absl::InvalidArgumentError(
                "the bytes are no PNG, JPEG, GIF or BMP");
          return internal::image_message(image_field(run), header->width,
                                         header->height, kRgb,
                                         {encoded.encoded});
        },
        image_field(run));
  });
}

void SummaryWriter::images(std::string_view tag, const TensorView& pixels,
                           At at, const ImageOptions& options) noexcept {
  with_run(run_, [&](Run& run) {
    if (run.legacy_values())
      return log_images_of_old(run, tag, pixels, at, options);
    log_image(run, tag, at, pixels, [&](PngForm form) {
      return internal::encode_images(pixels, options, form);
    });
  });
}

void SummaryWriter::image_grid(std::string_view tag, const TensorView& pixels,
                               At at, const TileOptions& options) noexcept {
  with_run(run_, [&](Run& run) {
    log_image(run, tag, at, pixels, [&](PngForm form) {
      return alone(internal::encode_image_grid(pixels, options, form));
    });
  });
}

void SummaryWriter::animation(std::string_view tag, const TensorView& frames,
                              At at, const AnimationOptions& options) noexcept {
  with_run(run_, [&](Run& run) {
    // Encoded here: its frames have no stored form.
    log_image(run, tag, at, TensorView(), [&](PngForm) {
      return alone(internal::encode_animation(frames, options));
    });
  });
}

void SummaryWriter::audio(std::string_view tag, const TensorView& samples,
                          At at, const AudioOptions& options) noexcept {
  with_run(run_, [&](Run& run) {
    if (!run.core.admits(run, tag, internal::kAudioKind, at)) return;
    const auto audio = internal::encode_audio(samples, options);
    if (!audio.ok())
      return run.core.refuse(run, Cause::kInvalidValue, tag,
                             audio.status().message());
    if (audio->clamped)
      run.core.remark(run, Cause::kClampedSamples, tag,
                      "has samples outside of [-1, 1]: clamped");
    if (audio->has_nan)
      run.core.remark(run, Cause::kNanSamples, tag,
                      "has samples that are NaN: written as 0");
    log_clips(run, tag, at, {audio->wavs.begin(), audio->wavs.end()},
              audio->header);
  });
}

void SummaryWriter::audio(std::string_view tag, AudioBytes encoded,
                          At at) noexcept {
  with_run(run_, [&](Run& run) {
    if (!run.core.admits(run, tag, internal::kAudioKind, at)) return;
    const auto header = internal::parse_wav(encoded.wav);
    if (!header.ok())
      return run.core.refuse(run, Cause::kInvalidValue, tag,
                             header.status().message());
    log_clips(run, tag, at, {encoded.wav}, *header);
  });
}

void SummaryWriter::text_table(std::string_view tag, const TextTable& rows,
                               At at,
                               const TextTableOptions& options) noexcept {
  with_run(run_, [&](Run& run) {
    log_value(run, tag, internal::kTextKind, at, [&] {
      bool replaced = false;
      auto tensor = internal::encode_text_table(rows, options, replaced);
      if (replaced)
        run.core.remark(run, Cause::kInvalidUtf8, tag,
                        "has a text that is not UTF-8; what is not is written "
                        "as U+FFFD");
      return tensor;
    });
  });
}

void SummaryWriter::tensor(std::string_view tag, const TensorView& values,
                           At at) noexcept {
  with_run(run_, [&](Run& run) {
    log_value(run, tag, internal::kTensorKind, at, [&] {
      auto tensor = internal::encode_tensor(values);
      if (tensor.ok() && internal::is_widened(values.dtype()))
        run.core.remark(
            run, Cause::kWidened, tag,
            "has elements of " + std::string(dtype_name(values.dtype())) +
                ", which TensorBoard cannot decode: written as float32");
      return tensor;
    });
  });
}

}  // namespace tblog
