// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

using tblog::WavFormat;

// [clips, frames, channels] of all 16-bit values, one far from the next.
std::vector<int16_t> sounds(int64_t samples) {
  std::vector<int16_t> values;
  for (int64_t i = 0; i < samples; ++i)
    values.push_back(static_cast<int16_t>(i * 40'503 % 65'536 - 32'768));
  return values;
}

template <class T, class Of>
std::vector<T> as(const std::vector<int16_t>& values, Of of) {
  std::vector<T> out;
  for (int16_t v : values) out.push_back(static_cast<T>(of(v)));
  return out;
}

void write_sounds(SummaryWriter& writer) {
  const auto values = sounds(1200);
  writer.audio("mono", values, at(0));
  writer.audio("stereo", {values.data(), {600, 2}}, at(0),
               {.sample_rate_hz = 48'000});
  writer.audio("channels first", {values.data(), {3, 400}, {1, 3}}, at(0),
               {.layout = tblog::AudioLayout::kChannelsFrames});
  writer.audio("clips", {values.data(), {5, 120, 2}}, at(0),
               {.sample_rate_hz = 16'000});
  writer.audio("all clips", {values.data(), {5, 240, 1}}, at(0),
               {.max_clips = 9});
  for (int64_t step = 0; step < 3; ++step)
    writer.audio("series", {values.data() + step, {2, 100, 1}}, at(step));
  const auto floats =
      as<float>(values, [](int16_t v) { return v / 32'768.0f; });
  writer.audio("float32", floats, at(0));
  const auto doubles =
      as<double>(values, [](int16_t v) { return v / 32'768.0; });
  writer.audio("float64", doubles, at(0));
  const auto wide = as<int32_t>(values, [](int16_t v) { return v * 65'536; });
  writer.audio("int32", wide, at(0));
  const auto narrow = as<int8_t>(values, [](int16_t v) { return v >> 8; });
  writer.audio("int8", narrow, at(0));
  const auto bytes =
      as<uint8_t>(values, [](int16_t v) { return (v >> 8) + 128; });
  writer.audio("uint8", bytes, at(0));
  writer.audio("24 bits", values, at(0), {.format = WavFormat::kPcm24});
  writer.audio("odd", {values.data(), {3}}, at(0),
               {.format = WavFormat::kPcm24});
  writer.audio("floats in the file", values, at(0),
               {.format = WavFormat::kFloat32});
}

void write_reported_sounds(SummaryWriter& writer) {
  const double values[] = {0, 0.5, -2, kInfinity, -kInfinity, kNaN};
  writer.audio("outside", values, at(0));
  const auto clips = sounds(12);
  writer.audio("other count", {clips.data(), {2, 3, 2}}, at(0));
  writer.audio("other count", {clips.data(), {3, 2, 2}}, at(1));
  writer.audio("other count", {clips.data(), {1, 3, 4}}, at(2));
  writer.audio("other count", {clips.data(), {2, 3, 1}}, at(3));
  writer.audio("slow", clips, at(0), {.sample_rate_hz = 1});
}

void write_encoded_sounds(SummaryWriter& writer,
                          const std::filesystem::path& inputs) {
  writer.audio("encoded", tblog::AudioBytes{read(inputs / "a.wav")}, at(0));
}

void write_old_sounds(SummaryWriter& writer) {
  const auto values = sounds(12);
  writer.audio("old", {values.data(), {6, 2}}, at(0));
  writer.audio("old clips", {values.data(), {2, 3, 2}}, at(0));
}

}  // namespace

Runs audio_runs(const std::filesystem::path& inputs) {
  return {
      {"sounds", write_sounds},
      {"encoded sounds",
       [inputs](SummaryWriter& writer) {
         write_encoded_sounds(writer, inputs);
       }},
      {"old sounds", write_old_sounds, false, {.legacy_values = true}},
      {"reported sounds", write_reported_sounds, kReported},
  };
}

}  // namespace cases
