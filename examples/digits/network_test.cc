// SPDX-License-Identifier: Apache-2.0

#include "digits/network.h"

#include <gtest/gtest.h>

#include <numeric>
#include <span>
#include <vector>

#include "digits/data.h"
#include "digits/loss.h"

namespace digits {
namespace {

constexpr float kLearningRate = 3e-3f;

Tensor forward(Layers& layers, Tensor x) {
  for (auto& layer : layers) x = layer->forward(x);
  return x;
}

void backward(Layers& layers, Tensor gradient) {
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    gradient = (*layer)->backward(gradient);
  }
}

Dataset first_digits(size_t count) {
  std::vector<Index> indices(count);
  std::iota(indices.begin(), indices.end(), Index{0});
  return select(read_digits(DIGITS_DATA), indices);
}

// Trains on `data` as one batch, and returns the loss of each step.
std::vector<double> train(Layers& layers, const Dataset& data, int steps) {
  Adam adam(layers);
  set_training(layers, true);
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    const Loss loss =
        softmax_cross_entropy(forward(layers, data.images), data.labels);
    losses.push_back(loss.mean);
    backward(layers, loss.gradient);
    adam.step(kLearningRate);
  }
  return losses;
}

TEST(NetworkTest, GivesTenLogitsAnImage) {
  Layers layers = make_network(1);
  EXPECT_EQ(forward(layers, Tensor({3, 1, 8, 8})).shape(), (Shape{3, 10}));
  EXPECT_EQ(count_parameters(layers), 23'034);
}

TEST(NetworkTest, LearnsAFewDigitsByHeart) {
  Layers layers = make_network(2);
  const Dataset data = first_digits(32);
  const std::vector<double> losses = train(layers, data, 60);
  EXPECT_GT(losses.front(), 2);
  EXPECT_LT(losses.back(), 0.1);
  set_training(layers, false);
  const Loss loss =
      softmax_cross_entropy(forward(layers, data.images), data.labels);
  EXPECT_EQ(loss.correct, data.size());
}

TEST(NetworkTest, SameSeedTrainsTheSame) {
  const Dataset data = first_digits(16);
  Layers a = make_network(3), b = make_network(3), c = make_network(4);
  const std::vector<double> losses = train(a, data, 3);
  EXPECT_EQ(losses, train(b, data, 3));
  EXPECT_NE(losses, train(c, data, 3));
}

TEST(AdamTest, MovesAgainstTheGradientByTheLearningRateAtFirst) {
  Layers layers;
  layers.push_back(std::make_unique<BatchNorm2D>("norm", 2));
  Parameter& scale = layers[0]->parameters()[0];
  Adam adam(layers, {.weight_decay = 0});
  scale.gradient.array() << 5, -0.01f;
  adam.step(0.1f);
  EXPECT_NEAR(scale.value[0], 0.9, 1e-5);
  EXPECT_NEAR(scale.value[1], 1.1, 1e-5);
}

TEST(AdamTest, WeightDecayShrinksWithoutAGradient) {
  Layers layers;
  layers.push_back(std::make_unique<BatchNorm2D>("norm", 1));
  Adam adam(layers, {.weight_decay = 0.5f});
  adam.step(0.1f);
  EXPECT_NEAR(layers[0]->parameters()[0].value[0], 0.95, 1e-6);
}

}  // namespace
}  // namespace digits
