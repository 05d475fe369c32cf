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

// A bell that fades, of two notes for two ears.
void write_audio(SummaryWriter& writer) {
  constexpr int64_t kRate = 8000;
  for (int64_t step = 0; step < 2; ++step) {
    std::vector<float> samples;
    for (int64_t i = 0; i < kRate / 2; ++i) {
      const double t = static_cast<double>(i) / kRate;
      for (double hertz : {440.0, 554.0 + 100.0 * static_cast<double>(step)}) {
        samples.push_back(
            static_cast<float>(0.8 * std::exp(-4 * t) *
                               std::sin(2 * std::numbers::pi * hertz * t)));
      }
    }
    writer.audio("bell", {samples.data(), {kRate / 2, 2}}, step * 10,
                 {.sample_rate_hz = kRate});
  }
}

// The band around a line.
void write_layout(SummaryWriter& writer) {
  for (int64_t step = 0; step < kSteps; ++step) {
    const double t = static_cast<double>(step) / kSteps;
    const double value = 1 - std::exp(-4 * t), width = 0.3 * (1 - t);
    writer.scalars({{"band/value", value},
                    {"band/lower", value - width},
                    {"band/upper", value + width}},
                   step);
  }
  tblog::CustomScalarLayout layout;
  layout.category("Chosen charts")
      .multiline("loss and accuracy", {"loss", "accuracy"})
      .margin("band", {{"band/value", "band/lower", "band/upper"}});
  writer.layout(layout);
}

// Ten trials in the table of hyperparameters.
void write_trials(SummaryWriter& root) {
  tblog::HParamsExperiment experiment;
  experiment.hparams = {{"learning rate"}, {"optimizer"}, {"amp"}};
  experiment.metrics = {{"score"}};
  experiment.write(root);
  Random random(5);
  for (int i = 0; i < 10; ++i) {
    SummaryWriter trial = root.child("trials/" + std::to_string(i));
    trial.hparams({{"learning rate", 0.001 * (1 << i)},
                   {"optimizer", i % 2 == 0 ? "adam" : "sgd"},
                   {"amp", i % 3 == 0}});
    for (int64_t step = 0; step < kSlowSteps; ++step) {
      const double done = static_cast<double>(step + 1) / kSlowSteps;
      trial.scalar("score", 100 * i + done + 0.01 * random.next(), step);
    }
  }
}

// Three clouds of points, labelled.
void write_embedding(SummaryWriter& writer) {
  constexpr int64_t kPoints = 150, kDimensions = 8;
  Random random(9);
  std::vector<float> points;
  std::vector<std::string> labels;
  for (int64_t i = 0; i < kPoints; ++i) {
    for (int64_t d = 0; d < kDimensions; ++d)
      points.push_back(
          static_cast<float>((d == i % 3 ? 4 : 0) + 0.5 * random.normal()));
    labels.push_back("cloud " + std::to_string(i % 3));
  }
  writer.embedding("fc1", {points.data(), {kPoints, kDimensions}}, 0,
                   {.labels = labels});
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
  SummaryWriter root(argv[1], options());
  SummaryWriter model = root.child("model");
  write_embedding(model);  // TensorBoard looks for it when the run is new
  SummaryWriter test = model.child("test");
  for (SummaryWriter* writer : {&model, &test})
    writer->describe("loss", {"Loss", "Mean cross entropy, in *nats*."});
  write_scalars(model, 0.05, 1);
  write_scalars(test, 0.1, 2);
  write_layers(model);
  write_histograms(model);
  write_images(model);
  write_audio(model);
  write_curves(model);
  write_graph(model);
  write_layout(model);
  write_meshes(model);
  write_texts(model);
  write_trials(root);
  if (const absl::Status status = root.close(); !status.ok()) content = false;
  return content ? EXIT_SUCCESS : EXIT_FAILURE;
}
