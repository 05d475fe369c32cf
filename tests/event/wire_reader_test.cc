// SPDX-License-Identifier: Apache-2.0

#include "src/event/wire_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "src/event/wire.h"

namespace tblog::internal::wire {
namespace {

using std::string_literals::operator""s;

// The fields of `message` as "1=128 2=abc", and "!" where it is malformed.
std::string fields_of(const std::string& message) {
  WireReader reader(message);
  std::string out;
  while (reader.next()) {
    out += std::to_string(reader.field()) + '=';
    out += reader.is(reader.field(), kBytes) ? std::string(reader.bytes())
                                             : std::to_string(reader.number());
    out += ' ';
  }
  if (!reader.ok()) out += '!';
  return out;
}

TEST(WireReaderTest, GivesNumbersOfEverySize) {
  for (uint64_t v : {uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128},
                     uint64_t{255}, uint64_t{16'384}, uint64_t{1} << 63,
                     std::numeric_limits<uint64_t>::max()}) {
    std::string message;
    put_uint64_always(message, 3, v);
    EXPECT_EQ(fields_of(message), "3=" + std::to_string(v) + " ");
  }
}

TEST(WireReaderTest, GivesEachEncoding) {
  EXPECT_EQ(fields_of("\x08\x05"), "1=5 ");
  EXPECT_EQ(fields_of("\x11\x01\0\0\0\0\0\0\0"s), "2=1 ");
  EXPECT_EQ(fields_of("\x1d\x02\x01\0\0"s), "3=258 ");
  EXPECT_EQ(fields_of("\x22\x03"
                      "abc"),
            "4=abc ");
  EXPECT_EQ(fields_of("\x22\0\x08\x01"s), "4= 1=1 ");
}

TEST(WireReaderTest, AFieldIsThatFieldInThatEncodingOnly) {
  WireReader reader("\x08\x05");
  ASSERT_TRUE(reader.next());
  EXPECT_TRUE(reader.is(1, kVarint));
  EXPECT_FALSE(reader.is(1, kFixed64));
  EXPECT_FALSE(reader.is(2, kVarint));
}

TEST(WireReaderTest, ReadsFloatsAndDoubles) {
  std::string message = "\x0d"s;
  put_fixed32(message, std::bit_cast<uint32_t>(-2.5f));
  put_double(message, 2, 1e300);
  WireReader reader(message);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.as_float(), -2.5f);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.as_double(), 1e300);
  EXPECT_EQ(reader.position(), message.data() + message.size());
}

TEST(WireReaderTest, RefusesWhatIsCutOff) {
  EXPECT_EQ(fields_of("\x80"), "!");                   // key
  EXPECT_EQ(fields_of("\x08"), "!");                   // number
  EXPECT_EQ(fields_of("\x08\x80"), "!");               // its second byte
  EXPECT_EQ(fields_of("\x11\x01\0\0\0\0\0\0"s), "!");  // 7 of 8 bytes
  EXPECT_EQ(fields_of("\x1d\x01\0\0"s), "!");          // 3 of 4
  EXPECT_EQ(fields_of("\x22\x04"
                      "abc"),
            "!");
  EXPECT_EQ(fields_of("\x08\x01\x08"), "1=1 !");
}

TEST(WireReaderTest, RefusesNumbersOfMoreThanTenBytes) {
  const std::string nines(9, '\x80');
  EXPECT_EQ(fields_of("\x08" + nines + "\x01"),
            "1=" + std::to_string(uint64_t{1} << 63) + " ");
  EXPECT_EQ(fields_of("\x08" + nines + "\x80\x01"), "!");
}

TEST(WireReaderTest, RefusesKeysThatAreNone) {
  EXPECT_EQ(fields_of("\0\x01"s), "!");                        // field 0
  EXPECT_EQ(fields_of("\x88\x80\x80\x80\x00\x05"s), "1=5 ");   // of 5 bytes
  EXPECT_EQ(fields_of("\x88\x80\x80\x80\x80\x00\x05"s), "!");  // of 6
  EXPECT_EQ(fields_of("\x88\x80\x80\x80\x10\x05"), "!");       // above 32 bits
  EXPECT_EQ(fields_of("\x0e\x05"), "!");                       // encoding 6
  EXPECT_EQ(fields_of("\x0c"), "!");  // the end of no group
}

TEST(WireReaderTest, PassesOverGroupsWithAllThatIsInThem) {
  const std::string number = "\x08\x05";
  const std::string begin = "\x7b";  // field 15
  const std::string end = "\x7c";
  const std::string eight = "\x11" + std::string(8, '\xff');
  const std::string four = "\x1d" + std::string(4, '\xff');
  const std::string bytes = "\x22\x02\xff\xff";
  for (const std::string& inside : {number, eight, four, bytes, std::string()})
    EXPECT_EQ(fields_of(begin + inside + end + number), "1=5 ");
  EXPECT_EQ(fields_of(begin + "\x73\x74" + end + number), "1=5 ");  // nested
  EXPECT_EQ(fields_of(number + begin), "1=5 !");
  EXPECT_EQ(fields_of(begin + "\x73" + end + "\x74"), "!");  // crossed
  EXPECT_EQ(fields_of(begin + "\x74"), "!");
  EXPECT_EQ(fields_of(begin + "\x0e" + end), "!");  // encoding 6 inside
}

TEST(WireReaderTest, GroupsNestAHundredDeepAndNoDeeper) {
  EXPECT_EQ(fields_of(std::string(100, '\x7b') + std::string(100, '\x7c')), "");
  EXPECT_EQ(fields_of(std::string(101, '\x7b') + std::string(101, '\x7c')),
            "!");
}

}  // namespace
}  // namespace tblog::internal::wire
