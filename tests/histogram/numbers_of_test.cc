// SPDX-License-Identifier: Apache-2.0
//
// Elements of every type become the numbers that they are, on every target.

#include "src/histogram/numbers_of.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tblog/histogram.h"

namespace tblog::internal {
namespace {

// Calls check() with each target forced that this CPU has.
template <class F>
void on_each_target(F&& check) {
  const KernelList all = all_kernels();
  for (size_t i = 0; i < all.count; ++i) {
    if (!all.targets[i]->supported()) continue;
    SCOPED_TRACE(all.targets[i]->name);
    force_kernels(all.targets[i]);
    check();
  }
  force_kernels(nullptr);
}

bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b)
                       : a == b && std::signbit(a) == std::signbit(b);
}

// Of all elements at once, of short arrays, and where they are not aligned.
template <class T>
void expect_numbers(const std::vector<T>& elements) {
  const auto widen = [](const char* p, size_t n, auto* out) {
    auto* kernel = widening_kernel<T>();
    (kernel != nullptr ? kernel : widen_array<T>)(p, n, out);
  };
  const auto check = [&](size_t begin, size_t n, size_t misaligned) {
    std::vector<char> memory(n * sizeof(T) + misaligned);
    std::memcpy(memory.data() + misaligned, &elements[begin], n * sizeof(T));
    std::vector<BlockValue<T>> out(n + 1, BlockValue<T>(-77));
    widen(memory.data() + misaligned, n, out.data());
    EXPECT_EQ(out[n], BlockValue<T>(-77));
    for (size_t i = 0; i < n; ++i) {
      const auto expected = static_cast<BlockValue<T>>(
          load_element<T>(reinterpret_cast<const char*>(&elements[begin + i])));
      ASSERT_TRUE(
          same(static_cast<double>(out[i]), static_cast<double>(expected)))
          << begin + i << ": " << out[i] << " is not " << expected;
    }
  };
  on_each_target([&] {
    check(0, elements.size(), 0);
    for (size_t n = 1; n <= 70; ++n) check(n, n, n % 4);
  });
}

template <class T>
std::vector<T> all_of_two_bytes() {
  std::vector<T> elements;
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    elements.push_back(std::bit_cast<T>(static_cast<uint16_t>(bits)));
  }
  return elements;
}

template <class T>
std::vector<T> special_integers() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> elements = {0, 1, 2, 3, Limits::min(), Limits::max()};
  for (int bit = 1; bit < Limits::digits; ++bit) {
    for (int d = -3; d <= 3; ++d) {
      elements.push_back(static_cast<T>((uint64_t{1} << bit) + d));
      elements.push_back(static_cast<T>(-(uint64_t{1} << bit) + d));
      elements.push_back(static_cast<T>(Limits::max() - (T{1} << bit) + d));
    }
  }
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; ++i) {
    elements.push_back(static_cast<T>(random() >> (i % 64)));
  }
  return elements;
}

TEST(NumbersTest, HalvesAreExact) {
  expect_numbers(all_of_two_bytes<Float16>());
}
TEST(NumbersTest, BFloatsAreExact) {
  expect_numbers(all_of_two_bytes<BFloat16>());
}
TEST(NumbersTest, IntegersOf16BitsAreExact) {
  expect_numbers(all_of_two_bytes<int16_t>());
  expect_numbers(all_of_two_bytes<uint16_t>());
}
TEST(NumbersTest, IntegersOf32BitsAreExact) {
  expect_numbers(special_integers<int32_t>());
  expect_numbers(special_integers<uint32_t>());
}
TEST(NumbersTest, IntegersOf64BitsAreTheNearestDoubles) {
  expect_numbers(special_integers<int64_t>());
  expect_numbers(special_integers<uint64_t>());
}

template <class T>
void expect_floors() {
  std::vector<Floored<T>> elements;
  for (const T x : special_integers<T>()) {
    const auto floor = static_cast<double>(Floored<T>{x});
    const auto exact = static_cast<long double>(x);  // 64 bits of mantissa
    ASSERT_LE(static_cast<long double>(floor), exact) << x;
    ASSERT_GT(static_cast<long double>(std::nextafter(floor, HUGE_VAL)), exact)
        << x;
    elements.push_back({x});
  }
  expect_numbers(elements);
}

TEST(NumbersTest, FlooredIntegersAreTheDoublesNotAbove) {
  if (std::numeric_limits<long double>::digits < 64) {
    GTEST_SKIP() << "long double does not hold these integers";
  }
  expect_floors<int64_t>();
  expect_floors<uint64_t>();
}

// 2^60 + 63 would round up to the edge 2^60 + 256 only from + 128 on, and
// 2^60 + 255 is still below it.
TEST(NumbersTest, IntegersBelowAnEdgeStayBelowItBeyondTheDoubles) {
  constexpr int64_t kBig = int64_t{1} << 60;
  const std::vector<int64_t> values = {kBig,       kBig + 255, kBig + 256,
                                       kBig + 257, kBig + 511, kBig + 512};
  const HistogramOptions options = {2, Scale::kLinear, {}};
  on_each_target([&] {
    const Histogram h = *compute_histogram(values, options);
    EXPECT_EQ(h.edges,
              (std::vector<double>{0x1p60, 0x1p60 + 256, 0x1p60 + 512}));
    EXPECT_EQ(h.counts, (std::vector<uint64_t>{2, 4}));
  });
}

TEST(NumbersTest, LeastIntegerIsCountedWhereItsDoubleIsAboveIt) {
  constexpr int64_t kBig = (int64_t{1} << 60) + 255;
  const std::vector<int64_t> values = {kBig, kBig + 10'000};
  on_each_target([&] {
    const Histogram h = *compute_histogram(values, {4, Scale::kLinear, {}});
    EXPECT_EQ(h.min, 0x1p60 + 256);
    EXPECT_EQ(h.edges.front(), h.min);
    EXPECT_EQ(h.counts.front(), 1u);
    EXPECT_EQ(h.counts.back(), 1u);
  });
}

TEST(NumbersTest, BytesAreCounted) {
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 1003; ++i) bytes.push_back(static_cast<uint8_t>(i * i));
  const TensorView every_third(bytes.data() + 999, {333}, {-3});
  const ByteCounts counts = count_bytes(every_third);
  uint64_t expected[256] = {};
  for (int i = 0; i < 333; ++i) ++expected[bytes[999 - 3 * i]];
  for (int b = 0; b < 256; ++b) EXPECT_EQ(counts.of[b], expected[b]) << b;
}

}  // namespace
}  // namespace tblog::internal
