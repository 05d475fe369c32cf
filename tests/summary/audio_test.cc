// SPDX-License-Identifier: Apache-2.0

#include "src/summary/audio.h"

#include <gtest/gtest.h>

#include <string>

#include "tblog/proto/plugins.pb.h"
#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

TEST(AudioSummaryTest, ContentNamesTheEncoding) {
  proto::AudioPluginData content;
  content.set_encoding(proto::AudioPluginData::WAV);
  EXPECT_EQ(kAudioKind.content, bytes_of(content));
}

TEST(AudioSummaryTest, ClipsAreAVectorOfStrings) {
  const std::string_view wavs[] = {"RIFF1", "RIFF2"};
  proto::TensorProto tensor = tensor_of(proto::DT_STRING, {2});
  for (std::string_view wav : wavs) tensor.add_string_val(std::string(wav));
  EXPECT_EQ(encode_audio_summary(wavs), bytes_of(tensor));
}

}  // namespace
}  // namespace tblog::internal
