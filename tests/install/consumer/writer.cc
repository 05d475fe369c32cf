// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "tblog/tblog.h"

int main() {
  tblog::SummaryWriter writer("runs/mnist");
  for (int step = 0; step < 10; ++step)
    writer.scalar("loss/train", 1.0 / (1 + step), step);
  if (absl::Status status = writer.close(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
}
