// SPDX-License-Identifier: Apache-2.0
//
// Audio: DT_STRING of rank 1, a WAV a clip. All values of a tag have the same
// number of clips: TensorBoard fails on a tag of which they do not.

#ifndef TBLOG_SRC_SUMMARY_AUDIO_H_
#define TBLOG_SRC_SUMMARY_AUDIO_H_

#include <span>
#include <string>
#include <string_view>

#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"

namespace tblog::internal {

// Content: AudioPluginData{encoding: WAV}, by which both readers name the type
// audio/wav.
inline constexpr Kind kAudioKind{"audio", DataClass::kBlobSequence, "\x10\x0b"};

// A TensorProto.
inline std::string encode_audio_summary(
    std::span<const std::string_view> wavs) {
  return encode_string_list_tensor(wavs);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_AUDIO_H_
