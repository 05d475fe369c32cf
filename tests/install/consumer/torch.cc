// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <iostream>

#include "tblog/tblog.h"
#include "tblog/torch_tensor.h"

int main() {
  tblog::SummaryWriter writer("runs/torch");
  for (int step = 0; step < 10; ++step)
    writer.scalar("loss/train", at::ones({}) / (1 + step), step);
  if (absl::Status status = writer.close(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
}
