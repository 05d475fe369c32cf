// SPDX-License-Identifier: Apache-2.0

#include "src/base/elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::tblog::testing::IsOk;
using ::tblog::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// The elements by the definition of a strided view, row-major.
template <class T>
std::vector<T> by_definition(const TensorView& view) {
  std::vector<T> elements;
  for (int64_t n = 0; n < view.size(); ++n) {
    int64_t rest = n, offset = 0;
    for (size_t i = view.rank(); i-- > 0;) {
      offset += rest % view.dim(i) * view.stride(i);
      rest /= view.dim(i);
    }
    elements.push_back(static_cast<const T*>(view.data())[offset]);
  }
  return elements;
}

template <class T>
std::vector<T> by_runs(const TensorView& view, Order order) {
  std::vector<T> elements;
  for_each_run(view, order, [&](const ElementRun& run) {
    for (int64_t i = 0; i < run.count; ++i) {
      elements.push_back(load_element<T>(run.data + i * run.stride));
    }
  });
  return elements;
}

int count_runs(const TensorView& view, Order order) {
  int runs = 0;
  for_each_run(view, order, [&](const ElementRun&) { ++runs; });
  return runs;
}

class StridedTest : public ::testing::Test {
 protected:
  StridedTest() { std::iota(memory_.begin(), memory_.end(), 0); }

  // Views into the middle of a hundred numbers.
  std::vector<TensorView> views() const {
    const int32_t* p = memory_.data() + 50;
    return {TensorView(p, {}),
            TensorView(p, {2, 3, 4}),
            TensorView(p, {1, 5, 1}),
            TensorView(p, {3, 4}, {1, 3}),          // transposed
            TensorView(p, {2, 3, 4}, {12, -4, 1}),  // rows upside down
            TensorView(p, {4, 3}, {-3, -1}),        // all reversed
            TensorView(p, {2, 3, 4}, {20, 6, 2}),   // every other one
            TensorView(p, {3, 2, 4}, {0, 4, 1}),    // broadcast
            TensorView(p, {4, 5}, {1, 0}),          // repeated inside
            TensorView(p, {2, 1, 2, 1, 3}, {9, 999, 3, 999, 1}),
            TensorView(p, {2, 2, 2, 2, 2, 1, 1, 2}, {1, 2, 4, 8, 16, 0, 0, -9}),
            TensorView(p, {0, 3}),
            TensorView(p, {2, 0, 3}, {7, 7, 7})};
  }

  std::vector<int32_t> memory_ = std::vector<int32_t>(100);
};

TEST_F(StridedTest, RowMajorRunsGiveTheElementsInOrder) {
  for (const TensorView& view : views()) {
    EXPECT_EQ(by_runs<int32_t>(view, Order::kRowMajor),
              by_definition<int32_t>(view));
  }
}

TEST_F(StridedTest, RunsInAnyOrderGiveEachElementOnce) {
  for (const TensorView& view : views()) {
    EXPECT_THAT(by_runs<int32_t>(view, Order::kAny),
                UnorderedElementsAreArray(by_definition<int32_t>(view)));
  }
}

TEST_F(StridedTest, BlocksGiveEachElementOnce) {
  for (const TensorView& view : views()) {
    std::vector<int32_t> elements;
    for_each_block<int32_t>(view, Order::kRowMajor,
                            [&](const double* x, size_t n) {
                              elements.insert(elements.end(), x, x + n);
                            });
    EXPECT_EQ(elements, by_definition<int32_t>(view));
  }
}

TEST_F(StridedTest, WhatLiesTogetherIsOneRun) {
  const int32_t* p = memory_.data() + 50;
  EXPECT_EQ(count_runs(TensorView(p, {2, 3, 4}), Order::kRowMajor), 1);
  EXPECT_EQ(count_runs(TensorView(p, {3, 4}, {1, 3}), Order::kRowMajor), 3);
  EXPECT_EQ(count_runs(TensorView(p, {3, 4}, {1, 3}), Order::kAny), 1);
  EXPECT_EQ(count_runs(TensorView(p, {4, 3}, {-3, -1}), Order::kAny), 1);
  EXPECT_EQ(count_runs(TensorView(p, {4, 5}, {1, 0}), Order::kAny), 5);
}

TEST_F(StridedTest, LittleEndianBytesAreTheElementsInOrder) {
  for (const TensorView& view : views()) {
    std::string bytes = "before";
    ASSERT_THAT(append_little_endian(view, bytes), IsOk());
    ASSERT_EQ(bytes.size(), 6 + view.size_bytes());
    size_t at = 6;
    for (int32_t element : by_definition<int32_t>(view)) {
      for (int shift = 0; shift < 32; shift += 8) {
        ASSERT_EQ(static_cast<uint8_t>(bytes[at++]),
                  static_cast<uint8_t>(element >> shift));
      }
    }
  }
}

TEST(BlocksTest, LongArraysAreVisitedWhereTheyLie) {
  std::vector<float> values(2 * kBlockElements + 3);
  std::iota(values.begin(), values.end(), 0.f);
  size_t in_place = 0;
  std::vector<float> seen;
  for_each_block<float>(TensorView(values), Order::kRowMajor,
                        [&](const float* x, size_t n) {
                          in_place += x == values.data() + seen.size() ? n : 0;
                          ASSERT_LE(n, kBlockElements);
                          seen.insert(seen.end(), x, x + n);
                        });
  EXPECT_EQ(seen, values);
  EXPECT_EQ(in_place, 2 * kBlockElements);
}

TEST(BlocksTest, ReadUnalignedMemory) {
  std::vector<double> values(2500);
  std::iota(values.begin(), values.end(), 0.5);
  std::vector<char> memory(values.size() * 8 + 8);
  for (size_t shift = 0; shift < 8; ++shift) {
    std::memcpy(memory.data() + shift, values.data(), values.size() * 8);
    const int64_t shape = 2500;
    const TensorView view(memory.data() + shift, DType::kFloat64, &shape, 1);
    std::vector<double> seen;
    for_each_block<double>(view, Order::kAny, [&](const double* x, size_t n) {
      seen.insert(seen.end(), x, x + n);
    });
    EXPECT_EQ(seen, values);
  }
}

// Every half, against its definition in IEEE 754: 3.4.
TEST(HalfTest, ConvertsAllBitPatterns) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const int exponent = (bits >> 10) & 0x1f;
    const double mantissa = bits & 0x3ff;
    double expected = exponent == 0
                          ? std::ldexp(mantissa, -24)
                          : std::ldexp(1024 + mantissa, exponent - 25);
    if (exponent == 31) {
      expected = mantissa == 0 ? std::numeric_limits<double>::infinity()
                               : std::numeric_limits<double>::quiet_NaN();
    }
    const float value = to_float(Float16{static_cast<uint16_t>(bits)});
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else {
      ASSERT_EQ(std::fabs(value), expected) << bits;
    }
  }
}

TEST(BFloat16Test, IsTheUpperHalfOfAFloat) {
  EXPECT_EQ(to_float(BFloat16{0x3f80}), 1.f);
  EXPECT_EQ(to_float(BFloat16{0xc049}), -3.140625f);
  EXPECT_EQ(to_float(BFloat16{0x0001}), 0x1p-133f);
  EXPECT_EQ(to_float(BFloat16{0xff80}),
            -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(to_float(BFloat16{0x7fc0})));
}

template <class T>
double single(T value) {
  return single_value(TensorView(&value, {})).value();
}

TEST(SingleValueTest, ReadsEveryRealType) {
  EXPECT_EQ(single(0.1f), double{0.1f});
  EXPECT_EQ(single(0.1), 0.1);
  EXPECT_EQ(single(Float16{0x3c00}), 1);
  EXPECT_EQ(single(BFloat16{0x4000}), 2);
  EXPECT_EQ(single(int8_t{-128}), -128);
  EXPECT_EQ(single(uint8_t{200}), 200);
  EXPECT_EQ(single(int16_t{-300}), -300);
  EXPECT_EQ(single(uint16_t{65535}), 65535);
  EXPECT_EQ(single(int32_t{-70000}), -70000);
  EXPECT_EQ(single(uint32_t{4000000000}), 4e9);
  EXPECT_EQ(single(int64_t{-5}), -5);
  EXPECT_EQ(single(~uint64_t{0}), 0x1p64);
  EXPECT_EQ(single(true), 1);
}

// The value that the bits of sign, exponent and mantissa stand for, by their
// definition.
double float8_value(int bits, int mantissa_bits, int bias) {
  const int mantissa = bits % (1 << mantissa_bits);
  const int exponent = bits % 128 >> mantissa_bits;
  const double ulps =
      exponent == 0 ? mantissa : mantissa + (1 << mantissa_bits);
  const double magnitude =
      ulps * std::pow(2.0, std::max(exponent, 1) - bias - mantissa_bits);
  return bits < 128 ? magnitude : -magnitude;
}

TEST(Float8Test, EveryE4M3IsExact) {
  for (int bits = 0; bits < 256; ++bits) {
    const float read = to_float(Float8E4M3{static_cast<uint8_t>(bits)});
    EXPECT_EQ(std::signbit(read), bits >= 128) << bits;
    if (bits % 128 == 0x7f) {
      EXPECT_TRUE(std::isnan(read)) << bits;
    } else {
      EXPECT_EQ(read, float8_value(bits, 3, 7)) << bits;
    }
  }
  EXPECT_EQ(to_float(Float8E4M3{0x7e}), 448);
  EXPECT_EQ(to_float(Float8E4M3{0x81}), -0x1p-9f);
}

TEST(Float8Test, EveryE5M2IsExact) {
  for (int bits = 0; bits < 256; ++bits) {
    const float read = to_float(Float8E5M2{static_cast<uint8_t>(bits)});
    EXPECT_EQ(std::signbit(read), bits >= 128) << bits;
    if (bits % 128 > 0x7c) {
      EXPECT_TRUE(std::isnan(read)) << bits;
    } else if (bits % 128 == 0x7c) {
      EXPECT_TRUE(std::isinf(read)) << bits;
    } else {
      EXPECT_EQ(read, float8_value(bits, 2, 15)) << bits;
    }
  }
  EXPECT_EQ(to_float(Float8E5M2{0x7b}), 57344);
}

TEST(SingleValueTest, TakesFloatsOfEightBits) {
  const Float8E5M2 value = {0xc0};
  EXPECT_EQ(single_value(TensorView(&value, {})).value(), -2);
}

TEST(SingleValueTest, TakesAnyRankOfOneElement) {
  const float value = 3;
  EXPECT_EQ(single_value(TensorView(&value, {1, 1})).value(), 3);
}

TEST(SingleValueTest, RefusesWhatIsNotOneRealNumber) {
  const float two[2] = {};
  EXPECT_THAT(single_value(two), StatusIs(kInvalid, HasSubstr("2 elements")));
  EXPECT_THAT(single_value(TensorView()),
              StatusIs(kInvalid, HasSubstr("0 elements")));
  const std::complex<float> c = 1;
  EXPECT_THAT(single_value(TensorView(&c, {})),
              StatusIs(kInvalid, HasSubstr("complex64")));
  EXPECT_THAT(single_value(TensorView::invalid("it is sparse")),
              StatusIs(kInvalid, "it is sparse"));
  EXPECT_THAT(single_value(TensorView(two, {}).on_device(Device::kCuda, 0, {})),
              StatusIs(kInvalid, HasSubstr("device")));
}

std::string bytes_of(const TensorView& view) {
  std::string bytes;
  EXPECT_THAT(append_little_endian(view, bytes), IsOk());
  return bytes;
}

TEST(LittleEndianTest, KnownBytesOfEachSize) {
  EXPECT_EQ(bytes_of(std::vector<uint8_t>{1, 255}), "\x01\xff");
  EXPECT_EQ(bytes_of(std::vector<uint16_t>{0x0102}), "\x02\x01");
  EXPECT_EQ(bytes_of(std::vector<float>{1.f}), std::string("\0\0\x80\x3f", 4));
  EXPECT_EQ(bytes_of(std::vector<double>{-2}),
            std::string("\0\0\0\0\0\0\0\xc0", 8));
  EXPECT_EQ(bytes_of(std::vector<std::complex<float>>{{1.f, -1.f}}),
            std::string("\0\0\x80\x3f\0\0\x80\xbf", 8));
  EXPECT_EQ(bytes_of(std::vector<Float16>{{0x3c00}}), std::string("\0\x3c", 2));
}

TEST(LittleEndianTest, BoolsAreZeroAndOne) {
  const uint8_t memory[] = {0, 1, 2, 255};
  const int64_t shape = 4;
  EXPECT_EQ(bytes_of(TensorView(memory, DType::kBool, &shape, 1)),
            std::string("\0\1\1\1", 4));
}

// What a big-endian host does.
TEST(LittleEndianTest, ReversesEachNumberAndNotTheOrder) {
  std::string bytes = "x";
  append_elements(std::vector<uint16_t>{0x0102, 0x0304}, true, bytes);
  std::string expected = "x";
  append_elements(std::vector<uint16_t>{0x0201, 0x0403}, false, expected);
  EXPECT_EQ(bytes, expected);

  const std::vector<std::complex<float>> c = {{1, 2}};
  std::string complex_bytes, plain;
  append_elements(c, true, complex_bytes);
  append_elements(c, false, plain);
  EXPECT_EQ(complex_bytes, std::string(plain.rend() - 4, plain.rend()) +
                               std::string(plain.rbegin(), plain.rbegin() + 4));
}

TEST(LittleEndianTest, RefusesWhatCannotBeRead) {
  const uint8_t memory = 0;
  std::string bytes;
  EXPECT_THAT(append_little_endian(TensorView::invalid("why"), bytes),
              StatusIs(kInvalid, "why"));
  EXPECT_THAT(
      append_little_endian(
          TensorView(&memory, {}).on_device(Device::kCuda, 0, {}), bytes),
      StatusIs(kInvalid, HasSubstr("device")));
  EXPECT_EQ(bytes, "");
}

}  // namespace
}  // namespace tblog::internal
