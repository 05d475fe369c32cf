// SPDX-License-Identifier: Apache-2.0
//
// Writes a log directory with every kind, to be looked at on TensorBoard's
// pages: a small training that never was.
//
//   write_pages LOGDIR
//
// Exit status: 0 when nothing was refused or reported.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <numbers>
#include <string>
#include <vector>

#include "tblog/tblog.h"

namespace {

using tblog::SummaryWriter;

bool content = true;

tblog::WriterOptions options() {
  tblog::WriterOptions options;
  options.on_error = [](const absl::Status& status) {
    std::cerr << status << '\n';
    content = false;
  };
  return options;
}

// Of the same numbers each time, in [0, 1).
class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 1664525u + 1013904223u;
    return (state_ >> 8) / 16777216.0;
  }
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += next();
    return sum;
  }

 private:
  uint32_t state_;
};

constexpr int64_t kSteps = 100;
constexpr int64_t kSlowSteps = 10;  // of what is logged every tenth step

// 14 tags of one group, of which TensorBoard shows 12 at once.
constexpr int kLayers = 14;

void write_scalars(SummaryWriter& writer, double noise, uint32_t seed) {
  Random random(seed);
  for (int64_t step = 0; step < kSteps; ++step) {
    const double t = static_cast<double>(step) / kSteps;
    const double loss =
        2.3 * std::exp(-3 * t) + 0.15 + noise * random.normal() * (1 - t / 2);
    const double accuracy = 0.97 - 0.87 * std::exp(-4 * t);
    writer.scalars({{"loss", loss}, {"accuracy", accuracy}}, step);
  }
}

void write_layers(SummaryWriter& writer) {
  for (int layer = 0; layer < kLayers; ++layer) {
    for (int64_t step = 0; step < kSlowSteps; ++step) {
      const double mean = std::sin(0.4 * static_cast<double>(step) + layer);
      const std::string number =
          (layer < 10 ? "0" : "") + std::to_string(layer);
      writer.scalar("layers/mean " + number, mean, step * 10);
    }
  }
}

void write_histograms(SummaryWriter& writer) {
  for (int64_t step = 0; step < kSlowSteps; ++step) {
    Random random(static_cast<uint32_t>(step));
    std::vector<float> weights;
    for (int i = 0; i < 2000; ++i) {
      const double width = 0.3 + 0.1 * static_cast<double>(step);
      weights.push_back(static_cast<float>(width * random.normal() +
                                           0.2 * static_cast<double>(step)));
    }
    writer.histogram("conv1/weights", weights, step * 10);
  }
}

// Rings that grow with the step: [height, width, 3].
std::vector<float> rings(int size, double phase) {
  std::vector<float> pixels;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const double r = std::hypot(x - size / 2.0, y - size / 2.0) / size;
      for (int c = 0; c < 3; ++c) {
        pixels.push_back(static_cast<float>(
            0.5 + 0.5 * std::cos(20 * r - phase + c * std::numbers::pi / 3)));
      }
    }
  }
  return pixels;
}

void write_images(SummaryWriter& writer) {
  constexpr int kSize = 64;
  for (int64_t step = 0; step < 3; ++step) {
    const std::vector<float> pixels = rings(kSize, static_cast<double>(step));
    writer.image("rings", {pixels.data(), {kSize, kSize, 3}}, step * 10);
  }
}

void write_curves(SummaryWriter& writer) {
  Random random(11);
  for (int64_t step = 0; step < 3; ++step) {
    std::vector<uint8_t> labels;
    std::vector<float> predictions;
    for (int i = 0; i < 500; ++i) {
      const bool positive = random.next() < 0.4;
      const double skill = 0.2 + 0.1 * static_cast<double>(step);
      const double p =
          0.5 + (positive ? skill : -skill) + 0.2 * random.normal();
      labels.push_back(positive);
      predictions.push_back(static_cast<float>(std::clamp(p, 0.0, 1.0)));
    }
    writer.pr_curve("digits/three", labels, predictions, step * 10);
  }
}

// A torus of 24 × 12 vertices.
void write_meshes(SummaryWriter& writer) {
  constexpr int kAround = 24, kAcross = 12, kVertices = kAround * kAcross;
  std::vector<float> vertices, colors;
  std::vector<int32_t> faces;
  for (int i = 0; i < kAround; ++i) {
    for (int j = 0; j < kAcross; ++j) {
      const double u = 2 * std::numbers::pi * i / kAround;
      const double v = 2 * std::numbers::pi * j / kAcross;
      const double r = 2 + std::cos(v);
      for (double c : {r * std::cos(u), r * std::sin(u), std::sin(v)})
        vertices.push_back(static_cast<float>(c));
      for (double c : {std::cos(u), std::sin(u), std::cos(v)})
        colors.push_back(static_cast<float>(0.5 + 0.5 * c));
      const int here = i * kAcross + j, side = i * kAcross + (j + 1) % kAcross;
      const int next = (here + kAcross) % kVertices;
      const int other = (side + kAcross) % kVertices;
      for (int corner : {here, next, side, side, next, other})
        faces.push_back(corner);
    }
  }
  const tblog::TensorView points(vertices.data(), {kVertices, 3});
  const tblog::TensorView rgb(colors.data(), {kVertices, 3});
  writer.mesh("torus", {points, {faces.data(), {2 * kVertices, 3}}, rgb}, 0);
  writer.mesh("torus points", {points, {}, rgb}, 0);
}

// Blocks that repeat, of which the page draws one colour, and their times.
void write_graph(SummaryWriter& writer) {
  tblog::Graph graph;
  tblog::RunMetadata times;
  graph.node("image", "Placeholder").output_shape({32, 1, 24, 24});
  std::string before = "image";
  std::chrono::microseconds start{0};
  for (int block = 1; block <= 3; ++block) {
    const std::string scope = "block" + std::to_string(block) + "/";
    for (const std::string layer : {"conv", "norm", "relu"}) {
      graph.node(scope + layer, layer)
          .input(before)
          .output_shape({32, 16 * block, 24, 24}, tblog::DType::kFloat32);
      before = scope + layer;
      const std::chrono::microseconds took{layer == "conv" ? 300 * block : 20};
      times.node(before).start(start).duration(took).memory(block << 20);
      start += took;
    }
  }
  graph.node("logits", "Linear").input(before).output_shape({32, 10});
  writer.graph(graph);
  writer.run_metadata("train/forward", times, 90);
}

void write_texts(SummaryWriter& writer) {
  writer.text("notes",
              "**A training that never was**, for TensorBoard's pages.\n\n"
              "| layer | output |\n|---|---|\n| conv1 | `[16, 24, 24]` |\n"
              "| fc2 | `[10]` |\n",
              0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_pages LOGDIR\n";
    return EXIT_FAILURE;
  }
  const std::string logdir = argv[1];
  SummaryWriter writer(logdir + "/model", options());
  writer.describe("loss", {"Loss", "Mean cross entropy, in *nats*."});
  write_scalars(writer, 0.05, 1);
  write_layers(writer);
  write_histograms(writer);
  write_images(writer);
  write_curves(writer);
  write_meshes(writer);
  write_graph(writer);
  write_texts(writer);
  SummaryWriter test = writer.child("test");
  test.describe("loss", {"Loss", "Mean cross entropy, in *nats*."});
  write_scalars(test, 0.1, 2);
  if (const absl::Status status = writer.close(); !status.ok()) content = false;
  return content ? EXIT_SUCCESS : EXIT_FAILURE;
}
