// SPDX-License-Identifier: Apache-2.0

#include "src/hook/watch_kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using tblog::testing::StatusIs;
using ::testing::ElementsAre;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <class T>
class NonfiniteTest : public ::testing::Test {};
using FloatTypes = ::testing::Types<float, double>;
TYPED_TEST_SUITE(NonfiniteTest, FloatTypes);

// At every place of sizes around the kernel's lanes, and nothing but them: the
// largest, smallest and denormal values are finite.
TYPED_TEST(NonfiniteTest, IsCountedAndFoundAtEveryPlace) {
  using Limits = std::numeric_limits<TypeParam>;
  const TypeParam finite[] = {Limits::max(),        Limits::lowest(), 0,
                              Limits::denorm_min(), -Limits::min(),   1};
  for (const size_t size : {1, 15, 16, 17, 40, 1024, 1030}) {
    std::vector<TypeParam> x(size);
    for (size_t i = 0; i < size; ++i) x[i] = finite[i % 6];
    EXPECT_EQ(count_nonfinite(x), 0u);
    EXPECT_FALSE(find_nonfinite(x).has_value());
    for (size_t i = 0; i<size; i += size> 100 ? 101 : 1) {
      for (const double bad : {kInf, -kInf, kNan}) {
        const TypeParam kept = x[i];
        x[i] = static_cast<TypeParam>(bad);
        EXPECT_EQ(count_nonfinite(x), 1u);
        EXPECT_THAT(find_nonfinite(x)->index,
                    ElementsAre(static_cast<int64_t>(i)));
        x[i] = kept;
      }
    }
  }
}

TEST(WatchKernelsTest, TheFirstNonfiniteElementHasItsIndex) {
  std::vector<float> x(2 * 3 * 4, 1.0f);
  x[1 * 12 + 2 * 4 + 3] = INFINITY;
  EXPECT_THAT(find_nonfinite(TensorView(x.data(), {2, 3, 4}))->index,
              ElementsAre(1, 2, 3));
  // The same memory, transposed.
  EXPECT_THAT(
      find_nonfinite(TensorView(x.data(), {4, 3, 2}, {1, 4, 12}))->index,
      ElementsAre(3, 2, 1));
  EXPECT_THAT(find_nonfinite(TensorView(&x[23], {}))->index, ElementsAre());
}

TEST(WatchKernelsTest, IntegersAreFinite) {
  EXPECT_EQ(count_nonfinite(std::vector<int64_t>{1, 2}), 0u);
  EXPECT_FALSE(find_nonfinite(std::vector<uint8_t>{255}).has_value());
}

TEST(WatchKernelsTest, HalvesAreRead) {
  const Float16 x[] = {{0x3c00}, {0x7c00}, {0x7e00}};  // 1, inf, NaN
  EXPECT_EQ(count_nonfinite(TensorView(x, {3})), 2u);
  EXPECT_EQ(find_nonfinite(TensorView(x, {3}))->value, kInf);
}

TEST(WatchKernelsTest, SaturatedAreThoseAtOrBeyondABound) {
  const std::vector<double> x{-2, -1, -0.9, 0, 0.9, 1, kInf, kNan};
  const SaturatedCount count = count_saturated(x, -1, 1);
  EXPECT_EQ(count.saturated, 4u);
  EXPECT_EQ(count.all, 7u);
}

TEST(WatchKernelsTest, UnitsLiveByOneValueOfTheirs) {
  // [2, 3, 2]: channel 0 is zero, channel 1 lives in the second example only.
  std::vector<float> x(12, 0.0f);
  x[6 + 2 + 1] = -1;
  x[4] = NAN;
  std::vector<uint8_t> live(3);
  mark_live_units(TensorView(x.data(), {2, 3, 2}), 1, live);
  EXPECT_THAT(live, ElementsAre(0, 1, 1));
  std::vector<uint8_t> last(2);
  mark_live_units(TensorView(x.data(), {2, 3, 2}), 2, last);
  EXPECT_THAT(last, ElementsAre(1, 1));
}

TEST(WatchKernelsTest, UnitsOfAVectorAreItsElements) {
  const std::vector<int> x{0, 3};
  EXPECT_EQ(unit_axis_of(x, 1), 0u);
  EXPECT_EQ(unit_axis_of(TensorView(x.data(), {1, 2}), -1), 1u);
  EXPECT_EQ(unit_axis_of(TensorView(x.data(), {1, 2}), 2), std::nullopt);
  EXPECT_EQ(unit_axis_of(TensorView(x.data(), {}), 0), std::nullopt);
}

TEST(WatchKernelsTest, ChangeIsOfTheWholeTensor) {
  const std::vector<float> before{3, 4, 0, 0};
  const std::vector<float> after{3, 4, 1, 2};
  const SquaredChange change = squared_change(before, after);
  EXPECT_EQ(change.before, 25);
  EXPECT_EQ(change.change, 5);
  // The copy is row-major, whatever the tensor is.
  const std::vector<float> columns{3, 1, 4, 2};
  EXPECT_EQ(
      squared_change(before, TensorView(columns.data(), {2, 2}, {1, 2})).change,
      5);
}

TEST(WatchKernelsTest, ComplexNumbersAreRefused) {
  EXPECT_THAT(check_countable(std::vector<std::complex<float>>(2)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace tblog::internal
