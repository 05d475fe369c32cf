// SPDX-License-Identifier: Apache-2.0
#include "tblog/torch.h"

#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <iostream>

#include "tblog/tblog.h"

int main() {
  tblog::Hooked<torch::nn::Linear> model(4, 1);
  tblog::SummaryWriter writer("runs/torch");
  tblog::LayerHooks hooks(
      writer, {tblog::Rule::layers("*").outputs().gradients().histogram()});
  const absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, model);
  for (int64_t step = 0; step < 10; ++step) {
    const auto scope = hooks.step(step, tblog::Phase::kTrain);
    const at::Tensor loss = model(at::ones({2, 4})).pow(2).mean();
    loss.backward();
    writer.scalar("loss/train", loss, step);
  }
  if (absl::Status status = writer.close(); !status.ok() || !binding.ok()) {
    std::cerr << status << ' ' << binding.status() << '\n';
    return 1;
  }
}
