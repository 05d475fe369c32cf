// SPDX-License-Identifier: Apache-2.0

#include "digits/tour.h"

#include <algorithm>
#include <iomanip>
#include <numeric>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "digits/loss.h"
#include "digits/picture.h"
#include "digits/tensor_source.h"
#include "tblog/forward.h"
#include "tblog/histogram.h"
#include "tblog/layer_hooks.h"

namespace digits {
namespace {

constexpr size_t kBatch = 32;

// `count` held-out digits from `first` on.
Dataset batch_of(const Dataset& data, Index first, size_t count) {
  std::vector<Index> indices(count);
  std::iota(indices.begin(), indices.end(), first);
  return select(data, indices);
}

void headline(std::ostream& out, std::string_view title,
              std::string_view code) {
  out << "\n── " << title << "\n   " << code << "\n\n";
}

// Some layers by their names: asked for once, then there after each step.
void show_by_name(Layers& layers, const Dataset& digits, std::ostream& out) {
  headline(out, "outputs of some layers, by name",
           R"(hooks.capture({"conv1", "dropout", "fc2"}))");
  tblog::LayerHooks hooks;
  tblog::Capture captured = hooks.capture({"conv1", "dropout", "fc2"});
  {
    auto scope = hooks.step(0, tblog::Phase::kInference);
    tblog::forward(hooks, layers, digits.images);
  }
  captured.print(out);
}

// The same by index; #-1 is the last layer.
void show_by_index(Layers& layers, const Dataset& digits, std::ostream& out) {
  headline(out, "by index", R"(hooks.capture({"#0..#2", "#-1"}))");
  tblog::LayerHooks hooks;
  const auto binding = tblog::attach(hooks, layers);
  if (!binding.ok()) {
    out << binding.status() << '\n';
    return;
  }
  tblog::Capture captured = hooks.capture({"#0..#2", "#-1"});
  {
    auto scope = hooks.step(0, tblog::Phase::kInference);
    tblog::forward(hooks, layers, digits.images);
  }
  captured.print(out);
}

// Everything, batch after batch: a table of mean outputs.
void show_each_batch(Layers& layers, const Dataset& data, std::ostream& out) {
  headline(out, "all layers, for each batch: mean outputs",
           R"(hooks.capture({"*"}))");
  constexpr int kBatches = 4;
  tblog::LayerHooks hooks;
  tblog::Capture captured = hooks.capture({"*"});
  std::vector<std::string> names;
  std::vector<std::vector<double>> means;
  for (int b = 0; b < kBatches; ++b) {
    {
      auto scope = hooks.step(b, tblog::Phase::kInference);
      tblog::forward(hooks, layers,
                     batch_of(data, b * Index{kBatch}, kBatch).images);
    }
    names = captured.names();
    means.resize(names.size());
    for (size_t i = 0; i < names.size(); ++i) {
      const auto stats = tblog::compute_stats(captured[names[i]]);
      means[i].push_back(stats.ok() ? stats->mean : 0);
    }
  }
  for (size_t i = 0; i < names.size(); ++i) {
    out << "   " << std::left << std::setw(8) << names[i] << std::right;
    for (const double mean : means[i]) out << std::setw(10) << mean;
    out << '\n';
  }
}

// As far as a layer and no further; and from there on.
void show_partly(Layers& layers, const Dataset& digits, std::ostream& out) {
  headline(out, "only as far as a layer: a digit, and four channels of relu1",
           R"(forward_until(layers, digit, {"relu1"}))");
  const Tensor digit = batch_of(digits, 0, 1).images;
  const auto seen = tblog::forward_until(layers, digit, {"relu1"});
  if (!seen.ok()) {
    out << seen.status() << '\n';
    return;
  }
  const Tensor& relu1 = (*seen)["relu1"];
  const auto left = draw_channels(digit, 1), right = draw_channels(relu1, 4);
  for (size_t y = 0; y < left.size(); ++y) {
    out << "   " << left[y] << " │ " << right[y] << '\n';
  }

  const auto logits = tblog::forward_range(layers, relu1, "conv2", "#-1");
  if (!logits.ok()) {
    out << logits.status() << '\n';
    return;
  }
  out << "\n   and from there to the end, forward_range(layers, relu1, "
         "\"conv2\", \"#-1\"): a "
      << largest(*logits, 0) << " (it is a " << digits.labels[0] << ")\n";
}

void print_stats(const Tensor& outputs, std::ostream& out) {
  const auto stats = tblog::compute_stats(outputs);
  if (!stats.ok()) {
    out << "   " << stats.status();
    return;
  }
  out << std::setw(10) << stats->mean << std::setw(8) << stats->std
      << std::setw(8) << 100 * stats->zero_fraction << " %";
}

// What dropout and batch normalisation do: the same digits through the same
// layers in both phases.
void show_phases(Layers& layers, const Dataset& digits, std::ostream& out) {
  headline(out, "the same digits in inference and in training",
           "forward_all(layers, x), twice");
  set_training(layers, false);
  const auto inference = tblog::forward_all(layers, digits.images);
  set_training(layers, true);
  const auto training = tblog::forward_all(layers, digits.images);
  set_training(layers, false);
  out << "            ───────── inference ────────  ───────── training "
         "─────────"
         "   largest\n                 mean     std     zeros       mean     "
         "std     zeros   difference\n";
  for (const std::string name :
       {"conv1", "norm1", "relu1", "pool3", "dropout", "fc2"}) {
    const Tensor &a = inference[name], &b = training[name];
    out << "   " << std::left << std::setw(8) << name << std::right;
    print_stats(a, out);
    print_stats(b, out);
    out << std::setw(13) << (a.array() - b.array()).abs().maxCoeff() << '\n';
  }
  out << "\n   conv1 is the same. norm1 uses the batch's own mean and variance "
         "in training, running\n   averages in inference. dropout zeroes 30 % "
         "in training and scales up the rest.\n";
}

}  // namespace

void take_tour(Layers& layers, const Dataset& held_out, std::ostream& out) {
  const auto flags = out.flags();
  out << std::fixed << std::setprecision(3);
  set_training(layers, false);
  const Dataset digits = batch_of(held_out, 0, kBatch);
  show_by_name(layers, digits, out);
  show_by_index(layers, digits, out);
  show_each_batch(layers, held_out, out);
  show_partly(layers, digits, out);
  show_phases(layers, digits, out);
  out.flags(flags);
}

}  // namespace digits
