// SPDX-License-Identifier: Apache-2.0
//
// The network of this example, a row of layers, and how it learns.

#ifndef EXAMPLES_DIGITS_NETWORK_H_
#define EXAMPLES_DIGITS_NETWORK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "digits/layers.h"
#include "digits/tensor.h"

namespace digits {

using Layers = std::vector<std::unique_ptr<Layer>>;

// Reads [batch, 1, 8, 8] in [0, 1], gives [batch, 10] logits. The same seed
// gives the same network.
Layers make_network(uint64_t seed);

void set_training(Layers& layers, bool training);

Index count_parameters(const Layers& layers);

// Adam with decoupled weight decay (arXiv:1711.05101).
class Adam {
 public:
  struct Options {
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float epsilon = 1e-8f;
    float weight_decay = 1e-2f;
  };

  // Keeps pointers to the parameters of `layers`, which must outlive it.
  Adam(Layers& layers, const Options& options);
  explicit Adam(Layers& layers) : Adam(layers, Options()) {}

  // Moves every parameter against its gradient.
  void step(float learning_rate);

 private:
  struct Slot {
    Parameter* parameter;
    Eigen::ArrayXf mean;
    Eigen::ArrayXf mean_square;
  };

  Options options_;
  std::vector<Slot> slots_;
  int64_t steps_ = 0;
};

}  // namespace digits

#endif  // EXAMPLES_DIGITS_NETWORK_H_
