// SPDX-License-Identifier: Apache-2.0
//
// Untouched: hooks on the stock layers of a LibTorch model of which nothing is
// changed, not even a type:
//
//   auto binding = tblog::attach(hooks, *model, tblog::Untouched{});
//   for (const std::string& layer : binding->unseen()) …  // these it cannot
//   see
//
// An operator that reads a layer's parameters makes what the layer returns; in
// steps in which a rule is due, LibTorch tells of each operator
// (at::RecordFunction), and in all others of none. That way are seen: Linear,
// Bilinear, Conv1d to 3d, ConvTranspose1d to 3d, BatchNorm1d to 3d,
// InstanceNorm1d to 3d, LayerNorm, GroupNorm, Embedding, EmbeddingBag, PReLU,
// RNN, LSTM, GRU and their cells: outputs and their gradients, and times, equal
// to those of the same model with Hooked layers; weights of all. Not seen, and
// listed by Binding::unseen(): layers without parameters (ReLU, MaxPool2d,
// Dropout, …), modules of the user's own, MultiheadAttention; nor the inputs of
// any layer. Not seen either, and found in never_fired(): a layer that computes
// with another tensor than it has registered (fc->weight = embedding->weight;
// tie weights by set_data()), or, under autocast, with copies of them. Hooked
// layers in the same model show what they show always.

#ifndef TBLOG_TORCH_UNTOUCHED_H_
#define TBLOG_TORCH_UNTOUCHED_H_

#include <ATen/core/ivalue.h>
#include <ATen/record_function.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/clock.h"
#include "tblog/layer_hooks.h"
#include "tblog/leaves.h"
#include "tblog/torch_attach.h"
#include "tblog/torch_operators.h"
#include "tblog/torch_point.h"
#include "tblog/torch_tensor.h"

namespace tblog {

struct Untouched {};

namespace internal {

// ---- The observer of one model ----

class TorchProducts;

class TorchObserver {
 public:
  struct Layer {
    Layer(torch::nn::Module& module_in, const StockModule* stock_in,
          size_t index_in)
        : module(module_in), stock(stock_in), index(index_in) {}

    TorchModuleRef module;
    const StockModule* stock;
    size_t index;  // in the Binding
    Switch due;
    LayerProbe probe;
    // As long as operators are told of:
    std::vector<const void*> reads;
    TransposedWeight weight;     // of a Linear
    const void* bias = nullptr;  // likewise
  };

  // An operator that a layer is made of.
  struct Match {
    std::shared_ptr<Layer> layer;
    bool is_product = false;  // of a Linear, whose bias is still to be added
  };

  explicit TorchObserver(std::vector<std::shared_ptr<Layer>> layers)
      : layers_(std::move(layers)) {}

  // What tells an operator of this layer apart: its parameters, or its buffers
  // where it has none.
  static std::vector<const void*> reads_of(const torch::nn::Module& module) {
    std::vector<const void*> reads;
    for (const auto& item : module.named_parameters(/*recurse=*/false)) {
      reads.push_back(item.value().unsafeGetTensorImpl());
    }
    if (!reads.empty()) return reads;
    for (const auto& item : module.named_buffers(/*recurse=*/false)) {
      if (item.key() == "num_batches_tracked") continue;  // is not passed on
      reads.push_back(item.value().unsafeGetTensorImpl());
    }
    return reads;
  }

  bool any_due() const noexcept {
    return std::any_of(layers_.begin(), layers_.end(), [](const auto& layer) {
      return layer->due.wants_any(TorchPoint::kCall);
    });
  }
  void connect(const Binding& binding) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& layer : layers_) {
      layer->probe = binding.probe(layer->index);
    }
  }
  // Parameters may be others than when it was last asked.
  void learn() {
    const std::lock_guard<std::mutex> lock(mutex_);
    readers_.clear();
    linears_.clear();
    for (const auto& layer : layers_) {
      const std::shared_ptr<torch::nn::Module> module = layer->module.lock();
      if (module == nullptr) continue;
      layer->reads = reads_of(*module);
      for (const void* tensor : layer->reads) {
        readers_[tensor].push_back(layer);
      }
      if (layer->stock->operators[0] == "aten::addmm") {
        learn_linear(layer, *module);
      }
    }
  }

  // What this operator is to a layer; null where it is none's. `products`: of
  // this thread.
  std::optional<Match> find(const at::RecordFunction& function,
                            const TorchProducts& products) const;

  LayerProbe probe(const Layer& layer) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return layer.probe;
  }

 private:
  using Tensors = std::vector<at::Tensor>;

  void learn_linear(const std::shared_ptr<Layer>& layer,
                    const torch::nn::Module& module) {
    const auto parameters = module.named_parameters(/*recurse=*/false);
    const at::Tensor* const weight = parameters.find("weight");
    const at::Tensor* const bias = parameters.find("bias");
    if (weight == nullptr || weight->dim() != 2) return;
    layer->weight = TransposedWeight(*weight);
    layer->bias = bias == nullptr ? nullptr : bias->unsafeGetTensorImpl();
    linears_[layer->weight.storage()].push_back(layer);
  }
  // Of matmul(input, weight.t()).
  std::optional<Match> find_product(const Tensors& inputs) const {
    if (inputs.size() != 2) return std::nullopt;
    const auto linears = linears_.find(TransposedWeight::storage_of(inputs[1]));
    if (linears == linears_.end()) return std::nullopt;
    for (const std::shared_ptr<Layer>& layer : linears->second) {
      if (is_due(*layer) && layer->weight.is(inputs[1])) {
        return Match{layer, layer->bias != nullptr};
      }
    }
    return std::nullopt;
  }
  static bool is_due(const Layer& layer) {
    return layer.due.wants_any(TorchPoint::kCall);
  }
  // Whether an operator of this name makes what the layer, which reads one of
  // `inputs`, returns.
  static bool makes(const Layer& layer, std::string_view name,
                    const Tensors& inputs, const TorchProducts& products);
  static bool contains_all(const Tensors& all,
                           const std::vector<const void*>& some) {
    return std::all_of(some.begin(), some.end(), [&](const void* one) {
      return std::any_of(all.begin(), all.end(), [&](const at::Tensor& tensor) {
        return tensor.unsafeGetTensorImpl() == one;
      });
    });
  }

  const std::vector<std::shared_ptr<Layer>> layers_;
  mutable std::mutex mutex_;
  using LayersBy =
      std::unordered_map<const void*, std::vector<std::shared_ptr<Layer>>>;
  LayersBy readers_;  // by the tensors that they read
  LayersBy linears_;  // by the storage of their weight
};

// Products of a thread to which their Linear has still to add its bias.
class TorchProducts {
 public:
  struct Product {
    const TorchObserver::Layer* layer;
    const void* tensor;
    Clock::Monotonic begin;
  };

  void add(const Product& product) {
    // What an exception has left behind must not pile up.
    if (products_.size() >= kMost) products_.erase(products_.begin());
    products_.push_back(product);
  }
  const Product* find(const TorchObserver::Layer& layer,
                      const at::Tensor& tensor) const {
    for (const Product& product : products_) {
      if (product.layer == &layer &&
          product.tensor == tensor.unsafeGetTensorImpl()) {
        return &product;
      }
    }
    return nullptr;
  }
  // Takes out that of this layer, and gives when it began.
  std::optional<Clock::Monotonic> take(const TorchObserver::Layer& layer) {
    for (auto it = products_.begin(); it != products_.end(); ++it) {
      if (it->layer != &layer) continue;
      const Clock::Monotonic begin = it->begin;
      products_.erase(it);
      return begin;
    }
    return std::nullopt;
  }

 private:
  static constexpr size_t kMost = 16;
  std::vector<Product> products_;
};
inline thread_local TorchProducts torch_products;
// Operators of layers that this thread is in: what these are made of is no
// layer's.
inline thread_local int torch_operator_depth = 0;

inline bool TorchObserver::makes(const Layer& layer, std::string_view name,
                                 const Tensors& inputs,
                                 const TorchProducts& products) {
  if (name == "aten::addmm") {
    return inputs.size() == 3 &&
           inputs[0].unsafeGetTensorImpl() == layer.bias &&
           layer.weight.is(inputs[2]);
  }
  if (name == "aten::add_") {
    return inputs.size() == 2 &&
           inputs[1].unsafeGetTensorImpl() == layer.bias &&
           products.find(layer, inputs[0]) != nullptr;
  }
  return (layer.stock->operators[0] == name ||
          layer.stock->operators[1] == name) &&
         contains_all(inputs, layer.reads);
}

inline std::optional<TorchObserver::Match> TorchObserver::find(
    const at::RecordFunction& function, const TorchProducts& products) const {
  const std::string_view name = function.name();
  const Tensors inputs = tensors_of(function);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (name == "aten::matmul") return find_product(inputs);
  for (const at::Tensor& input : inputs) {
    const auto readers = readers_.find(input.unsafeGetTensorImpl());
    if (readers == readers_.end()) continue;
    for (const std::shared_ptr<Layer>& layer : readers->second) {
      if (is_due(*layer) && makes(*layer, name, inputs, products)) {
        return Match{layer, false};
      }
    }
  }
  return std::nullopt;
}

// ---- All of them: one callback in LibTorch, while something is due ----

class TorchObservers {
 public:
  // After what is due of `observer` may have changed.
  void update(const std::shared_ptr<TorchObserver>& observer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto at = std::find(active_.begin(), active_.end(), observer);
    const bool was_due = at != active_.end();
    if (observer->any_due() == was_due) return;
    if (was_due) {
      active_.erase(at);
      if (active_.empty()) at::removeCallback(handle_);
      return;
    }
    observer->learn();
    active_.push_back(observer);
    if (active_.size() > 1) return;
    handle_ = at::addGlobalCallback(
        at::RecordFunctionCallback(&TorchObservers::begin, &TorchObservers::end)
            .needsInputs(true)
            .needsOutputs(true)
            .scopes({at::RecordScope::FUNCTION}));
  }
  bool installed() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return !active_.empty();
  }

 private:
  struct Call : at::ObserverContext {
    struct One {
      std::shared_ptr<TorchObserver::Layer> layer;
      LayerProbe probe;
      Clock::Monotonic begin;
      bool is_product;
    };
    ~Call() override { --torch_operator_depth; }
    std::vector<One> layers;
  };

  static std::unique_ptr<at::ObserverContext> begin(
      const at::RecordFunction& function);
  static void end(const at::RecordFunction& function,
                  at::ObserverContext* context);
  static void show(const Call::One& one, const at::RecordFunction& function);

  std::vector<std::shared_ptr<TorchObserver>> active() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return active_;
  }

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<TorchObserver>> active_;
  at::CallbackHandle handle_ = 0;
};
inline TorchObservers torch_observers;

inline std::unique_ptr<at::ObserverContext> TorchObservers::begin(
    const at::RecordFunction& function) {
  if (torch_operator_depth > 0) return nullptr;
  std::vector<Call::One> layers;
  for (const std::shared_ptr<TorchObserver>& observer :
       torch_observers.active()) {
    std::optional<TorchObserver::Match> match =
        observer->find(function, torch_products);
    if (!match) continue;
    LayerProbe probe = observer->probe(*match->layer);
    const Clock::Monotonic now = probe.now();
    layers.push_back(
        {std::move(match->layer), std::move(probe), now, match->is_product});
  }
  if (layers.empty()) return nullptr;
  auto call = std::make_unique<Call>();
  call->layers = std::move(layers);
  ++torch_operator_depth;
  return call;
}

inline void TorchObservers::end(const at::RecordFunction& function,
                                at::ObserverContext* context) {
  if (context == nullptr) return;
  for (Call::One& one : static_cast<Call*>(context)->layers) {
    if (function.outputs().empty()) continue;  // the operator has thrown
    if (!one.is_product) {
      if (const auto begin = torch_products.take(*one.layer)) {
        one.begin = *begin;
      }
      show(one, function);
    } else if (function.outputs()[0].isTensor()) {
      torch_products.add(
          {one.layer.get(),
           function.outputs()[0].toTensor().unsafeGetTensorImpl(), one.begin});
    }
  }
}

inline void TorchObservers::show(const Call::One& one,
                                 const at::RecordFunction& function) {
  const StockModule& stock = *one.layer->stock;
  StockOutputs outputs;
  for (size_t i = 0; i < stock.leaf_count && i < function.outputs().size();
       ++i) {
    const c10::IValue& output = function.outputs()[i];
    if (output.isTensor()) {
      outputs.leaves.emplace_back(stock.leaves[i], output.toTensor());
    }
  }
  const uint32_t bits = one.layer->due.due.load(std::memory_order_relaxed);
  if ((bits & Switch::kTimes) != 0) {
    one.probe.note_time(TimedPass::kForward, one.begin, one.probe.now());
  }
  if (const auto module = one.layer->module.lock()) {
    one.probe.note_training(module->is_training());
  }
  if (one.layer->due.wants(TensorKind::kOutputs)) {
    one.probe.observe(TensorKind::kOutputs, outputs);
  }
  if (one.layer->due.wants(TensorKind::kGradients)) {
    watch_gradients(one.probe, outputs);
  }
}

}  // namespace internal

// As attach(hooks, model), for a model without Hooked layers, or with some.
template <class Model,
          class = std::enable_if_t<std::is_base_of_v<torch::nn::Module, Model>>>
absl::StatusOr<Binding> attach(LayerHooks& hooks, Model& model, Untouched) {
  using Layer = internal::TorchObserver::Layer;
  std::vector<std::shared_ptr<Layer>> observed;
  const std::vector<internal::TorchLayer> layers = internal::layers_of(model);
  for (size_t i = 0; i < layers.size(); ++i) {
    const internal::StockModule* const stock =
        internal::stock_module(layers[i].module->name());
    if (stock == nullptr || layers[i].hooked != nullptr ||
        internal::TorchObserver::reads_of(*layers[i].module).empty()) {
      continue;
    }
    observed.push_back(std::make_shared<Layer>(*layers[i].module, stock, i));
  }
  std::vector<std::shared_ptr<internal::Switch>> due(layers.size());
  for (const std::shared_ptr<Layer>& layer : observed) {
    due[layer->index] = {layer, &layer->due};
  }
  auto observer =
      std::make_shared<internal::TorchObserver>(std::move(observed));
  absl::StatusOr<Binding> binding = internal::attach_layers(
      hooks, layers, due,
      [observer] { internal::torch_observers.update(observer); });
  if (!binding.ok()) return binding;
  observer->connect(*binding);
  return binding;
}

}  // namespace tblog

#endif  // TBLOG_TORCH_UNTOUCHED_H_
