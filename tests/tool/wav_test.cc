// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/wav.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>

namespace tblog::tool {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string number(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string chunk(const std::string& name, const std::string& content) {
  return name + number(content.size(), 4) + content +
         std::string(content.size() % 2, '\0');
}

std::string wav(int encoding, int channels, int bits, const std::string& data,
                const std::string& before_data = "") {
  const std::string format = number(static_cast<uint64_t>(encoding), 2) +
                             number(static_cast<uint64_t>(channels), 2) +
                             number(8000, 4) + number(0, 4) + number(0, 2) +
                             number(static_cast<uint64_t>(bits), 2);
  return chunk("RIFF", "WAVE" + chunk("fmt ", format) + before_data +
                           chunk("data", data));
}

template <class T>
std::string bytes_of(std::initializer_list<T> samples) {
  std::string bytes;
  for (const T sample : samples) {
    char raw[sizeof sample];
    std::memcpy(raw, &sample, sizeof sample);
    bytes.append(raw, sizeof sample);
  }
  return bytes;
}

TEST(WavTest, SaysRateChannelsLengthAndPeaks) {
  const auto found = decode_wav(
      wav(1, 2, 16, bytes_of<int16_t>({0, 16384, -32768, 0, 0, 0, 8192, 0})),
      2);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->sample_rate_hz, 8000u);
  EXPECT_EQ(found->channels, 2);
  EXPECT_EQ(found->frames, 4u);
  EXPECT_EQ(found->seconds(), 4 / 8000.0);
  EXPECT_EQ(found->peak, 1);
  EXPECT_THAT(found->peaks, ElementsAre(1, 0.25));
}

TEST(WavTest, ReadsEverySampleType) {
  const auto peak = [](int encoding, int bits, const std::string& data) {
    return decode_wav(wav(encoding, 1, bits, data), 1)->peak;
  };
  EXPECT_EQ(peak(1, 8, bytes_of<uint8_t>({128, 192})), 0.5);
  EXPECT_EQ(peak(1, 24, std::string("\0\0\xc0", 3)), 0.5);
  EXPECT_EQ(peak(1, 32, bytes_of<int32_t>({1 << 30})), 0.5);
  EXPECT_EQ(peak(3, 32, bytes_of<float>({0.5f, NAN})), 0.5);
  EXPECT_EQ(peak(3, 64, bytes_of<double>({-2})), 2);
}

TEST(WavTest, PassesOverOtherChunksAndTakesWhatIsThere) {
  const std::string data = bytes_of<int16_t>({0, 16384});
  const auto found = decode_wav(wav(1, 1, 16, data, chunk("LIST", "odd")), 9);
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->peaks, ElementsAre(0, 0.5));
  std::string longer = wav(1, 1, 16, data);
  longer[longer.size() - 5] = '\x7f';  // data says more than there is
  EXPECT_EQ(decode_wav(longer, 9)->frames, 2u);
  EXPECT_THAT(decode_wav(wav(1, 1, 16, ""), 9)->peaks, IsEmpty());
}

TEST(WavTest, WhatIsNoWavIsNone) {
  for (const std::string& encoded :
       {std::string(), std::string("RIFF"), std::string("OggS and so on"),
        wav(1, 0, 16, "ab"), wav(2, 1, 4, "ab"), wav(1, 1, 12, "ab"),
        chunk("RIFF", "WAVE" + chunk("data", "ab"))}) {
    EXPECT_FALSE(decode_wav(encoded, 4).has_value());
  }
}

TEST(WavTest, AnyBytesDoNoHarm) {
  const std::string whole = wav(1, 2, 16, std::string(64, 'x'));
  std::mt19937 random(5);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = whole.substr(0, random() % (whole.size() + 1));
    for (int n = 0; n < 3 && !bytes.empty(); ++n)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    decode_wav(bytes, 8);
  }
}

}  // namespace
}  // namespace tblog::tool
