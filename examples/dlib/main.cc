// SPDX-License-Identifier: Apache-2.0
//
// A LeNet-like network in dlib that learns handwritten digits, and what has to
// be added to it so that TensorBoard shows its layers: the lines that name
// tblog.
//
//   dlib_digits [--logdir DIR] [--epochs N]

#include <dlib/dnn.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "digits/data.h"
#include "tblog/dlib.h"
#include "tblog/tblog.h"

namespace {

using tblog::Phase;
using tblog::Rule;
using Image = dlib::matrix<float>;

constexpr int64_t kHeldOut = 360;
constexpr size_t kBatch = 32;
constexpr double kRate = 8e-3;  // falls to zero

// Inference on the held-out digits. The phase's name is that of its run.
constexpr Phase kTest("test");

// layer<1> is fc, … layer<9> the first con: the names are "fc_1", …, "con_9".
using Net = dlib::loss_multiclass_log<dlib::fc<
    10,
    dlib::htan<dlib::fc<
        48,
        dlib::max_pool<
            2, 2, 2, 2,
            dlib::relu<dlib::con<
                24, 3, 3, 1, 1,
                dlib::max_pool<2, 2, 2, 2,
                               dlib::relu<dlib::con<
                                   12, 3, 3, 1, 1, dlib::input<Image>>>>>>>>>>>;

// ---- What is looked at ----

tblog::LayerHooks make_hooks(const tblog::SummaryWriter& writer,
                             int64_t epoch_steps) {
  tblog::HookOptions options;
  options.phase_runs = tblog::PhaseRuns::kChild;  // runs "train" and "test"
  return tblog::LayerHooks(
      writer,
      {Rule::layers("*").outputs().gradients().histogram().every(epoch_steps),
       Rule::layers("*")
           .weights()
           .weight_gradients()
           .histogram()
           .every(epoch_steps)
           .in(Phase::kTrain),
       Rule::type("relu").outputs().watch_dead_units().in(Phase::kTrain),
       Rule::type("con, fc").gradients().watch_norm(),
       Rule::type("relu").outputs().image_grid().in(kTest)},
      options);
}

// ---- Data ----

struct Digits {
  std::vector<Image> images;  // 8 · 8
  std::vector<unsigned long> labels;
};

Digits to_matrices(const digits::Dataset& data) {
  Digits digits;
  for (digits::Index i = 0; i < data.size(); ++i) {
    digits.images.push_back(
        dlib::mat(data.images.data() + i * data.images.item_size(), 8, 8));
    digits.labels.push_back(
        static_cast<unsigned long>(data.labels[static_cast<size_t>(i)]));
  }
  return digits;
}

// Moved by a pixel at most, each way: another hand.
Image moved(const Image& image, std::mt19937& random) {
  const long down = static_cast<long>(random() % 3) - 1;
  const long right = static_cast<long>(random() % 3) - 1;
  Image result = dlib::zeros_matrix<float>(8, 8);
  for (long r = std::max(0L, down); r < std::min(8L, 8 + down); ++r) {
    for (long c = std::max(0L, right); c < std::min(8L, 8 + right); ++c)
      result(r, c) = image(r - down, c - right);
  }
  return result;
}

// ---- Training ----

double accuracy(const std::vector<unsigned long>& found,
                const std::vector<unsigned long>& labels) {
  const auto right = std::inner_product(
      found.begin(), found.end(), labels.begin(), size_t{0}, std::plus<>(),
      [](unsigned long a, unsigned long b) { return a == b ? 1u : 0u; });
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

int run(const std::string& logdir, int64_t epochs) {
  std::srand(1);  // by which dlib makes the first weights
  std::mt19937 random(1);
  const digits::Split data =
      digits::split(digits::read_digits(DIGITS_DATA), kHeldOut);
  const Digits train = to_matrices(data.train), test = to_matrices(data.test);
  const auto epoch_steps = static_cast<int64_t>(train.labels.size() / kBatch);

  Net net;
  std::vector<dlib::adam> solvers(Net::num_computational_layers,
                                  dlib::adam(1e-4f, 0.9f, 0.999f));
  tblog::SummaryWriter writer(logdir);
  tblog::SummaryWriter train_writer = writer.child("train");
  tblog::SummaryWriter test_writer = writer.child("test");
  tblog::LayerHooks hooks = make_hooks(writer, epoch_steps);
  const absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, net);
  if (!binding.ok()) {
    std::cerr << binding.status() << '\n';
    return 1;
  }

  double right = 0;
  std::vector<size_t> order(train.labels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    const double rate = kRate * static_cast<double>(epochs - epoch) /
                        static_cast<double>(epochs);
    std::shuffle(order.begin(), order.end(), random);
    for (int64_t batch = 0; batch < epoch_steps; ++batch) {
      const int64_t step = epoch * epoch_steps + batch;
      std::vector<Image> images;
      std::vector<unsigned long> labels;
      for (size_t i = 0; i < kBatch; ++i) {
        const size_t chosen = order[static_cast<size_t>(batch) * kBatch + i];
        images.push_back(moved(train.images[chosen], random));
        labels.push_back(train.labels[chosen]);
      }
      auto scope = hooks.step(step, Phase::kTrain);
      // was: net.compute_parameter_gradients(…)
      const double loss = tblog::compute_parameter_gradients(
          hooks, net, images.begin(), images.end(), labels.begin());
      scope.end_backward();  // before the weights change
      net.update_parameters(solvers, rate);
      train_writer.scalar("loss", loss, step);
    }
    const int64_t step = (epoch + 1) * epoch_steps;
    const auto scope = hooks.step(step, kTest);
    // was: net(test.images)
    right = accuracy(tblog::forward(hooks, net, test.images, kHeldOut),
                     test.labels);
    test_writer.scalar("accuracy", right, step);
  }
  const absl::Status status = writer.close();
  if (!status.ok()) std::cerr << status << '\n';
  std::cout << "\naccuracy on held-out digits: " << 100 * right << " %\n"
            << "logdir: " << writer.logdir() << '\n';
  return status.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string logdir = "runs/dlib";
  int64_t epochs = 16;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--logdir") logdir = argv[i + 1];
    if (name == "--epochs") epochs = std::atoll(argv[i + 1]);
  }
  try {
    return run(logdir, epochs);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
