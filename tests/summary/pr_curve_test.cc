// SPDX-License-Identifier: Apache-2.0

#include "src/summary/pr_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tblog/proto/plugins.pb.h"
#include "tests/summary/encoded.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// By the definition: each threshold counts all pairs anew. A prediction is
// positive at the threshold i / (n - 1) where its bucket is at least i.
std::vector<std::vector<double>> by_definition(
    const std::vector<double>& labels, const std::vector<double>& predictions,
    const std::vector<double>& weights, int n) {
  std::vector<std::vector<double>> rows(6, std::vector<double>(n));
  for (int t = 0; t < n; ++t) {
    for (size_t i = 0; i < labels.size(); ++i) {
      const double p = std::clamp(predictions[i], 0.0, 1.0);
      const bool above = std::floor(p * (n - 1)) >= t;
      const bool positive = labels[i] != 0;
      const int row = positive ? (above ? 0 : 3) : (above ? 1 : 2);
      rows[row][t] += weights[i];
    }
    rows[4][t] = rows[0][t] / std::max(1e-7, rows[0][t] + rows[1][t]);
    rows[5][t] = rows[0][t] / std::max(1e-7, rows[0][t] + rows[3][t]);
  }
  return rows;
}

TEST(PrCurveTest, IsAsTheDefinitionSaysOverRandomValues) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    const int n = 2 + static_cast<int>(random() % 300);
    const size_t pairs = random() % 3000;
    std::vector<double> labels, predictions, weights;
    for (size_t i = 0; i < pairs; ++i) {
      labels.push_back(random() % 2);
      predictions.push_back(random() % 5 == 0 ? (random() % 11) / 10.0
                                              : std::uniform_real_distribution(
                                                    -0.1, 1.1)(random));
      weights.push_back(random() % 8 / 4.0);  // sums are exact
    }
    const auto curve =
        compute_pr_curve(labels, predictions, {n, TensorView(weights)});
    ASSERT_TRUE(curve.ok()) << curve.status();
    const auto expected = by_definition(labels, predictions, weights, n);
    for (size_t row = 0; row < 6; ++row)
      EXPECT_EQ(curve->rows[row], expected[row]) << row << " of " << n;
  }
}

TEST(PrCurveTest, LabelsAndPredictionsOfManyTypes) {
  const std::vector<float> predictions = {0.1f, 0.9f, 0.6f};
  const std::vector<uint8_t> u8 = {0, 1, 255};
  const std::vector<int64_t> i64 = {0, -1, 7};
  const std::vector<double> f64 = {-0.0, 1e-300, kInfinity};
  const bool booleans[] = {false, true, true};
  for (const TensorView& labels :
       {TensorView(u8), TensorView(i64), TensorView(f64), TensorView(booleans),
        TensorView(u8.data(), {3, 1})}) {
    const auto curve = compute_pr_curve(labels, predictions, {3});
    ASSERT_TRUE(curve.ok()) << curve.status();
    EXPECT_THAT(curve->rows[PrCurve::kTp], ElementsAre(2, 2, 0));
    EXPECT_THAT(curve->rows[PrCurve::kFp], ElementsAre(1, 0, 0));
  }
  const std::vector<uint8_t> sure = {0, 1, 1};
  const auto curve = compute_pr_curve(u8, sure, {2});
  ASSERT_TRUE(curve.ok());
  EXPECT_THAT(curve->rows[PrCurve::kTp], ElementsAre(2, 2));
}

TEST(PrCurveTest, OutsideIsClampedAndNanLeftOut) {
  const std::vector<double> predictions = {-kInfinity, kInfinity, kNaN, 2, 0.5};
  const std::vector<double> labels = {1, 1, 1, 0, kNaN};
  const std::vector<double> weights = {1, 2, 4, 8, 16};
  const auto curve = compute_pr_curve(labels, predictions, {2, weights});
  ASSERT_TRUE(curve.ok());
  EXPECT_TRUE(curve->clamped);
  EXPECT_EQ(curve->nan, 2u);
  EXPECT_THAT(curve->rows[PrCurve::kTp], ElementsAre(3, 2));
  EXPECT_THAT(curve->rows[PrCurve::kFp], ElementsAre(8, 8));
}

TEST(PrCurveTest, NoPairsAreACurveOfZeros) {
  const std::vector<float> none;
  const auto curve = compute_pr_curve(none, none, {2});
  ASSERT_TRUE(curve.ok());
  for (const auto& row : curve->rows) EXPECT_THAT(row, ElementsAre(0, 0));
}

TEST(PrCurveTest, RefusalsNameWhatIsWrong) {
  const std::vector<float> one = {0.5f};
  const std::vector<float> two = {0.5f, 0.5f};
  const auto code = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(compute_pr_curve(one, two, {}).status(),
              StatusIs(code, HasSubstr("1 labels for 2 predictions")));
  EXPECT_THAT(compute_pr_curve(two, two, {201, one}).status(),
              StatusIs(code, HasSubstr("1 weights for 2 predictions")));
  for (int thresholds : {-1, 0, 1, 1'000'001})
    EXPECT_THAT(compute_pr_curve(one, one, {thresholds}).status(),
                StatusIs(code, HasSubstr("thresholds")));
  for (double weight : {-1.0, kNaN, kInfinity}) {
    EXPECT_THAT(
        compute_pr_curve(one, one, {2, std::vector<double>{weight}}).status(),
        StatusIs(code, HasSubstr("weight")));
  }
  const std::vector<double> huge = {1.7e308, 1.7e308};
  EXPECT_THAT(compute_pr_curve(two, two, {2, huge}).status(),
              StatusIs(code, HasSubstr("sum")));
  EXPECT_THAT(compute_pr_curve(TensorView::invalid("sparse"), one, {}).status(),
              StatusIs(code, HasSubstr("labels: sparse")));
  EXPECT_THAT(
      compute_pr_curve(one, one, {2, TensorView::invalid("sparse")}).status(),
      StatusIs(code, HasSubstr("weights: sparse")));
  const std::complex<float> complex[1] = {};
  EXPECT_THAT(compute_pr_curve(complex, one, {}).status(),
              StatusIs(code, HasSubstr("complex64")));
}

TEST(PrCurveTest, CountsAreTakenAsTheyAre) {
  const std::vector<int> tp = {4, 2, 0}, fp = {3, 1, 0}, tn = {0, 2, 3},
                         fn = {0, 2, 4};
  auto curve = pr_curve_of_counts({tp, fp, tn, fn});
  ASSERT_TRUE(curve.ok()) << curve.status();
  EXPECT_THAT(curve->rows[PrCurve::kTn], ElementsAre(0, 2, 3));
  EXPECT_THAT(curve->rows[PrCurve::kPrecision],
              ElementsAre(4.0 / 7, 2.0 / 3, 0));
  EXPECT_THAT(curve->rows[PrCurve::kRecall], ElementsAre(1, 0.5, 0));
  const std::vector<float> given = {0.25f, 0.5f, 1};
  curve = pr_curve_of_counts({tp, fp, tn, fn, given, given});
  ASSERT_TRUE(curve.ok());
  EXPECT_THAT(curve->rows[PrCurve::kPrecision], ElementsAre(0.25, 0.5, 1));
}

TEST(PrCurveTest, BadCountsAreRefused) {
  const std::vector<double> two = {1, 0};
  const auto code = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(pr_curve_of_counts({two, std::vector<double>{1}, two, two}),
              StatusIs(code, HasSubstr("false_positives has 1 numbers")));
  for (double number : {-1.0, kNaN, kInfinity}) {
    const std::vector<double> bad = {number, 0};
    EXPECT_THAT(pr_curve_of_counts({two, two, two, bad}),
                StatusIs(code, HasSubstr("false_negatives")));
    EXPECT_THAT(pr_curve_of_counts({two, two, two, two, bad}),
                StatusIs(code, HasSubstr("precision")));
  }
  const std::vector<double> one = {1};
  EXPECT_THAT(pr_curve_of_counts({one, one, one, one}),
              StatusIs(code, HasSubstr("thresholds")));
  EXPECT_THAT(
      pr_curve_of_counts({TensorView::invalid("sparse"), two, two, two}),
      StatusIs(code, HasSubstr("sparse")));
}

template <class T>
std::string raw(const PrCurve& curve) {
  std::string bytes;
  for (const auto& row : curve.rows) {
    for (double number : row) {
      const T narrow = static_cast<T>(number);
      bytes.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
    }
  }
  return bytes;
}

TEST(PrCurveTest, IsAsGeneratedCodeWritesIt) {
  std::mt19937 random(3);
  for (size_t n : {2u, 3u, 201u, 1000u}) {
    for (double largest : {1.0, 0x1p24, 0x1p24 + 1, 1e300}) {
      PrCurve curve;
      for (auto& row : curve.rows) {
        for (size_t i = 0; i < n; ++i)
          row.push_back(std::uniform_real_distribution(0.0, 1.0)(random));
      }
      curve.rows[PrCurve::kTn][n - 1] = largest;
      const bool wide = largest > 0x1p24;
      proto::TensorProto tensor =
          tensor_of(wide ? proto::DT_DOUBLE : proto::DT_FLOAT,
                    {6, static_cast<int64_t>(n)});
      tensor.set_tensor_content(wide ? raw<double>(curve) : raw<float>(curve));
      EXPECT_EQ(encode_pr_curve(curve), bytes_of(tensor));
    }
    proto::PrCurvePluginData content;
    content.set_num_thresholds(static_cast<uint32_t>(n));
    EXPECT_EQ(encode_pr_curve_content(n), bytes_of(content));
  }
}

}  // namespace
}  // namespace tblog::internal
