// SPDX-License-Identifier: Apache-2.0
//
// The layers of a torch::nn::Sequential as a row that forward.h runs: hooks on
// stock layers of any type, with or without parameters, and partial forward
// passes.
//
//   std::vector<tblog::SequentialLayer> layers = tblog::layers_of(model);
//   auto binding = tblog::attach(hooks, layers);
//   Tensor y = tblog::forward(hooks, layers, x);        // as model->forward(x)
//   auto until = tblog::forward_until(layers, x, {"conv2"});
//   auto rest = tblog::forward_range(layers, z, "conv3", "#-1");
//
// For models that are one Sequential whose layers take and return one tensor.
// The same row serves every step; gradients of outputs are not seen.

#ifndef TBLOG_TORCH_SEQUENTIAL_H_
#define TBLOG_TORCH_SEQUENTIAL_H_

#include <torch/nn/module.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/modules/container/sequential.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tblog/forward.h"
#include "tblog/torch_attach.h"
#include "tblog/torch_tensor.h"

namespace tblog {

// One layer of the row; shares the module with the Sequential.
class SequentialLayer {
 public:
  struct Parameter {
    std::string name;
    at::Tensor value;
    std::optional<at::Tensor> gradient;
  };

  SequentialLayer(std::string name, torch::nn::AnyModule layer)
      : name_(std::move(name)),
        layer_(std::move(layer)),
        type_(internal::type_of(*layer_.ptr())) {}

  std::string_view name() const { return name_; }
  std::string_view type() const { return type_; }
  bool training() const { return layer_.ptr()->is_training(); }
  at::Tensor forward(const at::Tensor& x) { return layer_.forward(x); }
  std::vector<Parameter> parameters() const {
    std::vector<Parameter> parameters;
    for (const auto& item : layer_.ptr()->named_parameters()) {
      parameters.push_back({item.key(), item.value(), std::nullopt});
      const at::Tensor& gradient = item.value().grad();
      if (gradient.defined()) parameters.back().gradient = gradient;
    }
    return parameters;
  }

 private:
  std::string name_;
  torch::nn::AnyModule layer_;
  std::string type_;
};

inline std::vector<SequentialLayer> layers_of(
    torch::nn::SequentialImpl& model) {
  std::vector<SequentialLayer> layers;
  const auto names = model.named_children().keys();
  size_t i = 0;
  for (const torch::nn::AnyModule& layer : model) {
    layers.emplace_back(names[i++], layer);
  }
  return layers;
}
inline std::vector<SequentialLayer> layers_of(torch::nn::Sequential& model) {
  return layers_of(*model);
}

}  // namespace tblog

#endif  // TBLOG_TORCH_SEQUENTIAL_H_
