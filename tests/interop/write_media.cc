// SPDX-License-Identifier: Apache-2.0
//
// Writes an animation of two frames, and sounds in each form of WAV:
//
//   write_media LOGDIR
//
// Exit status: 0 when nothing was refused or reported.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "tblog/tblog.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_media LOGDIR\n";
    return EXIT_FAILURE;
  }
  bool content = true;
  tblog::WriterOptions options;
  options.on_error = [&content](const absl::Status& status) {
    std::cerr << status << '\n';
    content = false;
  };
  tblog::SummaryWriter writer(argv[1], options);

  constexpr int64_t kSide = 64;
  std::vector<uint8_t> frames(2 * kSide * kSide, 40);
  std::fill(frames.begin() + kSide * kSide, frames.end(), uint8_t{200});
  writer.animation("animation", {frames.data(), {2, kSide, kSide}}, 0,
                   {.layout = tblog::Layout::kNHW, .frames_per_second = 4});

  std::vector<int16_t> samples;
  for (int64_t i = 0; i < 400; ++i)
    samples.push_back(static_cast<int16_t>(i * 40'503 % 65'536 - 32'768));
  const auto sound = [&](const char* tag, int64_t rate_hz, int64_t channels,
                         tblog::WavFormat format) {
    writer.audio(tag, {samples.data(), {400 / channels, channels}}, 0,
                 {.sample_rate_hz = rate_hz, .format = format});
  };
  sound("pcm16", 44'100, 2, tblog::WavFormat::kPcm16);
  sound("pcm24", 8'000, 1, tblog::WavFormat::kPcm24);
  sound("float32", 48'000, 4, tblog::WavFormat::kFloat32);
  sound("slowest", 3'000, 1, tblog::WavFormat::kPcm16);
  sound("fastest", 768'000, 1, tblog::WavFormat::kPcm16);
  return writer.close().ok() && content ? EXIT_SUCCESS : EXIT_FAILURE;
}
