// SPDX-License-Identifier: Apache-2.0
//
// Against the wire format's own reader, and against examples of its
// documentation (protobuf.dev/programming-guides/encoding).

#include "src/event/wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tblog::internal::wire {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

// 0, and each side of each size of a varint.
std::vector<uint64_t> boundaries() {
  std::vector<uint64_t> values = {0, 1, std::numeric_limits<uint64_t>::max()};
  for (int bits = 7; bits < 64; bits += 7) {
    values.push_back((uint64_t{1} << bits) - 1);
    values.push_back(uint64_t{1} << bits);
  }
  return values;
}

TEST(WireTest, VarintsReadBack) {
  for (uint64_t v : boundaries()) {
    std::string out;
    put_varint(out, v);
    CodedInputStream in(reinterpret_cast<const uint8_t*>(out.data()),
                        static_cast<int>(out.size()));
    uint64_t read = ~v;
    ASSERT_TRUE(in.ReadVarint64(&read));
    EXPECT_EQ(read, v);
    EXPECT_EQ(in.CurrentPosition(), static_cast<int>(out.size()));
    EXPECT_EQ(varint_size(v), out.size());
    EXPECT_EQ(varint_size(v), CodedOutputStream::VarintSize64(v));
  }
}

TEST(WireTest, DocumentedExamples) {
  std::string out;
  put_varint(out, 150);
  EXPECT_EQ(out, "\x96\x01");
  out.clear();
  put_int64(out, 1, 150);
  EXPECT_EQ(out, "\x08\x96\x01");
  out.clear();
  put_bytes(out, 2, "testing");
  EXPECT_EQ(out, "\x12\x07testing");
  out.clear();
  put_int64(out, 1, -2);
  EXPECT_EQ(out, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST(WireTest, KeysAreFieldAndType) {
  EXPECT_EQ(key(1, kVarint), 0x08u);
  EXPECT_EQ(key(1, kFixed64), 0x09u);
  EXPECT_EQ(key(2, kBytes), 0x12u);
  EXPECT_EQ(key(3, kFixed32), 0x1du);
  EXPECT_EQ(key(16, kVarint), 0x80u);
}

TEST(WireTest, FixedNumbersAreLittleEndian) {
  std::string out;
  put_fixed32(out, 0x01020304u);
  EXPECT_EQ(out, "\x04\x03\x02\x01");
  out.clear();
  put_fixed64(out, 0x0102030405060708u);
  EXPECT_EQ(out, "\x08\x07\x06\x05\x04\x03\x02\x01");
}

TEST(WireTest, DefaultsAreLeftOut) {
  std::string out;
  put_int64(out, 1, 0);
  put_double(out, 1, 0.0);
  put_bytes(out, 1, "");
  EXPECT_EQ(out, "");
}

TEST(WireTest, AlwaysWritesDefaultsToo) {
  std::string out;
  put_uint64_always(out, 1, 0);
  put_bytes_always(out, 2, "");
  EXPECT_EQ(out, std::string("\x08\x00\x12\x00", 4));
}

TEST(WireTest, NegativeZeroAndNanAreNotDefaults) {
  std::string out;
  put_double(out, 1, -0.0);
  EXPECT_EQ(out, std::string("\x09\x00\x00\x00\x00\x00\x00\x00\x80", 9));
  out.clear();
  put_double(out, 1, std::nan(""));
  EXPECT_EQ(out.size(), 9u);
  out.clear();
  put_double(out, 2, 1.0);
  EXPECT_EQ(out, std::string("\x11\x00\x00\x00\x00\x00\x00\xf0\x3f", 9));
}

TEST(WireTest, BytesFieldSizeIsWhatIsWritten) {
  for (uint32_t field : {1u, 15u, 16u, 2047u, 2048u}) {
    for (size_t size : {0u, 1u, 127u, 128u, 16383u, 16384u}) {
      std::string out;
      put_bytes_always(out, field, std::string(size, 'x'));
      EXPECT_EQ(bytes_field_size(field, size), out.size());
      std::string header;
      put_bytes_header(header, field, size);
      EXPECT_EQ(header.size() + size, out.size());
      EXPECT_EQ(out.substr(0, header.size()), header);
    }
  }
}

TEST(WireTest, AppendsToWhatIsThere) {
  std::string out = "ab";
  put_varint(out, 1);
  put_fixed32(out, 0);
  put_bytes(out, 1, "c");
  EXPECT_EQ(out, std::string("ab\x01\0\0\0\0\x0a\x01"
                             "c",
                             10));
}

}  // namespace
}  // namespace tblog::internal::wire
