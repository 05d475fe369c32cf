// SPDX-License-Identifier: Apache-2.0
//
// How samples are read when a tensor is logged as sound.

#ifndef TBLOG_AUDIO_H_
#define TBLOG_AUDIO_H_

#include <cstdint>
#include <string_view>

namespace tblog {

// Order of the last two dimensions of samples: of [frames, channels], and of
// [clips, frames, channels].
enum class AudioLayout : uint8_t { kFramesChannels, kChannelsFrames };

// How a sample is stored in a WAV.
enum class WavFormat : uint8_t {
  kPcm16,    // integers of 16 bits, which everything plays
  kPcm24,    // of 24 bits
  kFloat32,  // floats, which browsers play too
};

struct AudioOptions {
  // Frames (a sample of each channel) a second. Valid: 1 and up, as far as a
  // WAV's header can say it; browsers play 3,000 to 768,000, others are
  // reported once a tag.
  int64_t sample_rate_hz = 44'100;
  AudioLayout layout = AudioLayout::kFramesChannels;
  // The first ones are logged, as many as these. Valid: 1 and up. Default: as
  // TensorFlow.
  int64_t max_clips = 3;
  WavFormat format = WavFormat::kPcm16;
};

// A WAV that is encoded already, the only form that TensorBoard plays. Written
// as it is.
struct AudioBytes {
  std::string_view wav;
};

}  // namespace tblog

#endif  // TBLOG_AUDIO_H_
