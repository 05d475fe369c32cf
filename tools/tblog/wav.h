// SPDX-License-Identifier: Apache-2.0
//
// Clips from event files, which may hold any bytes.

#ifndef TBLOG_TOOLS_TBLOG_WAV_H_
#define TBLOG_TOOLS_TBLOG_WAV_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tblog::tool {

struct Wav {
  uint32_t sample_rate_hz = 0;
  int channels = 0;     // at least 1
  uint64_t frames = 0;  // samples of each channel
  double peak = 0;      // largest magnitude of all samples; 1: full scale
  // The same of `columns` equal shares of the clip, fewer where it is shorter.
  std::vector<double> peaks;

  double seconds() const;
};

// A WAV file of integers of 8 to 32 bits or floats, of as many frames as are
// there where its header says more. None: it is damaged, of another encoding,
// or no WAV.
std::optional<Wav> decode_wav(std::string_view encoded, size_t columns);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_WAV_H_
