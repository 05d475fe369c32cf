// SPDX-License-Identifier: Apache-2.0
//
// Softmax cross entropy of a batch, with its gradient.

#ifndef EXAMPLES_DIGITS_LOSS_H_
#define EXAMPLES_DIGITS_LOSS_H_

#include <span>

#include "digits/tensor.h"

namespace digits {

struct Loss {
  double mean = 0;       // over the batch, in nats
  Index correct = 0;     // items whose largest logit is their label's
  Tensor probabilities;  // softmax of the logits, [batch, classes]
  Tensor gradient;       // of the mean by the logits, [batch, classes]
};

// `logits`: [batch, classes]. `labels`: one a row, in [0, classes).
Loss softmax_cross_entropy(const Tensor& logits, std::span<const int> labels);

// The column of the largest value in row `row`.
int largest(const Tensor& rows, Index row);

}  // namespace digits

#endif  // EXAMPLES_DIGITS_LOSS_H_
