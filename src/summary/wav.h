// SPDX-License-Identifier: Apache-2.0
//
// WAV: samples to one, and what one says of itself. Pure functions,
// thread-safe. Source of the format: Microsoft and IBM, "Multimedia Programming
// Interface and Data Specifications 1.0", 1991, and Microsoft's "New Multimedia
// Data Types and Data Techniques", 1994.

#ifndef TBLOG_SRC_SUMMARY_WAV_H_
#define TBLOG_SRC_SUMMARY_WAV_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/audio.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// More than browsers play; mostly a layout that is the other one.
constexpr int64_t kMaxAudioChannels = 32;
// Bytes of samples in all clips together, as far as a reader takes an event.
constexpr int64_t kMaxAudioBytes = (int64_t{1} << 31) - (int64_t{1} << 16);

struct WavHeader {
  uint32_t format = 0;  // 1 PCM, 3 floats, 6 A-law, 7 µ-law
  uint32_t channels = 0;
  uint32_t sample_rate_hz = 0;
  uint32_t bits = 0;  // of a sample
  uint64_t frames = 0;
};

struct EncodedAudio {
  std::vector<std::string> wavs;
  WavHeader header;      // of each of them
  bool clamped = false;  // a sample, maybe an infinity, lay outside of [-1, 1]
  bool has_nan = false;  // a sample was NaN, and is 0
};

// Shape: [frames], [frames, channels] or [clips, frames, channels], or with the
//   last two exchanged as options.layout says; strided without a copy.
// Values: floats of [-1, 1], where 1 is written as the largest integer; int8,
//   int16 and int32 of their whole range, uint8 with silence at 128. A sample x
//   becomes round(x · 2^15) for kPcm16, halves away from zero.
// Cost: a pass over the samples.
// Errors: InvalidArgument for a view that the CPU cannot read, another rank or
//   dtype, no clips, frames or channels, more than kMaxAudioChannels or
//   kMaxAudioBytes, options outside of what they say, and a rate that a WAV's
//   header cannot hold.
absl::StatusOr<EncodedAudio> encode_audio(const TensorView& samples,
                                          const AudioOptions& options);

// The header of a WAV in one of the formats that browsers play. Any bytes are
// safe; cost: a look at each chunk before the samples.
// Errors: InvalidArgument with what is wrong.
absl::StatusOr<WavHeader> parse_wav(std::string_view bytes);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_WAV_H_
