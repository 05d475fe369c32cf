// SPDX-License-Identifier: Apache-2.0

#include "digits/loss.h"

#include <cmath>

namespace digits {

Loss softmax_cross_entropy(const Tensor& logits, std::span<const int> labels) {
  Loss loss;
  loss.probabilities = Tensor(logits.shape());
  loss.gradient = Tensor(logits.shape());
  const auto count = static_cast<float>(logits.dim(0));
  for (Index n = 0; n < logits.dim(0); ++n) {
    const int label = labels[static_cast<size_t>(n)];
    const auto z = logits.matrix().row(n).array();
    const float max = z.maxCoeff();  // exp() of it and less cannot overflow
    const float log_sum = max + std::log((z - max).exp().sum());
    loss.mean += (log_sum - z[label]) / count;
    loss.correct += largest(logits, n) == label;
    auto p = loss.probabilities.matrix().row(n).array();
    p = (z - log_sum).exp();
    auto g = loss.gradient.matrix().row(n).array();
    g = p / count;
    g[label] -= 1.0f / count;
  }
  return loss;
}

int largest(const Tensor& rows, Index row) {
  Index column = 0;
  rows.matrix().row(row).maxCoeff(&column);
  return static_cast<int>(column);
}

}  // namespace digits
