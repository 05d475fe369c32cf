// SPDX-License-Identifier: Apache-2.0
#include "tblog/dlib.h"

#include <cstdint>
#include <iostream>
#include <vector>

#include "tblog/tblog.h"

int main() {
  using Sample = dlib::matrix<float, 0, 1>;
  dlib::loss_mean_squared<
      dlib::fc<1, dlib::htan<dlib::fc<4, dlib::input<Sample>>>>>
      net;
  dlib::dnn_trainer<decltype(net)> trainer(net);
  tblog::SummaryWriter writer("runs/dlib");
  tblog::LayerHooks hooks(
      writer, {tblog::Rule::layers("*").outputs().weights().histogram()});
  const absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, trainer);
  const std::vector<Sample> samples(8, Sample(dlib::ones_matrix<float>(3, 1)));
  const std::vector<float> labels(8, 1.0f);
  for (int64_t step = 0; step < 10; ++step) {
    const auto scope = hooks.step(step, tblog::Phase::kTrain);
    trainer.train_one_step(samples, labels);
    tblog::show(hooks, trainer);
  }
  if (absl::Status status = writer.close(); !status.ok() || !binding.ok()) {
    std::cerr << status << ' ' << binding.status() << '\n';
    return 1;
  }
}
