// SPDX-License-Identifier: Apache-2.0
//
// The smallest program that logs: a loss and the distribution of some weights.

#include <cmath>
#include <cstdint>
#include <iostream>
#include <vector>

#include "tblog/tblog.h"

int main() {
  tblog::SummaryWriter writer("runs/minimal");
  std::vector<float> weights(1000);
  for (int64_t step = 0; step < 100; ++step) {
    for (size_t i = 0; i < weights.size(); ++i) {  // instead of training
      weights[i] = std::sin(0.01f * float(i)) * (1 + 0.05f * float(step));
    }
    writer.scalar("loss", std::exp(-0.05 * double(step)), step);
    if (step % 10 == 0) writer.histogram("weights", weights, step);
  }
  if (absl::Status status = writer.close(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  std::cout << "tensorboard --logdir " << writer.logdir() << '\n';
}
