// SPDX-License-Identifier: Apache-2.0
#include "tblog/opencv.h"

#include <cstdint>
#include <iostream>
#include <vector>

#include "tblog/tblog.h"

int main() {
  cv::dnn::Net net;
  cv::dnn::LayerParams params;
  net.addLayerToPrev("relu", "ReLU", params);
  net.addLayerToPrev("softmax", "Softmax", params);
  tblog::SummaryWriter writer("runs/opencv");
  tblog::LayerHooks hooks(writer,
                          {tblog::Rule::layers("*").outputs().histogram()});
  const absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, net);
  const cv::Mat blob(std::vector<int>{2, 3, 4, 4}, CV_32F, cv::Scalar(1));
  for (int64_t step = 0; step < 10; ++step) {
    const auto scope = hooks.step(step, tblog::Phase::kEval);
    net.setInput(blob);
    writer.histogram("result", tblog::forward(hooks, net), step);
  }
  if (absl::Status status = writer.close(); !status.ok() || !binding.ok()) {
    std::cerr << status << ' ' << binding.status() << '\n';
    return 1;
  }
}
