// SPDX-License-Identifier: Apache-2.0
//
// The inner values of an ONNX model in a runtime that knows no hooks: a copy of
// the model hands them out. The runtime here is OpenCV; with onnxruntime it is
// the same (README.md), and `tblog onnx-tap` makes the copy of a file.
//
//   onnx_digits [--logdir DIR] [--model FILE.onnx] [--layers GLOB]

#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "digits/data.h"
#include "tblog/onnx.h"
#include "tblog/onnx_graph.h"
#include "tblog/opencv_mat.h"
#include "tblog/tblog.h"

namespace {

using tblog::Phase;
using tblog::Rule;

constexpr int64_t kHeldOut = 360;
constexpr int64_t kBatch = 40;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// How many rows of the logits are largest where the label says.
int count_right(const cv::Mat& logits, const int* labels) {
  int right = 0;
  for (int i = 0; i < logits.rows; ++i) {
    cv::Point best;
    cv::minMaxLoc(logits.row(i), nullptr, nullptr, nullptr, &best);
    right += best.x == labels[i] ? 1 : 0;
  }
  return right;
}

int run(const std::string& logdir, const std::string& path,
        const std::string& layers) {
  digits::Dataset test =
      digits::split(digits::read_digits(DIGITS_DATA), kHeldOut).test;

  // The copy whose inner values are outputs.
  const std::string model = read_file(path);
  const absl::StatusOr<tblog::OnnxTap> tap =
      tblog::tap_onnx(model, {.layers = {layers}});
  if (!tap.ok()) throw std::runtime_error(tap.status().ToString());
  for (const auto& value : tap->left_out) {
    std::cerr << "left out: " << value.value << ": " << value.why << '\n';
  }

  // The runtime loads it in place of the model, and is asked for all of them.
  cv::dnn::Net net =
      cv::dnn::readNetFromONNX(tap->model.data(), tap->model.size());
  std::vector<cv::String> names = {"logits"};
  for (const auto& value : tap->values) names.push_back(value.name);

  tblog::SummaryWriter writer(logdir);
  tblog::LayerHooks hooks(writer,
                          {Rule::layers("*").outputs().histogram().stats()});
  const absl::StatusOr<tblog::Graph> graph = tblog::graph_from_onnx(model);
  if (graph.ok()) writer.graph(*graph);

  int right = 0;
  for (int64_t step = 0; step < kHeldOut / kBatch; ++step) {
    const int64_t first = step * kBatch;
    const std::vector<int> sizes = {static_cast<int>(kBatch), 1, 8, 8};
    net.setInput(cv::Mat(sizes, CV_32F, test.images.data() + first * 64));
    std::vector<cv::Mat> outputs;
    net.forward(outputs, names);
    const auto scope = hooks.step(step, Phase::kInference);
    for (size_t i = 1; i < names.size(); ++i) hooks.tap(names[i], outputs[i]);
    const int count =
        count_right(outputs[0], &test.labels[static_cast<size_t>(first)]);
    writer.scalar("accuracy", static_cast<double>(count) / kBatch, step);
    right += count;
  }
  const absl::Status status = writer.close();
  if (!status.ok()) std::cerr << status << '\n';
  std::cout << "\naccuracy on held-out digits: " << 100.0 * right / kHeldOut
            << " %\nlogdir: " << writer.logdir() << '\n';
  return status.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string logdir = "runs/onnx";
  std::string model = DIGITS_MODEL;
  std::string layers = "*";
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--logdir") logdir = argv[i + 1];
    if (name == "--model") model = argv[i + 1];
    if (name == "--layers") layers = argv[i + 1];
  }
  try {
    return run(logdir, model, layers);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
