// SPDX-License-Identifier: Apache-2.0
//
// The format: IBM and Microsoft, "Multimedia Programming Interface and Data
// Specifications 1.0" (1991), and Microsoft's WAVEFORMATEXTENSIBLE.

#include "tools/tblog/wav.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tblog::tool {
namespace {

constexpr uint32_t kIntegers = 1;
constexpr uint32_t kFloats = 3;
constexpr uint32_t kExtensible = 0xfffe;  // says which in its first GUID bytes

uint64_t little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

struct Format {
  uint32_t encoding = 0;
  int channels = 0;
  uint32_t sample_rate_hz = 0;
  size_t sample_bytes = 0;
};

std::optional<Format> parse_format(std::string_view chunk) {
  if (chunk.size() < 16) return std::nullopt;
  Format format;
  format.encoding = static_cast<uint32_t>(little_endian(chunk.substr(0, 2)));
  format.channels = static_cast<int>(little_endian(chunk.substr(2, 2)));
  format.sample_rate_hz =
      static_cast<uint32_t>(little_endian(chunk.substr(4, 4)));
  const uint64_t bits = little_endian(chunk.substr(14, 2));
  format.sample_bytes = static_cast<size_t>(bits / 8);
  if (format.encoding == kExtensible && chunk.size() >= 26)
    format.encoding = static_cast<uint32_t>(little_endian(chunk.substr(24, 2)));
  const bool known =
      (format.encoding == kIntegers && bits >= 8 && bits <= 32) ||
      (format.encoding == kFloats && (bits == 32 || bits == 64));
  if (!known || bits % 8 != 0 || format.channels < 1) return std::nullopt;
  return format;
}

// The magnitude of a sample; NaN counts as silence.
double magnitude(const Format& format, std::string_view sample) {
  const uint64_t bits = little_endian(sample);
  if (format.encoding == kFloats) {
    const double value =
        sample.size() == 4
            ? double{std::bit_cast<float>(static_cast<uint32_t>(bits))}
            : std::bit_cast<double>(bits);
    return std::isnan(value) ? 0 : std::abs(value);
  }
  if (sample.size() == 1)  // the only size without a sign
    return std::abs(static_cast<double>(bits) - 128) / 128;
  const auto shift = static_cast<int>(64 - 8 * sample.size());
  const auto value = static_cast<int64_t>(bits << shift);
  return std::abs(static_cast<double>(value)) / 0x1p63;
}

void measure(const Format& format, std::string_view data, size_t columns,
             Wav& wav) {
  const size_t frame_bytes =
      format.sample_bytes * static_cast<size_t>(format.channels);
  wav.frames = data.size() / frame_bytes;
  const auto count =
      static_cast<size_t>(std::min<uint64_t>(columns, wav.frames));
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = wav.frames * i / count * frame_bytes;
    const size_t end = wav.frames * (i + 1) / count * frame_bytes;
    double peak = 0;
    for (size_t at = begin; at < end; at += format.sample_bytes)
      peak = std::max(peak,
                      magnitude(format, data.substr(at, format.sample_bytes)));
    wav.peaks.push_back(peak);
    wav.peak = std::max(wav.peak, peak);
  }
}

}  // namespace

double Wav::seconds() const {
  return sample_rate_hz == 0 ? 0 : static_cast<double>(frames) / sample_rate_hz;
}

std::optional<Wav> decode_wav(std::string_view encoded, size_t columns) {
  if (!encoded.starts_with("RIFF") || encoded.size() < 12 ||
      encoded.substr(8, 4) != "WAVE") {
    return std::nullopt;
  }
  encoded.remove_prefix(12);
  std::optional<Format> format;
  while (encoded.size() >= 8) {
    const std::string_view name = encoded.substr(0, 4);
    const uint64_t bytes = little_endian(encoded.substr(4, 4));
    encoded.remove_prefix(8);
    const std::string_view chunk = encoded.substr(
        0, static_cast<size_t>(std::min<uint64_t>(bytes, encoded.size())));
    if (name == "fmt ") format = parse_format(chunk);
    if (name == "data") {
      if (!format) return std::nullopt;
      Wav wav;
      wav.sample_rate_hz = format->sample_rate_hz;
      wav.channels = format->channels;
      measure(*format, chunk, columns, wav);
      return wav;
    }
    // Chunks begin at even bytes.
    encoded.remove_prefix(static_cast<size_t>(
        std::min<uint64_t>(bytes + bytes % 2, encoded.size())));
  }
  return std::nullopt;
}

}  // namespace tblog::tool
