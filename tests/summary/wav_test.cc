// SPDX-License-Identifier: Apache-2.0
//
// That Python's wave module reads the same is a test in tests/interop.

#include "src/summary/wav.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

EncodedAudio encoded(const TensorView& samples,
                     const AudioOptions& options = {}) {
  absl::StatusOr<EncodedAudio> audio = encode_audio(samples, options);
  EXPECT_THAT(audio, IsOk());
  return audio.ok() ? *audio : EncodedAudio();
}

// What stands after the header of the first clip, little-endian as the hosts
// that run this.
template <class T>
std::vector<T> data_of(const std::string& wav, size_t header_bytes = 44) {
  std::vector<T> data((wav.size() - header_bytes) / sizeof(T));
  std::memcpy(data.data(), wav.data() + header_bytes, data.size() * sizeof(T));
  return data;
}

std::vector<int16_t> pcm16(const TensorView& samples,
                           const AudioOptions& options = {}) {
  return data_of<int16_t>(encoded(samples, options).wavs.at(0));
}

std::vector<float> floats(const TensorView& samples) {
  return data_of<float>(
      encoded(samples, {.format = WavFormat::kFloat32}).wavs.at(0), 58);
}

// Of 24 bits.
std::vector<int32_t> pcm24(const TensorView& samples) {
  const std::string wav =
      encoded(samples, {.format = WavFormat::kPcm24}).wavs.at(0);
  std::vector<int32_t> data;
  for (size_t i = 44; i + 3 <= wav.size(); i += 3) {
    uint32_t bits = 0;
    std::memcpy(&bits, wav.data() + i, 3);
    data.push_back(static_cast<int32_t>(bits << 8) >> 8);
  }
  return data;
}

TEST(WavTest, TheHeaderHasFortyFourKnownBytes) {
  const int16_t samples[] = {1, -2, 3, -4, 5, -6};
  const std::string wav =
      encoded(TensorView(samples, {3, 2}), {.sample_rate_hz = 16'000})
          .wavs.at(0);
  EXPECT_EQ(wav, std::string("RIFF\x30\0\0\0WAVE"
                             "fmt \x10\0\0\0\1\0\2\0\x80\x3e\0\0"
                             "\0\xfa\0\0\4\0\x10\0"
                             "data\x0c\0\0\0"
                             "\1\0\xfe\xff\3\0\xfc\xff\5\0\xfa\xff",
                             56));
}

TEST(WavTest, FloatsHaveALongerHeader) {
  const float samples[] = {0.5f};
  EXPECT_EQ(
      encoded(samples, {.sample_rate_hz = 8'000, .format = WavFormat::kFloat32})
          .wavs.at(0),
      std::string("RIFF\x36\0\0\0WAVE"
                  "fmt \x12\0\0\0\3\0\1\0\x40\x1f\0\0"
                  "\0\x7d\0\0\4\0\x20\0\0\0"
                  "fact\4\0\0\0\1\0\0\0"
                  "data\4\0\0\0\0\0\0\x3f",
                  62));
}

TEST(WavTest, OddDataIsPadded) {
  const int8_t sample[] = {1};
  const std::string wav =
      encoded(sample, {.format = WavFormat::kPcm24}).wavs.at(0);
  EXPECT_EQ(wav.size(), 48u);
  EXPECT_EQ(wav.substr(4, 4), std::string("\x28\0\0\0", 4));
  EXPECT_EQ(wav.substr(40), std::string("\3\0\0\0\0\0\1\0", 8));
}

TEST(WavTest, FloatsAreRoundedToTheNearest) {
  EXPECT_THAT(pcm16(std::vector<float>{0, 0.5f, -0.5f, 1, -1, 1.4f / 32768,
                                       1.6f / 32768, -1.6f / 32768}),
              ElementsAre(0, 16384, -16384, 32767, -32768, 1, 2, -2));
  EXPECT_THAT(pcm24(std::vector<double>{0, 0.5, 1, -1, -1.6 / (1 << 23)}),
              ElementsAre(0, 1 << 22, (1 << 23) - 1, -(1 << 23), -2));
  EXPECT_THAT(floats(std::vector<double>{0.1, -1, 1}),
              ElementsAre(0.1f, -1, 1));
}

TEST(WavTest, EveryFloatTypeIsTaken) {
  const auto half = ElementsAre(16384, -32768);
  EXPECT_THAT(pcm16(std::vector<double>{0.5, -1}), half);
  EXPECT_THAT(pcm16(std::vector<Float16>{{0x3800}, {0xbc00}}), half);
  EXPECT_THAT(pcm16(std::vector<BFloat16>{{0x3f00}, {0xbf80}}), half);
  EXPECT_THAT(pcm16(std::vector<Float8E4M3>{{0x30}, {0xb8}}), half);
  EXPECT_THAT(pcm16(std::vector<Float8E5M2>{{0x38}, {0xbc}}), half);
}

TEST(WavTest, IntegersAreOfTheirWholeRange) {
  EXPECT_THAT(pcm16(std::vector<int16_t>{-32768, -1, 0, 1, 32767}),
              ElementsAre(-32768, -1, 0, 1, 32767));
  EXPECT_THAT(pcm16(std::vector<int8_t>{-128, -1, 0, 127}),
              ElementsAre(-32768, -256, 0, 127 * 256));
  EXPECT_THAT(pcm16(std::vector<uint8_t>{0, 127, 128, 255}),
              ElementsAre(-32768, -256, 0, 127 * 256));
  EXPECT_THAT(pcm16(std::vector<int32_t>{std::numeric_limits<int32_t>::min(),
                                         -65536, 32767, 32768,
                                         std::numeric_limits<int32_t>::max()}),
              ElementsAre(-32768, -1, 0, 1, 32767));
  EXPECT_THAT(
      pcm24(std::vector<int32_t>{std::numeric_limits<int32_t>::min(), 256,
                                 std::numeric_limits<int32_t>::max()}),
      ElementsAre(-(1 << 23), 1, (1 << 23) - 1));
  EXPECT_THAT(pcm24(std::vector<int16_t>{-32768, 3}),
              ElementsAre(-(1 << 23), 3 * 256));
  EXPECT_THAT(floats(std::vector<uint8_t>{0, 192}), ElementsAre(-1, 0.5f));
}

TEST(WavTest, EverySixteenBitSampleSurvivesTheWayThroughFloats) {
  std::vector<int16_t> samples;
  std::vector<float> as_floats;
  for (int i = -32768; i < 32768; ++i) {
    samples.push_back(static_cast<int16_t>(i));
    as_floats.push_back(static_cast<float>(i) / 32768);
  }
  EXPECT_EQ(pcm16(as_floats), samples);
  EXPECT_EQ(pcm16(samples), samples);
  EXPECT_EQ(floats(samples), as_floats);
}

TEST(WavTest, WhatLiesOutsideIsClampedAndSaid) {
  const EncodedAudio audio =
      encoded(std::vector<float>{1.1f, -1.1f, kInf, -kInf, 3e38f});
  EXPECT_THAT(data_of<int16_t>(audio.wavs[0]),
              ElementsAre(32767, -32768, 32767, -32768, 32767));
  EXPECT_TRUE(audio.clamped);
  EXPECT_FALSE(audio.has_nan);
  EXPECT_FALSE(encoded(std::vector<float>{1, -1}).clamped);
  EXPECT_THAT(floats(std::vector<float>{2}), ElementsAre(1));
}

TEST(WavTest, NanIsSilenceAndSaid) {
  const EncodedAudio audio = encoded(std::vector<float>{kNan, 0.5f});
  EXPECT_THAT(data_of<int16_t>(audio.wavs[0]), ElementsAre(0, 16384));
  EXPECT_TRUE(audio.has_nan);
  EXPECT_FALSE(audio.clamped);
}

TEST(WavTest, ChannelsMayComeFirst) {
  const int16_t samples[] = {1, 2, 3, 10, 20, 30};
  EXPECT_THAT(pcm16(TensorView(samples, {2, 3}),
                    {.layout = AudioLayout::kChannelsFrames}),
              ElementsAre(1, 10, 2, 20, 3, 30));
  EXPECT_THAT(pcm16(TensorView(samples, {3, 2}, {1, 3})),
              ElementsAre(1, 10, 2, 20, 3, 30));
}

TEST(WavTest, ClipsAreWavsOfTheirOwn) {
  const int16_t samples[] = {1, 2, 3, 4, 5, 6, 7, 8};
  const EncodedAudio audio =
      encoded(TensorView(samples, {4, 1, 2}), {.max_clips = 2});
  ASSERT_EQ(audio.wavs.size(), 2u);
  EXPECT_THAT(data_of<int16_t>(audio.wavs[1]), ElementsAre(3, 4));
  EXPECT_EQ(encoded(TensorView(samples, {4, 2, 1})).wavs.size(), 3u);
  const EncodedAudio planes = encoded(TensorView(samples, {2, 2, 2}),
                                      {.layout = AudioLayout::kChannelsFrames});
  EXPECT_THAT(data_of<int16_t>(planes.wavs[1]), ElementsAre(5, 7, 6, 8));
}

TEST(WavRefusalTest, ShapesThatAreNoSound) {
  const int16_t samples[64] = {};
  const auto refuses = [&](std::initializer_list<int64_t> shape,
                           const char* why) {
    EXPECT_THAT(encode_audio(TensorView(samples, shape), {}),
                StatusIs(kInvalid, HasSubstr(why)));
  };
  refuses({}, "is [] where [frames], [frames, channels]");
  refuses({1, 1, 1, 1}, "[1, 1, 1, 1]");
  refuses({0}, "no frames");
  refuses({0, 2}, "no frames");
  refuses({2, 0}, "no channels");
  refuses({0, 2, 2}, "no clips");
  refuses({1, 33}, "33 channels; 1 to 32 can be played (see AudioOptions");
}

TEST(WavRefusalTest, TypesWithoutAScale) {
  const uint16_t unsigned_shorts[] = {1};
  EXPECT_THAT(encode_audio(unsigned_shorts, {}),
              StatusIs(kInvalid, HasSubstr("samples of uint16 have no")));
  const int64_t longs[] = {1};
  EXPECT_THAT(encode_audio(longs, {}), StatusIs(kInvalid, HasSubstr("int64")));
  const std::complex<float> complexes[] = {1};
  EXPECT_THAT(encode_audio(complexes, {}),
              StatusIs(kInvalid, HasSubstr("complex64")));
  EXPECT_THAT(encode_audio(TensorView::invalid("it is sparse"), {}),
              StatusIs(kInvalid, "it is sparse"));
}

TEST(WavRefusalTest, OptionsThatAreNone) {
  const int16_t sample[] = {1};
  const auto refuses = [&](const AudioOptions& options, const char* why) {
    EXPECT_THAT(encode_audio(sample, options),
                StatusIs(kInvalid, HasSubstr(why)));
  };
  refuses({.sample_rate_hz = 0}, "sample_rate_hz is 0");
  refuses({.sample_rate_hz = -44'100}, "-44100");
  refuses({.sample_rate_hz = int64_t{1} << 31}, "must be 1 to 2147483647");
  refuses({.sample_rate_hz = std::numeric_limits<int64_t>::max()}, "must be");
  refuses({.max_clips = 0}, "max_clips is 0");
  refuses({.layout = static_cast<AudioLayout>(7)}, "layout");
  refuses({.format = static_cast<WavFormat>(7)}, "format");
}

// One sample that stands for all by strides of zero.
TEST(WavRefusalTest, TwoGibibytes) {
  const int16_t sample = 0;
  EXPECT_THAT(encode_audio(TensorView(&sample, {int64_t{1} << 30}, {0}), {}),
              StatusIs(kInvalid, HasSubstr("2^31 bytes or more")));
  EXPECT_THAT(encode_audio(TensorView(&sample, {3, 1 << 29, 1}, {0, 0, 0}), {}),
              StatusIs(kInvalid, HasSubstr("3 clips")));
  EXPECT_THAT(encode_audio(TensorView(&sample, {int64_t{1} << 30, 1 << 19, 1},
                                      {0, 0, 0}),
                           {.max_clips = int64_t{1} << 60}),
              StatusIs(kInvalid, HasSubstr("2^31 bytes or more")));
}

// ---- Headers of others ----

TEST(ParseWavTest, ReadsWhatIsWritten) {
  const float samples[12] = {};
  for (const WavFormat format :
       {WavFormat::kPcm16, WavFormat::kPcm24, WavFormat::kFloat32}) {
    const auto header =
        parse_wav(encoded(TensorView(samples, {4, 3}),
                          {.sample_rate_hz = 48'000, .format = format})
                      .wavs.at(0));
    ASSERT_THAT(header, IsOk());
    EXPECT_EQ(header->format, format == WavFormat::kFloat32 ? 3u : 1u);
    EXPECT_EQ(header->bits, format == WavFormat::kPcm16   ? 16u
                            : format == WavFormat::kPcm24 ? 24u
                                                          : 32u);
    EXPECT_EQ(header->channels, 3u);
    EXPECT_EQ(header->sample_rate_hz, 48'000u);
    EXPECT_EQ(header->frames, 4u);
  }
}

std::string with_format(std::string body) {
  return std::string("RIFF\0\0\0\0WAVEfmt ", 16) +
         static_cast<char>(body.size()) + std::string(3, '\0') + body;
}
const std::string kMono16("\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0", 16);

TEST(ParseWavTest, OtherChunksAreSkipped) {
  const auto header =
      parse_wav(with_format(kMono16) + std::string("LIST\3\0\0\0abc\0", 12) +
                std::string("data\2\0\0\0ab", 10) + "more");
  ASSERT_THAT(header, IsOk());
  EXPECT_EQ(header->frames, 1u);
}

TEST(ParseWavTest, ExtensibleFormatsAreTakenByTheirSubformat) {
  std::string body = kMono16;
  body[0] = '\xfe';
  body[1] = '\xff';
  body += std::string("\x16\0\x10\0\4\0\0\0\3\0", 10) + std::string(14, 'g');
  const auto header =
      parse_wav(with_format(body) + std::string("data\2\0\0\0ab", 10));
  ASSERT_THAT(header, IsOk());
  EXPECT_EQ(header->format, 3u);
}

TEST(ParseWavTest, RefusesWhatIsNoWav) {
  const std::string data("data\2\0\0\0ab", 10);
  const auto refuses = [](const std::string& bytes, const char* why) {
    EXPECT_THAT(parse_wav(bytes), StatusIs(kInvalid, HasSubstr(why)));
  };
  const auto changed = [](size_t at, char to) {
    std::string body = kMono16;
    body[at] = to;
    return with_format(body);
  };
  refuses("", "RIFF");
  refuses("OggS............", "RIFF");
  refuses(std::string("RIFF\0\0\0\0AVI LIST", 16), "RIFF and WAVE");
  refuses(std::string("RIFF\0\0\0\0WAVE", 12), "no chunk \"fmt \"");
  refuses(std::string("RIFF\0\0\0\0WAVE", 12) + data, "no chunk \"fmt \"");
  refuses(with_format(kMono16.substr(0, 15)) + data, "\"fmt \" is cut off");
  refuses(with_format(kMono16), "no chunk \"data\"");
  refuses(with_format(kMono16) + data.substr(0, 9), "samples are cut off");
  refuses(with_format(kMono16) + std::string("data\1\0\0\0a", 9), "no frames");
  refuses(changed(0, 0x55) + data, "its format is 85");  // MP3
  refuses(changed(2, 0) + data, "no channels");
  refuses(changed(5, 0).replace(24, 2, 2, '\0') + data, "sample rate is 0");
  refuses(changed(12, 3) + data, "has 3 bytes");
  refuses(changed(14, 0) + data, "0 bits");
}

// No read beyond the end, whatever the bytes: a sanitizer sees it.
TEST(ParseWavTest, CutsAndFlipsAreSafe) {
  const std::string whole = with_format(kMono16) +
                            std::string("LIST\3\0\0\0abc\0", 12) +
                            std::string("data\4\0\0\0abcd", 12);
  ASSERT_THAT(parse_wav(whole), IsOk());
  for (size_t n = 0; n < whole.size(); ++n) {
    const std::vector<char> cut(whole.begin(),
                                whole.begin() + static_cast<ptrdiff_t>(n));
    EXPECT_FALSE(parse_wav({cut.data(), n}).ok()) << n;
  }
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<char> bytes(whole.begin(), whole.end());
    for (int k = 0; k < 3; ++k)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto header = parse_wav({bytes.data(), bytes.size()});
    if (header.ok()) {
      EXPECT_LE(header->frames, 4u);
    }
  }
}

}  // namespace
}  // namespace tblog::internal
