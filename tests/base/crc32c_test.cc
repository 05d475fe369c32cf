// SPDX-License-Identifier: Apache-2.0

#include "src/base/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tblog::internal {
namespace {

// Known answers of RFC 3720, appendix B.4, and of its CRC's usual check value.
TEST(Crc32cTest, GivesTheKnownAnswers) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending += c;
  EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(crc32c(std::string(ascending.rbegin(), ascending.rend())),
            0x113fdb5cu);
}

TEST(Crc32cTest, InstructionAndPlainCodeAgreeOverSizesAndAlignments) {
  std::mt19937 random(1);
  std::string bytes(600, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (size_t begin = 0; begin < 9; ++begin) {
    for (size_t size = 0; size + begin < 300; ++size) {
      const std::string_view part = std::string_view(bytes).substr(begin, size);
      ASSERT_EQ(crc32c(part), crc32c_portable(part)) << begin << " " << size;
    }
  }
}

// From some length on several streams are taken, in blocks of up to 6,144
// bytes, and from 98,304 on in blocks of that size.
TEST(Crc32cTest, LongTextsAgreeToo) {
  std::mt19937 random(2);
  std::string bytes(220'000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (const size_t around : {512u, 1'000u, 6'144u, 6'144u + 192u, 12'288u,
                              18'432u, 30'001u, 98'304u, 196'608u}) {
    for (size_t size = around - 26; size < around + 26; ++size) {
      const std::string_view part =
          std::string_view(bytes).substr(size % 9, size);
      ASSERT_EQ(crc32c(part), crc32c_portable(part)) << size;
      ASSERT_EQ(crc32c(part, 0x12345678u), crc32c_portable(part, 0x12345678u))
          << size;
    }
  }
}

TEST(Crc32cTest, GoesOnFromAnEarlierCrc) {
  const std::string bytes = "the quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))),
              crc32c(bytes));
    EXPECT_EQ(crc32c_portable(bytes.substr(cut),
                              crc32c_portable(bytes.substr(0, cut))),
              crc32c(bytes));
  }
}

// Masked values as TensorBoard's own writer gives them.
TEST(Crc32cTest, MasksAsTfRecordDoes) {
  EXPECT_EQ(mask_crc(crc32c("")), 0xa282ead8u);
  EXPECT_EQ(mask_crc(crc32c("123456789")), 0xc78ab0e5u);
  EXPECT_EQ(mask_crc(crc32c(std::string(8, '\0'))), 0x07980329u);
  EXPECT_EQ(mask_crc(crc32c("\x1a\x11"
                            "CRC test, one two")),
            0x5794d08au);
  EXPECT_EQ(unmask_crc(0xc78ab0e5u), 0xe3069283u);
}

}  // namespace
}  // namespace tblog::internal
