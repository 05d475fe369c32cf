// SPDX-License-Identifier: Apache-2.0

#include "src/summary/wav.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/endian.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

enum FormatTag : uint32_t {
  kPcm = 1,
  kFloat = 3,
  kALaw = 6,
  kMuLaw = 7,
  kExtensible = 0xfffe
};

uint32_t bits_of(WavFormat format) {
  switch (format) {
    case WavFormat::kPcm16:
      return 16;
    case WavFormat::kPcm24:
      return 24;
    case WavFormat::kFloat32:
      return 32;
  }
  return 0;
}

// ---- Shapes ----

// The clips of a tensor; strides in elements.
struct Clips {
  int64_t count = 1;
  int64_t frames = 0;
  int64_t channels = 1;
  int64_t clip_stride = 0;
  int64_t frame_stride = 0;
  int64_t channel_stride = 0;
};

std::string shape_name(const TensorView& view) {
  std::string name = "[";
  for (size_t i = 0; i < view.rank(); ++i)
    absl::StrAppend(&name, i == 0 ? "" : ", ", view.dim(i));
  return name + "]";
}

absl::StatusOr<Clips> by_layout(const TensorView& view, AudioLayout layout) {
  const size_t rank = view.rank();
  if (rank < 1 || rank > 3)
    return absl::InvalidArgumentError(absl::StrCat(
        "the shape of the samples is ", shape_name(view),
        " where [frames], [frames, channels] or [clips, frames, channels] is "
        "needed"));
  Clips clips;
  if (rank == 3) {
    clips.count = view.dim(0);
    clips.clip_stride = view.stride(0);
  }
  const bool channels_first = layout == AudioLayout::kChannelsFrames;
  const size_t f = rank == 1 ? 0 : rank - (channels_first ? 1 : 2);
  clips.frames = view.dim(f);
  clips.frame_stride = view.stride(f);
  if (rank == 1) return clips;
  const size_t c = rank - (channels_first ? 2 : 1);
  clips.channels = view.dim(c);
  clips.channel_stride = view.stride(c);
  return clips;
}

absl::Status check_clips(const Clips& clips, const TensorView& view,
                         AudioLayout layout) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the samples of shape ", shape_name(view), ", read with the ",
        layout == AudioLayout::kChannelsFrames ? "channels" : "frames",
        " first, have ", why));
  };
  if (clips.count == 0) return refuse("no clips");
  if (clips.frames == 0) return refuse("no frames");
  if (clips.channels == 0) return refuse("no channels");
  if (clips.channels > kMaxAudioChannels)
    return refuse(absl::StrCat(clips.channels, " channels; 1 to ",
                               kMaxAudioChannels,
                               " can be played (see AudioOptions::layout)"));
  return absl::OkStatus();
}

absl::Status check_options(const AudioOptions& options, const Clips& clips) {
  if (options.layout > AudioLayout::kChannelsFrames)
    return absl::InvalidArgumentError("the layout of the samples is unknown");
  if (options.format > WavFormat::kFloat32)
    return absl::InvalidArgumentError("the format of the WAV is unknown");
  if (options.max_clips < 1)
    return absl::InvalidArgumentError(absl::StrCat(
        "max_clips is ", options.max_clips, ", and must be 1 or more"));
  const int64_t frame_bytes = clips.channels * bits_of(options.format) / 8;
  const int64_t max_rate = std::numeric_limits<uint32_t>::max() / frame_bytes;
  if (options.sample_rate_hz < 1 || options.sample_rate_hz > max_rate)
    return absl::InvalidArgumentError(
        absl::StrCat("sample_rate_hz is ", options.sample_rate_hz,
                     ", and must be 1 to ", max_rate));
  const int64_t shown = std::min(clips.count, options.max_clips);
  if (clips.frames > kMaxAudioBytes / frame_bytes / shown)
    return absl::InvalidArgumentError(
        absl::StrCat("the samples would take 2^31 bytes or more, which no "
                     "reader takes: ",
                     shown, " clips of ", clips.frames, " frames of ",
                     frame_bytes, " bytes"));
  return absl::OkStatus();
}

// ---- Samples ----

template <class T>
constexpr bool kIsSample =
    kIsFloat<T> || std::is_same_v<T, int8_t> || std::is_same_v<T, int16_t> ||
    std::is_same_v<T, int32_t> || std::is_same_v<T, uint8_t>;

// What a number is divided by, to lie in [-1, 1].
template <class T>
constexpr double unit() {
  if constexpr (kIsFloat<T>) return 1;
  if constexpr (std::is_same_v<T, uint8_t>) return 128;
  if constexpr (std::is_same_v<T, int8_t>) return 128;
  if constexpr (std::is_same_v<T, int16_t>) return 32'768;
  return 2'147'483'648.0;
}

// Samples of T to the bytes of one format.
template <class T>
class SampleWriter {
 public:
  SampleWriter(WavFormat format, std::string& out, EncodedAudio& notes)
      : format_(format), out_(out), notes_(notes) {}

  template <class V>
  void put(const V* values, size_t n) {
    const size_t begin = out_.size();
    out_.resize(begin + n * (bits_of(format_) / 8));
    char* p = &out_[begin];
    switch (format_) {
      case WavFormat::kPcm16:
        for (size_t i = 0; i < n; ++i) p = store_pcm<2>(p, sample(values[i]));
        break;
      case WavFormat::kPcm24:
        for (size_t i = 0; i < n; ++i) p = store_pcm<3>(p, sample(values[i]));
        break;
      case WavFormat::kFloat32:
        for (size_t i = 0; i < n; ++i, p += 4) {
          const auto x = static_cast<float>(sample(values[i]));
          store_le32(p, std::bit_cast<uint32_t>(x));
        }
        break;
    }
  }

 private:
  // In [-1, 1].
  template <class V>
  double sample(V value) {
    auto x = static_cast<double>(value);
    if constexpr (kIsFloat<T>) return bounded(x);
    if constexpr (std::is_same_v<T, uint8_t>) x -= 128;
    return x / unit<T>();
  }

  double bounded(double x) {
    if (x >= -1 && x <= 1) return x;
    if (std::isnan(x)) {
      notes_.has_nan = true;
      return 0;
    }
    notes_.clamped = true;
    return x < 0 ? -1 : 1;
  }

  // Rounded to the nearest of 8 · kBytes bits.
  template <int kBytes>
  static char* store_pcm(char* out, double x) {
    constexpr int32_t kFull = 1 << (8 * kBytes - 1);
    const double scaled = x * kFull;
    const auto rounded =
        static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    const auto bits = static_cast<uint32_t>(std::min(rounded, kFull - 1));
    for (int i = 0; i < kBytes; ++i) *out++ = static_cast<char>(bits >> 8 * i);
    return out;
  }

  const WavFormat format_;
  std::string& out_;
  EncodedAudio& notes_;
};

// ---- Chunks ----

void put16(std::string& out, uint32_t v) {
  out.push_back(static_cast<char>(v));
  out.push_back(static_cast<char>(v >> 8));
}

void put32(std::string& out, uint32_t v) {
  char bytes[4];
  store_le32(bytes, v);
  out.append(bytes, 4);
}

WavHeader header_of(const Clips& clips, const AudioOptions& options) {
  const bool is_float = options.format == WavFormat::kFloat32;
  return {is_float ? kFloat : kPcm, static_cast<uint32_t>(clips.channels),
          static_cast<uint32_t>(options.sample_rate_hz),
          bits_of(options.format), static_cast<uint64_t>(clips.frames)};
}

// All before the samples: 44 bytes for integers. Floats want a longer format
// and, as all that is not PCM, the chunk "fact".
std::string wav_head(const WavHeader& header) {
  const bool is_float = header.format == kFloat;
  const uint32_t frame_bytes = header.channels * header.bits / 8;
  const auto frames = static_cast<uint32_t>(header.frames);
  const uint32_t data_bytes = frames * frame_bytes;
  const uint32_t format_bytes = is_float ? 18 : 16;
  const uint32_t fact_bytes = is_float ? 12 : 0;
  std::string out = "RIFF";
  put32(out,
        4 + 8 + format_bytes + fact_bytes + 8 + data_bytes + data_bytes % 2);
  out += "WAVEfmt ";
  put32(out, format_bytes);
  put16(out, header.format);
  put16(out, header.channels);
  put32(out, header.sample_rate_hz);
  put32(out, header.sample_rate_hz * frame_bytes);
  put16(out, frame_bytes);
  put16(out, header.bits);
  if (is_float) {
    put16(out, 0);  // bytes of an extension
    out += "fact";
    put32(out, 4);
    put32(out, frames);
  }
  out += "data";
  put32(out, data_bytes);
  return out;
}

template <class T>
void put_clip(const TensorView& view, const Clips& clips, int64_t clip,
              WavFormat format, std::string& out, EncodedAudio& notes) {
  const int64_t shape[] = {clips.frames, clips.channels};
  const int64_t strides[] = {clips.frame_stride, clips.channel_stride};
  const char* begin = static_cast<const char*>(view.data()) +
                      clip * clips.clip_stride * int64_t{sizeof(T)};
  SampleWriter<T> writer(format, out, notes);
  for_each_block<T>(
      TensorView(begin, view.dtype(), shape, 2, strides), Order::kRowMajor,
      [&](const auto* values, size_t n) { writer.put(values, n); });
  if (out.size() % 2 != 0) out.push_back('\0');  // chunks are of even sizes
}

// ---- Reading ----

struct Chunk {
  std::string_view id;
  uint32_t bytes;         // that it claims
  std::string_view body;  // of these, those that are there
};

// Takes a chunk off the front of `rest`, which has at least its header.
Chunk take_chunk(std::string_view& rest) {
  Chunk chunk = {rest.substr(0, 4), load_le32(rest.data() + 4), {}};
  rest.remove_prefix(8);
  chunk.body = rest.substr(0, chunk.bytes);
  const size_t padded = size_t{chunk.bytes} + chunk.bytes % 2;
  rest.remove_prefix(std::min(rest.size(), padded));
  return chunk;
}

absl::Status wrong(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("the bytes are no WAV that browsers play: ", why));
}

uint32_t load16(const char* p) {
  return static_cast<unsigned char>(p[0]) | static_cast<unsigned char>(p[1])
                                                << 8;
}

absl::StatusOr<WavHeader> parse_format(std::string_view body) {
  if (body.size() < 16) return wrong("its chunk \"fmt \" is cut off");
  WavHeader header;
  header.format = load16(body.data());
  header.channels = load16(body.data() + 2);
  header.sample_rate_hz = load_le32(body.data() + 4);
  header.bits = load16(body.data() + 14);
  // The subformat's first bytes are a tag as of the plain format.
  if (header.format == kExtensible && body.size() >= 26)
    header.format = load16(body.data() + 24);
  const bool plays = header.format == kPcm || header.format == kFloat ||
                     header.format == kALaw || header.format == kMuLaw;
  if (!plays)
    return wrong(absl::StrCat("its format is ", header.format,
                              ", not PCM, floats, A-law or µ-law"));
  if (header.channels == 0) return wrong("it has no channels");
  if (header.sample_rate_hz == 0) return wrong("its sample rate is 0");
  const uint32_t frame_bytes = load16(body.data() + 12);
  if (header.bits == 0 ||
      frame_bytes != header.channels * ((header.bits + 7) / 8))
    return wrong(absl::StrCat("a frame of ", header.channels, " samples of ",
                              header.bits, " bits has ", frame_bytes,
                              " bytes"));
  return header;
}

}  // namespace

absl::StatusOr<EncodedAudio> encode_audio(const TensorView& samples,
                                          const AudioOptions& options) {
  if (absl::Status s = check_host_view(samples); !s.ok()) return s;
  absl::StatusOr<Clips> clips = by_layout(samples, options.layout);
  if (!clips.ok()) return clips.status();
  absl::Status status = check_clips(*clips, samples, options.layout);
  if (status.ok()) status = check_options(options, *clips);
  if (!status.ok()) return status;

  absl::StatusOr<EncodedAudio> audio = absl::InvalidArgumentError(
      absl::StrCat("samples of ", to_absl(dtype_name(samples.dtype())),
                   " have no agreed scale; log them as floats of [-1, 1], or "
                   "as int16"));
  visit_real(samples.dtype(), [&]<class T>(std::type_identity<T>) {
    if constexpr (kIsSample<T>) {
      EncodedAudio encoded;
      encoded.header = header_of(*clips, options);
      const std::string head = wav_head(encoded.header);
      const int64_t shown = std::min(clips->count, options.max_clips);
      const auto bytes = static_cast<size_t>(clips->frames * clips->channels *
                                             bits_of(options.format) / 8);
      for (int64_t i = 0; i < shown; ++i) {
        std::string& wav = encoded.wavs.emplace_back();
        wav.reserve(head.size() + bytes + 1);
        wav = head;
        put_clip<T>(samples, *clips, i, options.format, wav, encoded);
      }
      audio = std::move(encoded);
    }
  });
  return audio;
}

absl::StatusOr<WavHeader> parse_wav(std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 4) != "RIFF" ||
      bytes.substr(8, 4) != "WAVE")
    return wrong("they do not begin with RIFF and WAVE");
  std::string_view rest = bytes.substr(12);
  absl::StatusOr<WavHeader> header = wrong("it has no chunk \"fmt \"");
  while (rest.size() >= 8) {
    const Chunk chunk = take_chunk(rest);
    if (chunk.id == "fmt ") {
      header = parse_format(chunk.body);
      if (!header.ok()) return header;
    } else if (chunk.id == "data") {
      if (!header.ok()) return header;
      if (chunk.body.size() < chunk.bytes)
        return wrong(absl::StrCat("its samples are cut off: ", chunk.bytes,
                                  " bytes are said, ", chunk.body.size(),
                                  " are there"));
      header->frames =
          chunk.bytes / (header->channels * ((header->bits + 7) / 8));
      if (header->frames == 0) return wrong("it has no frames");
      return header;
    }
  }
  return header.ok() ? wrong("it has no chunk \"data\"") : header.status();
}

}  // namespace tblog::internal
