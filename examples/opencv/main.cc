// SPDX-License-Identifier: Apache-2.0
//
// A network for handwritten digits in OpenCV's module dnn, and what has to be
// added so that TensorBoard shows its layers: the lines that name tblog. The
// digits get noisier from step to step, and one sees which layer notices first.
//
//   opencv_digits [--logdir DIR] [--model FILE.onnx]

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "digits/data.h"
#include "tblog/opencv.h"
#include "tblog/tblog.h"

namespace {

using tblog::Phase;
using tblog::Rule;

constexpr int64_t kHeldOut = 360;
constexpr int64_t kSteps = 40;
constexpr double kNoiseAStep = 0.02;  // standard deviation; ink is 1

// ---- What is looked at ----

std::vector<Rule> rules() {
  return {Rule::layers("*").outputs().histogram(),
          Rule::layers("norm*, fc").outputs().stats(),
          Rule::layers("relu1, relu2").outputs().image_grid().every(10),
          Rule::type("Convolution").weights().histogram().every(kSteps),
          Rule::layers("*").times().every(10)};
}

// ---- Data ----

// [count, 1, 8, 8], as Net::setInput() takes it. The Dataset keeps the memory.
cv::Mat blob_of(digits::Dataset& data) {
  const std::vector<int> sizes = {static_cast<int>(data.size()), 1, 8, 8};
  return cv::Mat(sizes, CV_32F, data.images.data());
}

double accuracy(const cv::Mat& logits, const std::vector<int>& labels) {
  int right = 0;
  for (int i = 0; i < logits.rows; ++i) {
    cv::Point best;
    cv::minMaxLoc(logits.row(i), nullptr, nullptr, nullptr, &best);
    right += best.x == labels[static_cast<size_t>(i)] ? 1 : 0;
  }
  return static_cast<double>(right) / logits.rows;
}

// ---- Inference ----

int run(const std::string& logdir, const std::string& model) {
  digits::Dataset test =
      digits::split(digits::read_digits(DIGITS_DATA), kHeldOut).test;
  const cv::Mat clean = blob_of(test);
  cv::theRNG().state = 1;

  cv::dnn::Net net = cv::dnn::readNetFromONNX(model);
  tblog::SummaryWriter writer(logdir);
  tblog::LayerHooks hooks(writer, rules());
  const absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, net);
  if (!binding.ok()) {
    std::cerr << binding.status() << '\n';
    return 1;
  }
  hooks.log_graph();

  double first = 0;
  for (int64_t step = 0; step < kSteps; ++step) {
    cv::Mat noise(clean.dims, clean.size.p, CV_32F);
    cv::randn(noise, 0, kNoiseAStep * static_cast<double>(step));
    const auto scope = hooks.step(step, Phase::kInference);
    net.setInput(clean + noise);
    const cv::Mat logits = tblog::forward(hooks, net);  // was: net.forward()
    const double right = accuracy(logits, test.labels);
    writer.scalar("accuracy", right, step);
    if (step == 0) first = right;
  }
  for (const std::string& report : hooks.reports()) std::cerr << report << '\n';
  const absl::Status status = writer.close();
  if (!status.ok()) std::cerr << status << '\n';
  std::cout << "\naccuracy on held-out digits: " << 100 * first << " %\n"
            << "logdir: " << writer.logdir() << '\n';
  return status.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string logdir = "runs/opencv";
  std::string model = DIGITS_MODEL;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--logdir") logdir = argv[i + 1];
    if (name == "--model") model = argv[i + 1];
  }
  try {
    return run(logdir, model);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
