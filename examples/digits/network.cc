// SPDX-License-Identifier: Apache-2.0

#include "digits/network.h"

#include <cmath>
#include <memory>

namespace digits {

Layers make_network(uint64_t seed) {
  Random random(seed);
  Layers layers;
  auto add = [&layers](auto layer) { layers.push_back(std::move(layer)); };
  add(std::make_unique<Conv2D>("conv1", 1, 16, 3, random));  // 16 × 8 × 8
  add(std::make_unique<BatchNorm2D>("norm1", 16));
  add(std::make_unique<Relu>("relu1"));
  add(std::make_unique<Conv2D>("conv2", 16, 32, 3, random));  // 32 × 8 × 8
  add(std::make_unique<BatchNorm2D>("norm2", 32));
  add(std::make_unique<Relu>("relu2"));
  add(std::make_unique<MaxPool2D>("pool2"));                  // 32 × 4 × 4
  add(std::make_unique<Conv2D>("conv3", 32, 32, 3, random));  // 32 × 4 × 4
  add(std::make_unique<BatchNorm2D>("norm3", 32));
  add(std::make_unique<Relu>("relu3"));
  add(std::make_unique<MaxPool2D>("pool3"));  // 32 × 2 × 2
  add(std::make_unique<Dropout>("dropout", 0.3f, seed + 1));
  add(std::make_unique<Linear>("fc1", 128, 64, random));
  add(std::make_unique<Relu>("relu4"));
  add(std::make_unique<Linear>("fc2", 64, 10, random));
  return layers;
}

void set_training(Layers& layers, bool training) {
  for (auto& layer : layers) layer->set_training(training);
}

Index count_parameters(const Layers& layers) {
  Index count = 0;
  for (const auto& layer : layers) {
    for (const Parameter& p : layer->parameters()) count += p.value.size();
  }
  return count;
}

Adam::Adam(Layers& layers, const Options& options) : options_(options) {
  for (auto& layer : layers) {
    for (Parameter& p : layer->parameters()) {
      const auto zero = Eigen::ArrayXf::Zero(p.value.size());
      slots_.push_back({&p, zero, zero});
    }
  }
}

void Adam::step(float learning_rate) {
  ++steps_;
  const float n = static_cast<float>(steps_);
  const float correction1 = 1.0f - std::pow(options_.beta1, n);
  const float correction2 = 1.0f - std::pow(options_.beta2, n);
  for (Slot& slot : slots_) {
    auto value = slot.parameter->value.array();
    const auto gradient = slot.parameter->gradient.array();
    slot.mean += (1 - options_.beta1) * (gradient - slot.mean);
    slot.mean_square +=
        (1 - options_.beta2) * (gradient.square() - slot.mean_square);
    value *= 1.0f - learning_rate * options_.weight_decay;
    value -= learning_rate * (slot.mean / correction1) /
             ((slot.mean_square / correction2).sqrt() + options_.epsilon);
  }
}

}  // namespace digits
