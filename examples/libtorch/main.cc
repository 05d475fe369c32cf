// SPDX-License-Identifier: Apache-2.0
//
// A small convolutional network in LibTorch that learns handwritten digits, and
// what has to be added to it so that TensorBoard shows its layers: the lines
// that name tblog.
//
//   libtorch_digits [--logdir DIR] [--epochs N]

#include <torch/nn.h>
#include <torch/optim.h>
#include <torch/utils.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include "digits/data.h"
#include "tblog/tblog.h"
#include "tblog/torch.h"

namespace {

namespace nn = torch::nn;
using tblog::Phase;
using tblog::Rule;
using torch::Tensor;

constexpr int64_t kHeldOut = 360;
constexpr int64_t kBatch = 32;
constexpr double kRate = 4e-3;  // falls to zero

// Inference on the held-out digits. The phase's name is that of its run.
constexpr Phase kTest("test");

// ---- The model: Hooked<nn::Conv2d> where nn::Conv2d stood ----

struct NetImpl : nn::Module {
  NetImpl() {
    conv1 = register_module(
        "conv1",
        tblog::Hooked<nn::Conv2d>(nn::Conv2dOptions(1, 16, 3).padding(1)));
    norm1 = register_module("norm1", tblog::Hooked<nn::BatchNorm2d>(16));
    relu1 = register_module("relu1", tblog::Hooked<nn::ReLU>());
    conv2 = register_module(
        "conv2",
        tblog::Hooked<nn::Conv2d>(nn::Conv2dOptions(16, 32, 3).padding(1)));
    norm2 = register_module("norm2", tblog::Hooked<nn::BatchNorm2d>(32));
    relu2 = register_module("relu2", tblog::Hooked<nn::ReLU>());
    fc1 = register_module("fc1", tblog::Hooked<nn::Linear>(32 * 2 * 2, 64));
    dropout = register_module("dropout", tblog::Hooked<nn::Dropout>(0.3));
    fc2 = register_module("fc2", tblog::Hooked<nn::Linear>(64, 10));
  }
  Tensor forward(Tensor x) {
    x = torch::max_pool2d(relu1(norm1(conv1(x))), 2);
    x = torch::max_pool2d(relu2(norm2(conv2(x))), 2);
    return fc2(dropout(torch::relu(fc1(x.flatten(1)))));
  }

  tblog::Hooked<nn::Conv2d> conv1{nullptr}, conv2{nullptr};
  tblog::Hooked<nn::BatchNorm2d> norm1{nullptr}, norm2{nullptr};
  tblog::Hooked<nn::ReLU> relu1{nullptr}, relu2{nullptr};
  tblog::Hooked<nn::Linear> fc1{nullptr}, fc2{nullptr};
  tblog::Hooked<nn::Dropout> dropout{nullptr};
};
TORCH_MODULE(Net);

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
       Rule::layers("norm*, dropout").outputs().stats(),
       Rule::layers("relu1, relu2").outputs().image_grid().in(kTest),
       Rule::layers("relu*").outputs().watch_dead_units().in(Phase::kTrain),
       Rule::layers("*").gradients().watch_norm()},
      options);
}

// ---- Data ----

struct Digits {
  Tensor images;  // [count, 1, 8, 8]
  Tensor labels;  // [count]
};

Digits to_tensors(digits::Dataset data) {
  return {torch::from_blob(data.images.data(), {data.size(), 1, 8, 8}).clone(),
          torch::tensor(data.labels, torch::kLong)};
}

// All of them moved by a pixel at most, each way: another hand.
Tensor moved(const Tensor& images) {
  const Tensor by = torch::randint(3, {2});
  return torch::constant_pad_nd(images, {1, 1, 1, 1})
      .narrow(2, by[0].item<int64_t>(), 8)
      .narrow(3, by[1].item<int64_t>(), 8);
}

// ---- Training ----

double accuracy(const Tensor& logits, const Tensor& labels) {
  return (logits.argmax(1) == labels).to(torch::kDouble).mean().item<double>();
}

double evaluate(Net& net, tblog::LayerHooks& hooks,
                tblog::SummaryWriter& writer, const Digits& digits,
                int64_t step) {
  const torch::NoGradGuard no_grad;
  net->eval();
  const auto scope = hooks.step(step, kTest);
  const Tensor logits = net(digits.images);
  const double right = accuracy(logits, digits.labels);
  writer.scalar("loss", torch::cross_entropy_loss(logits, digits.labels), step);
  writer.scalar("accuracy", right, step);
  net->train();
  return right;
}

int run(const std::string& logdir, int64_t epochs) {
  torch::manual_seed(1);
  const digits::Split data =
      digits::split(digits::read_digits(DIGITS_DATA), kHeldOut);
  const Digits train = to_tensors(data.train), test = to_tensors(data.test);
  const int64_t epoch_steps = train.labels.size(0) / kBatch;

  Net net;
  torch::optim::AdamW optimizer(net->parameters(), kRate);

  tblog::SummaryWriter writer(logdir);
  tblog::SummaryWriter train_writer = writer.child("train");
  tblog::SummaryWriter test_writer = writer.child("test");
  tblog::LayerHooks hooks = make_hooks(writer, epoch_steps);
  const absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, *net);
  if (!binding.ok()) {
    std::cerr << binding.status() << '\n';
    return 1;
  }
  hooks.log_graph();

  double right = 0;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    for (auto& group : optimizer.param_groups()) {
      group.options().set_lr(kRate * static_cast<double>(epochs - epoch) /
                             static_cast<double>(epochs));
    }
    const Tensor order = torch::randperm(train.labels.size(0));
    for (int64_t batch = 0; batch < epoch_steps; ++batch) {
      const int64_t step = epoch * epoch_steps + batch;
      const Tensor chosen =
          order.slice(0, batch * kBatch, (batch + 1) * kBatch);
      const Tensor labels = train.labels.index_select(0, chosen);
      auto scope = hooks.step(step, Phase::kTrain);
      optimizer.zero_grad();
      const Tensor logits = net(moved(train.images.index_select(0, chosen)));
      const Tensor loss = torch::cross_entropy_loss(logits, labels);
      loss.backward();
      scope.end_backward();  // before the weights change
      optimizer.step();
      train_writer.scalar("loss", loss, step);
      train_writer.scalar("accuracy", accuracy(logits, labels), step);
    }
    right = evaluate(net, hooks, test_writer, test, (epoch + 1) * epoch_steps);
  }
  const absl::Status status = writer.close();
  if (!status.ok()) std::cerr << status << '\n';
  std::cout << "\naccuracy on held-out digits: " << 100 * right << " %\n"
            << "logdir: " << writer.logdir() << '\n';
  return status.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string logdir = "runs/libtorch";
  int64_t epochs = 30;
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
