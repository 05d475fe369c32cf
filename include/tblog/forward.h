// SPDX-License-Identifier: Apache-2.0
//
// Running a row of layers with hooks, without a word of logging in the layers:
// a vector (or any range with begin and end in both directions) of layer
// objects or of pointers to them.
//
//   std::vector<std::unique_ptr<Layer>> layers = …;
//   absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, layers);
//   for (…) {
//     auto scope = hooks.step(step, tblog::Phase::kTrain);
//     Tensor y = tblog::forward(hooks, layers, x);
//     tblog::backward(hooks, layers, loss_gradient(y));
//     scope.end_backward();
//   }
//
// What a layer has:
//
//   name()              convertible to std::string_view
//   forward(x)          returns the output; what one layer returns, the next
//                       takes
//   type()              optional: convertible to std::string_view
//   training()          optional: whether it is in training mode; where that
//                       contradicts the step's phase, it is told once
//   backward(gradient)  for backward(): takes the gradient of its output and
//                       returns that of its input
//   parameters()        optional: a range of structs with .name, .value and
//                       .gradient, tensors as TensorView knows them, or
//                       pointers to such; a null pointer, or no elements where
//                       the value has some, is a gradient that is not there
//
// Copy these few functions for a model of another form: they use nothing but
// LayerHooks::bind() and tap().

#ifndef TBLOG_FORWARD_H_
#define TBLOG_FORWARD_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/clock.h"
#include "tblog/export.h"
#include "tblog/layer_hooks.h"
#include "tblog/tensor_view.h"

namespace tblog {

namespace internal {

// The position of the layer that `selector` names: a name, or #index. Errors:
// InvalidArgument for a bad index, NotFound with the nearest names.
TBLOG_EXPORT absl::StatusOr<size_t> find_layer(
    const std::vector<std::string>& names, std::string_view selector);

// The layer itself of a layer or a pointer to one.
template <class L>
auto& layer_of(L& layer) {
  if constexpr (IsPointer<std::remove_const_t<L>>::value) {
    return *layer;
  } else {
    return layer;
  }
}

template <class Layers>
using LayerOf = std::remove_reference_t<decltype(layer_of(
    *std::begin(std::declval<Layers&>())))>;

// Models of a framework whose adapter has an attach() for them.
template <class M, class = void>
struct HasOwnAttach : std::false_type {};

template <class L, class = void>
struct HasType : std::false_type {};
template <class L>
struct HasType<L, std::void_t<decltype(std::declval<L&>().type())>>
    : std::true_type {};

template <class L, class = void>
struct HasTraining : std::false_type {};
template <class L>
struct HasTraining<
    L, std::void_t<decltype(static_cast<bool>(std::declval<L&>().training()))>>
    : std::true_type {};

template <class L, class = void>
struct HasParameters : std::false_type {};
template <class L>
struct HasParameters<L, std::void_t<decltype(std::declval<L&>().parameters())>>
    : std::true_type {};

// What a row of layers computes from an X.
template <class Layers, class X>
using OutputOf = std::decay_t<decltype(std::declval<LayerOf<Layers>&>().forward(
    std::declval<std::decay_t<X>&>()))>;

template <class T>
TensorView view_of(const T& value) noexcept {
  if constexpr (IsPointer<T>::value || IsOptional<T>::value) {
    return value ? view_of(*value) : TensorView();
  } else {
    return TensorView(value);
  }
}

template <class L>
std::string name_of(L& layer) {
  return std::string(std::string_view(layer_of(layer).name()));
}

template <class Layers>
std::vector<std::string> names_of(Layers& layers) {
  std::vector<std::string> names;
  for (auto& layer : layers) names.push_back(name_of(layer));
  return names;
}

// Of a call that began at `begin`, unless times were not due then.
inline void note_time(LayerHooks& hooks, std::string_view layer, TimedPass pass,
                      const std::optional<Clock::Monotonic>& begin) noexcept {
  if (begin) hooks.note_time(layer, pass, *begin, hooks.now());
}

template <class L>
void visit_parameters(L& layer, const ParameterVisitor& visit) {
  auto&& parameters = layer.parameters();
  for (const auto& parameter : parameters) {
    ParameterView view;
    view.name = std::string_view(parameter.name);
    view.value = view_of(parameter.value);
    view.gradient = view_of(parameter.gradient);
    view.has_gradient = !view.gradient.valid() || view.gradient.size() > 0 ||
                        view.value.size() == 0;
    visit(view);
  }
}

}  // namespace internal

// Values by the names of the layers that gave them, in the order of the layers;
// a name's second value is called `<name>:1`.
template <class T>
class NamedOutputs {
 public:
  using Item = std::pair<std::string, T>;

  void add(std::string_view name, T value) {
    size_t calls = 0;
    for (const std::string& seen : layers_) calls += seen == name ? 1u : 0u;
    layers_.emplace_back(name);
    items_.emplace_back(calls == 0
                            ? std::string(name)
                            : std::string(name) + ":" + std::to_string(calls),
                        std::move(value));
  }

  // Null where there is no such layer.
  const T* find(std::string_view name) const noexcept {
    for (const Item& item : items_) {
      if (item.first == name) return &item.second;
    }
    return nullptr;
  }
  // `at(0)` is the first, `at(-1)` the last; null outside.
  const T* at(int64_t index) const noexcept {
    const auto count = static_cast<int64_t>(items_.size());
    if (index < 0) index += count;
    return index >= 0 && index < count
               ? &items_[static_cast<size_t>(index)].second
               : nullptr;
  }
  // For names that are there: else undefined, see find().
  const T& operator[](std::string_view name) const noexcept {
    return *find(name);
  }
  size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  typename std::vector<Item>::const_iterator begin() const noexcept {
    return items_.begin();
  }
  typename std::vector<Item>::const_iterator end() const noexcept {
    return items_.end();
  }

 private:
  std::vector<std::string> layers_;
  std::vector<Item> items_;
};

// Makes the layers known to the hooks: their order, types and parameters. The
// layers must outlive the Binding. forward() and backward() work without it,
// but then rules for weights find none. Errors: see LayerHooks::bind().
template <class Layers,
          std::enable_if_t<!internal::HasOwnAttach<Layers>::value, int> = 0>
absl::StatusOr<Binding> attach(LayerHooks& hooks, Layers& layers) {
  std::vector<BoundLayer> bound;
  for (auto& element : layers) {
    auto& layer = internal::layer_of(element);
    using L = std::remove_reference_t<decltype(layer)>;
    BoundLayer entry;
    entry.name = internal::name_of(element);
    if constexpr (internal::HasType<L>::value) {
      entry.type = std::string(std::string_view(layer.type()));
    }
    if constexpr (internal::HasParameters<L>::value) {
      entry.parameters = [pointer = &layer](const ParameterVisitor& visit) {
        internal::visit_parameters(*pointer, visit);
      };
    }
    bound.push_back(std::move(entry));
  }
  return hooks.bind(std::move(bound));
}

// Runs all layers on `x` and shows the hooks what flows in and out of each.
// Where Rule::times() is due, it measures each layer; what hooks do in between
// does not count.
// Cost: as the bare loop, and two loads and branches a layer where nothing is
// due.
template <class Layers, class X>
internal::OutputOf<Layers, X> forward(LayerHooks& hooks, Layers& layers,
                                      X&& x) {
  internal::OutputOf<Layers, X> value(std::forward<X>(x));
  for (auto& element : layers) {
    auto& layer = internal::layer_of(element);
    std::optional<Clock::Monotonic> begin;
    if (hooks.wants_call(TensorKind::kInputs)) {
      hooks.tap(layer.name(), value, TensorKind::kInputs);
      if (hooks.wants_times()) begin = hooks.now();
    }
    value = layer.forward(value);
    if (hooks.wants_call(TensorKind::kOutputs)) {
      internal::note_time(hooks, layer.name(), TimedPass::kForward, begin);
      hooks.tap(layer.name(), value);
      using L = std::remove_reference_t<decltype(layer)>;
      if constexpr (internal::HasTraining<L>::value) {
        hooks.note_training(layer.name(), layer.training());
      }
    }
  }
  return value;
}

// Takes the gradient of the loss by the last layer's output back through all
// layers, shows the hooks the gradient by each layer's output, and returns that
// by the first one's input.
template <class Layers, class G>
std::decay_t<G> backward(LayerHooks& hooks, Layers& layers, G&& gradient) {
  std::decay_t<G> value(std::forward<G>(gradient));
  const auto first = std::begin(layers);
  for (auto it = std::end(layers); it != first;) {
    auto& layer = internal::layer_of(*--it);
    std::optional<Clock::Monotonic> begin;
    if (hooks.wants_call(TensorKind::kGradients)) {
      hooks.tap(layer.name(), value, TensorKind::kGradients);
      if (hooks.wants_times()) begin = hooks.now();
    }
    value = layer.backward(value);
    internal::note_time(hooks, layer.name(), TimedPass::kBackward, begin);
  }
  return value;
}

// The outputs of all layers. Without hooks: for a look at one batch.
template <class Layers, class X>
NamedOutputs<internal::OutputOf<Layers, X>> forward_all(Layers& layers, X&& x) {
  NamedOutputs<internal::OutputOf<Layers, X>> outputs;
  internal::OutputOf<Layers, X> value(std::forward<X>(x));
  for (auto& element : layers) {
    value = internal::layer_of(element).forward(value);
    outputs.add(internal::name_of(element), value);
  }
  return outputs;
}

// The outputs of the named layers (names, or #index); the layers behind the
// last of them do not run. Errors: NotFound with the nearest names,
// InvalidArgument for a bad index or no names.
template <class Layers, class X>
absl::StatusOr<NamedOutputs<internal::OutputOf<Layers, X>>> forward_until(
    Layers& layers, X&& x, const std::vector<std::string>& wanted) {
  const std::vector<std::string> names = internal::names_of(layers);
  std::vector<bool> keep(names.size(), false);
  size_t last = 0;
  if (wanted.empty()) {
    return absl::InvalidArgumentError("forward_until() was given no layer");
  }
  for (const std::string& selector : wanted) {
    absl::StatusOr<size_t> index = internal::find_layer(names, selector);
    if (!index.ok()) return index.status();
    keep[*index] = true;
    last = *index > last ? *index : last;
  }
  NamedOutputs<internal::OutputOf<Layers, X>> outputs;
  internal::OutputOf<Layers, X> value(std::forward<X>(x));
  auto element = std::begin(layers);
  for (size_t i = 0; i <= last; ++i, ++element) {
    value = internal::layer_of(*element).forward(value);
    if (keep[i]) outputs.add(names[i], value);
  }
  return outputs;
}

// Runs the layers from `first` to `last`, both included (names, or #index), on
// an input of `first`, and returns what `last` gives. Errors: as
// forward_until(), and InvalidArgument where `last` stands before `first`.
template <class Layers, class X>
absl::StatusOr<internal::OutputOf<Layers, X>> forward_range(
    Layers& layers, X&& x, std::string_view first, std::string_view last) {
  const std::vector<std::string> names = internal::names_of(layers);
  const absl::StatusOr<size_t> begin = internal::find_layer(names, first);
  if (!begin.ok()) return begin.status();
  const absl::StatusOr<size_t> end = internal::find_layer(names, last);
  if (!end.ok()) return end.status();
  if (*end < *begin) {
    return absl::InvalidArgumentError("layer " + names[*end] +
                                      " stands before layer " + names[*begin]);
  }
  internal::OutputOf<Layers, X> value(std::forward<X>(x));
  auto element =
      std::next(std::begin(layers), static_cast<std::ptrdiff_t>(*begin));
  for (size_t i = *begin; i <= *end; ++i, ++element) {
    value = internal::layer_of(*element).forward(value);
  }
  return value;
}

}  // namespace tblog

#endif  // TBLOG_FORWARD_H_
