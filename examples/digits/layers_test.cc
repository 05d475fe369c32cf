// SPDX-License-Identifier: Apache-2.0
//
// Every backward() against the slope that forward() itself has.

#include "digits/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "digits/loss.h"

namespace digits {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;

Tensor random_tensor(const Shape& shape, uint64_t seed) {
  Random random(seed);
  Tensor t(shape);
  for (float& v : t.array()) v = static_cast<float>(random.normal());
  return t;
}

// Σ a·b in double, so that its differences are worth something.
double dot(const Tensor& a, const Tensor& b) {
  return (a.array().cast<double>() * b.array().cast<double>()).sum();
}

// The slope of `f` by each element of `at`, by central differences.
Tensor numeric_gradient(Tensor& at, const std::function<double()>& f) {
  constexpr float kStep = 1e-2f;
  Tensor gradient(at.shape());
  for (Index i = 0; i < at.size(); ++i) {
    const float before = at[i];
    at[i] = before + kStep;
    const double above = f();
    at[i] = before - kStep;
    const double below = f();
    at[i] = before;
    gradient[i] = static_cast<float>((above - below) / (2 * kStep));
  }
  return gradient;
}

void expect_near(const Tensor& analytic, const Tensor& numeric,
                 const std::string& what) {
  ASSERT_EQ(analytic.shape(), numeric.shape()) << what;
  const float scale = std::max(1.0f, numeric.array().abs().maxCoeff());
  const float error = (analytic.array() - numeric.array()).abs().maxCoeff();
  EXPECT_LT(error, 2e-3f * scale) << what;
  EXPECT_GT(numeric.array().abs().maxCoeff(), 0.01f) << what << " tests zeros";
}

// The loss is Σ w·forward(x) with random w, so that w is the gradient by y.
void check_gradients(Layer& layer, Tensor x) {
  const Tensor w = random_tensor(layer.forward(x).shape(), 99);
  auto loss = [&] { return dot(layer.forward(x), w); };
  loss();
  const Tensor by_input = layer.backward(w);
  std::vector<Tensor> by_parameter;
  for (const Parameter& p : layer.parameters()) {
    by_parameter.push_back(p.gradient);
  }
  expect_near(by_input, numeric_gradient(x, loss), layer.name() + " input");
  for (size_t i = 0; i < by_parameter.size(); ++i) {
    Parameter& p = layer.parameters()[i];
    expect_near(by_parameter[i], numeric_gradient(p.value, loss),
                layer.name() + " " + p.name);
  }
}

TEST(Conv2DTest, BackwardIsTheSlopeOfForward) {
  Random random(1);
  Conv2D layer("conv", 2, 3, 3, random);
  check_gradients(layer, random_tensor({2, 2, 5, 4}, 2));
}

TEST(Conv2DTest, IdentityKernelKeepsTheImageAndItsBorder) {
  Random random(1);
  Conv2D layer("conv", 1, 1, 3, random);
  layer.parameters()[0].value.array().setZero();
  layer.parameters()[0].value[4] = 1;
  const Tensor x = random_tensor({2, 1, 3, 4}, 3);
  EXPECT_EQ(layer.forward(x).array().matrix(), x.array().matrix());
}

TEST(Conv2DTest, KernelLooksBeyondTheBorderAtZeros) {
  Random random(1);
  Conv2D layer("conv", 1, 1, 3, random);
  layer.parameters()[0].value.array().setZero();
  layer.parameters()[0].value[5] = 1;  // the right neighbour
  Tensor x({1, 1, 1, 3});
  x.array() << 1, 2, 3;
  EXPECT_THAT(layer.forward(x).array(), ElementsAre(2, 3, 0));
}

TEST(BatchNorm2DTest, BackwardIsTheSlopeOfForwardInTraining) {
  BatchNorm2D layer("norm", 2);
  layer.set_training(true);
  layer.parameters()[0].value.array() << 1.5f, -0.5f;
  check_gradients(layer, random_tensor({3, 2, 2, 3}, 4));
}

TEST(BatchNorm2DTest, BackwardIsTheSlopeOfForwardInInference) {
  BatchNorm2D layer("norm", 2);
  layer.set_training(true);
  layer.forward(random_tensor({3, 2, 2, 3}, 5));
  layer.set_training(false);
  check_gradients(layer, random_tensor({3, 2, 2, 3}, 6));
}

TEST(BatchNorm2DTest, TrainingGivesEachChannelMeanZeroAndVarianceOne) {
  BatchNorm2D layer("norm", 1);
  layer.set_training(true);
  Tensor x = random_tensor({4, 1, 3, 3}, 7);
  x.array() = x.array() * 5 + 3;
  const Tensor y = layer.forward(x);
  EXPECT_NEAR(y.array().mean(), 0, 1e-5);
  EXPECT_NEAR(y.array().square().mean(), 1, 1e-4);
}

TEST(BatchNorm2DTest, RunningStatisticsApproachTheInputs) {
  BatchNorm2D layer("norm", 1);
  layer.set_training(true);
  Tensor x({1, 1, 1, 2});
  x.array() << 2, 6;  // mean 4, unbiased variance 8
  for (int i = 0; i < 200; ++i) layer.forward(x);
  EXPECT_NEAR(layer.running_mean()[0], 4, 1e-3);
  EXPECT_NEAR(layer.running_variance()[0], 8, 1e-3);
  layer.set_training(false);
  const Tensor y = layer.forward(x);
  EXPECT_NEAR(y[1], 2 / std::sqrt(8.0f), 1e-3);
}

TEST(ReluTest, BackwardPassesWhereTheInputIsPositive) {
  Relu layer("relu");
  Tensor x({1, 4}), g({1, 4});
  x.array() << -1, 2, 0, 3;
  g.array() << 5, 6, 7, 8;
  EXPECT_THAT(layer.forward(x).array(), ElementsAre(0, 2, 0, 3));
  EXPECT_THAT(layer.backward(g).array(), ElementsAre(0, 6, 0, 8));
}

TEST(MaxPool2DTest, TakesTheLargestOfEachBlockAndSendsItsGradientBack) {
  MaxPool2D layer("pool");
  Tensor x({1, 1, 2, 4}), g({1, 1, 1, 2});
  x.array() << 1, 5, -3, -2,  //
      4, 2, -1, -4;
  g.array() << 10, 20;
  EXPECT_THAT(layer.forward(x).array(), ElementsAre(5, -1));
  EXPECT_THAT(layer.backward(g).array(), ElementsAre(0, 10, 0, 0, 0, 0, 20, 0));
}

TEST(MaxPool2DTest, BackwardIsTheSlopeOfForward) {
  MaxPool2D layer("pool");
  Tensor x({2, 3, 4, 2});  // no two elements closer than the difference's step
  for (Index i = 0; i < x.size(); ++i) {
    x[i] = 0.1f * static_cast<float>(i * 29 % x.size());
  }
  check_gradients(layer, x);
}

TEST(DropoutTest, TrainingZeroesTheRateAndKeepsTheMean) {
  Dropout layer("dropout", 0.25f, 8);
  layer.set_training(true);
  Tensor x({100, 100});
  x.array().setOnes();
  const Tensor y = layer.forward(x);
  EXPECT_NEAR((y.array() == 0.0f).cast<float>().mean(), 0.25, 0.02);
  EXPECT_NEAR(y.array().mean(), 1, 0.02);
}

TEST(DropoutTest, BackwardUsesTheMaskOfForward) {
  Dropout layer("dropout", 0.5f, 9);
  layer.set_training(true);
  Tensor ones({4, 5});
  ones.array().setOnes();
  const Tensor y = layer.forward(ones);
  EXPECT_EQ(layer.backward(ones).array().matrix(), y.array().matrix());
}

TEST(DropoutTest, InferenceIsTheIdentity) {
  Dropout layer("dropout", 0.5f, 10);
  const Tensor x = random_tensor({4, 5}, 11);
  EXPECT_EQ(layer.forward(x).array().matrix(), x.array().matrix());
  EXPECT_EQ(layer.backward(x).array().matrix(), x.array().matrix());
}

TEST(LinearTest, BackwardIsTheSlopeOfForward) {
  Random random(12);
  Linear layer("fc", 6, 4, random);
  check_gradients(layer, random_tensor({3, 6}, 13));
}

TEST(LinearTest, BackwardGivesImagesTheirShapeBack) {
  Random random(14);
  Linear layer("fc", 8, 3, random);
  check_gradients(layer, random_tensor({2, 2, 2, 2}, 15));
}

TEST(SoftmaxCrossEntropyTest, GradientIsTheSlopeOfTheMean) {
  Tensor logits = random_tensor({3, 4}, 16);
  const std::vector<int> labels = {2, 0, 3};
  const Tensor analytic = softmax_cross_entropy(logits, labels).gradient;
  expect_near(
      analytic,
      numeric_gradient(
          logits, [&] { return softmax_cross_entropy(logits, labels).mean; }),
      "logits");
}

TEST(SoftmaxCrossEntropyTest, EqualLogitsCostTheLogarithmOfTheClasses) {
  const Loss loss =
      softmax_cross_entropy(Tensor({2, 10}), std::vector<int>{0, 7});
  EXPECT_NEAR(loss.mean, std::log(10.0), 1e-6);
  EXPECT_THAT(loss.probabilities.array(), Each(FloatNear(0.1f, 1e-6f)));
}

TEST(SoftmaxCrossEntropyTest, HugeLogitsDoNotOverflow) {
  Tensor logits({1, 3});
  logits.array() << 1e4f, -1e4f, 0;
  const Loss loss = softmax_cross_entropy(logits, std::vector<int>{0});
  EXPECT_NEAR(loss.mean, 0, 1e-6);
  EXPECT_EQ(loss.correct, 1);
}

}  // namespace
}  // namespace digits
