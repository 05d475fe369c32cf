// SPDX-License-Identifier: Apache-2.0
//
// Hooks on the layers of dlib's networks, and views of its tensors
// (dlib_tensor.h). CMake component tblog::dlib.
//
//   absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, trainer);
//   for (…) {
//     auto scope = hooks.step(step, tblog::Phase::kTrain);
//     trainer.train_one_step(images, labels);
//     tblog::show(hooks, trainer);              // waits for it, where due
//   }
//
// or with a loop of one's own, where gradients by outputs are seen too:
//
//   loss = tblog::compute_parameter_gradients(hooks, net, x, labels.begin());
//   scope.end_backward();                       // weights, before they change
//   net.update_parameters(solvers, rate);
//
// and in inference:
//
//   auto labels = tblog::forward(hooks, net, images);      // was: net(images)
//
// dlib's layers have no names. Theirs are made of the type and of dlib's index:
// "con_9" is layer<9>(net). dlib counts from the loss down; rules count in the
// order of the computation, and only the layers that compute: "#0" is the first
// behind the input, "#-1" the last before the loss. Tags, skips, the loss and
// the input are no layers here; what stands in repeat<> is.
//
// A layer that works in place, such as relu, overwrites the output of the layer
// below, which then has none to show: Binding::unseen() names those, and dlib
// itself refuses to give them. Of gradients it is the other way round: after
// the backward pass, what such layers share is the gradient by the output of
// the lowest of them, and is shown as that layer's.
//
// The network must stay where it is while the Binding lives. One network on one
// thread at a time; nothing that is computed changes by a bit.

#ifndef TBLOG_DLIB_H_
#define TBLOG_DLIB_H_

#include <dlib/dnn.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/dlib_tensor.h"
#include "tblog/forward.h"
#include "tblog/layer_hooks.h"
#include "tblog/tensor_view.h"

namespace tblog {
namespace internal {

template <class T>
using IsDlibNet =
    std::bool_constant<dlib::is_loss_layer_type<std::remove_cv_t<T>>::value ||
                       dlib::is_nonloss_layer_type<std::remove_cv_t<T>>::value>;
template <class T>
using IsDlibLossNet = dlib::is_loss_layer_type<std::remove_cv_t<T>>;

template <class T>
struct IsDlibTrainer : std::false_type {};
template <class Net, class Solver>
struct IsDlibTrainer<dlib::dnn_trainer<Net, Solver>> : std::true_type {};

// forward.h's attach() is not for these.
template <class M>
struct HasOwnAttach<
    M, std::enable_if_t<IsDlibNet<M>::value || IsDlibTrainer<M>::value>>
    : std::true_type {};

// A layer that computes; tags, skips, losses and inputs have no details.
template <class L, class = void>
struct HasDlibDetails : std::false_type {};
template <class L>
struct HasDlibDetails<
    L, std::void_t<decltype(std::declval<L&>().layer_details()),
                   decltype(std::declval<L&>().get_gradient_input())>>
    : std::true_type {};

template <class D, class = void>
struct IsPrintable : std::false_type {};
template <class D>
struct IsPrintable<D, std::void_t<decltype(std::declval<std::ostream&>()
                                           << std::declval<const D&>())>>
    : std::true_type {};

// "con" of "con\t (num_filters=8, …)", as dlib prints it.
template <class L>
std::string dlib_type(const L& layer) {
  using Details = std::decay_t<decltype(layer.layer_details())>;
  if constexpr (IsPrintable<Details>::value) {
    std::ostringstream printed;
    printed << layer.layer_details();
    const std::string text = printed.str();
    const std::string word = text.substr(0, text.find_first_of(" \t\n("));
    if (!word.empty()) return word;
  }
  return "layer";
}

template <class L>
std::string dlib_name(size_t index, const L& layer) {
  return dlib_type(layer) + "_" + std::to_string(index);
}

// Whether a layer above works in place on this one's output; dlib says so by
// an exception alone.
template <class L>
bool dlib_is_overwritten(const L& layer) {
  try {
    layer.get_output();
    return false;
  } catch (const dlib::error&) {
    return true;
  }
}

// Calls f(index, layer) with each layer that computes, the first one first.
// (dlib hands its visitors around by value.)
template <class F>
struct DlibVisitor {
  template <class L>
  void operator()(size_t index, L& layer) const {
    if constexpr (HasDlibDetails<L>::value) (*f)(index, layer);
  }
  F* f;
};
template <class Net, class F>
void visit_dlib_layers(Net& net, F f) {
  dlib::visit_layers_backwards(net, DlibVisitor<F>{&f});
}

template <class L>
void visit_dlib_parameters(L& layer, const ParameterVisitor& visit) {
  const dlib::tensor& values = layer.layer_details().get_layer_params();
  if (values.size() == 0) return;
  const dlib::tensor& gradient = layer.get_parameter_gradient();
  ParameterView view;
  view.name = "params";
  view.value = TensorView(values);
  view.has_gradient = gradient.size() == values.size();
  if (view.has_gradient) view.gradient = TensorView(gradient);
  visit(view);
}

// `settle` is called before parameters are read.
template <class Net, class Settle>
absl::StatusOr<Binding> attach_dlib(LayerHooks& hooks, Net& net,
                                    Settle settle) {
  std::vector<BoundLayer> bound;
  visit_dlib_layers(net, [&](size_t index, auto& layer) {
    BoundLayer entry;
    entry.name = dlib_name(index, layer);
    entry.type = dlib_type(layer);
    entry.unseen = dlib_is_overwritten(layer);
    entry.parameters = [settle,
                        pointer = &layer](const ParameterVisitor& visit) {
      settle();
      visit_dlib_parameters(*pointer, visit);
    };
    bound.push_back(std::move(entry));
  });
  return hooks.bind(std::move(bound));
}

template <class Net>
void show_dlib_gradients(LayerHooks& hooks, Net& net) {
  std::string lowest;  // of the layers that share a gradient
  visit_dlib_layers(net, [&](size_t index, auto& layer) {
    if (lowest.empty()) lowest = dlib_name(index, layer);
    if (dlib_is_overwritten(layer)) return;
    const dlib::tensor& gradient = layer.get_gradient_input();
    hooks.tap(lowest, gradient, TensorKind::kGradients);
    lowest.clear();
  });
}

}  // namespace internal

// Makes the network's layers known to the hooks: their order, types and
// parameters. dlib keeps all parameters of a layer in one tensor: "params".
// Errors: see LayerHooks::bind().
template <class Net, std::enable_if_t<internal::IsDlibNet<Net>::value, int> = 0>
absl::StatusOr<Binding> attach(LayerHooks& hooks, Net& net) {
  return internal::attach_dlib(hooks, net, [] {});
}

// The same with the network of a trainer, which trains in another thread: that
// is waited for before parameters are read. They are those after the update.
template <class Net, class Solver>
absl::StatusOr<Binding> attach(LayerHooks& hooks,
                               dlib::dnn_trainer<Net, Solver>& trainer) {
  const auto settle = [pointer = &trainer] {
    pointer->get_net(dlib::force_flush_to_disk::no);
  };
  settle();
  return internal::attach_dlib(
      hooks, trainer.get_net(dlib::force_flush_to_disk::no), settle);
}

// Shows the hooks what the last forward pass left in the layers; for gradients,
// what a backward pass left that was told zero_gradients::no. (By default it
// leaves none: compute_parameter_gradients() below takes care of that.)
template <class Net, std::enable_if_t<internal::IsDlibNet<Net>::value, int> = 0>
void show(LayerHooks& hooks, Net& net,
          TensorKindSet kinds = TensorKind::kOutputs) {
  if (kinds.contains(TensorKind::kOutputs) &&
      hooks.wants(TensorKind::kOutputs)) {
    internal::visit_dlib_layers(net, [&](size_t index, auto& layer) {
      if (internal::dlib_is_overwritten(layer)) return;
      const dlib::tensor& output = layer.get_output();
      hooks.tap(internal::dlib_name(index, layer), output);
    });
  }
  if (kinds.contains(TensorKind::kGradients) &&
      hooks.wants(TensorKind::kGradients)) {
    internal::show_dlib_gradients(hooks, net);
  }
}

// The same with the network of a trainer. Where something is due, waits for the
// trainer's thread to finish its step; call it behind train_one_step(). The
// trainer leaves no gradients by outputs. Throws what the training threw.
template <class Net, class Solver>
void show(LayerHooks& hooks, dlib::dnn_trainer<Net, Solver>& trainer) {
  if (!hooks.wants(TensorKind::kOutputs)) return;
  show(hooks, trainer.get_net(dlib::force_flush_to_disk::no));
}

// As net.compute_parameter_gradients(arguments…), and shows the hooks the
// layers' outputs and the gradients of the loss by them.
template <class Net, class... Arguments,
          std::enable_if_t<internal::IsDlibLossNet<Net>::value, int> = 0>
double compute_parameter_gradients(LayerHooks& hooks, Net& net,
                                   Arguments&&... arguments) {
  const bool keep = hooks.wants(TensorKind::kGradients);
  const double loss = net.compute_parameter_gradients(
      std::forward<Arguments>(arguments)...,
      keep ? dlib::zero_gradients::no : dlib::zero_gradients::yes);
  show(hooks, net, TensorKind::kOutputs | TensorKind::kGradients);
  return loss;
}

// As net(x), and shows the hooks the layers' outputs. `x`: one sample, or a
// range of them; one call of the layers each `batch_size` samples, as dlib
// computes them.
template <class Net, class X,
          std::enable_if_t<internal::IsDlibLossNet<Net>::value &&
                               !std::is_base_of_v<dlib::tensor, X>,
                           int> = 0>
auto forward(LayerHooks& hooks, Net& net, const X& x, size_t batch_size = 128) {
  using Label = typename Net::output_label_type;
  if constexpr (std::is_convertible_v<const X&, typename Net::input_type>) {
    Label label = net(x);
    show(hooks, net);
    return label;
  } else {
    std::vector<Label> labels(
        static_cast<size_t>(std::distance(x.begin(), x.end())));
    auto sample = x.begin();
    for (size_t done = 0; done < labels.size();) {
      const size_t count = std::min(batch_size, labels.size() - done);
      const auto end = std::next(sample, static_cast<std::ptrdiff_t>(count));
      net(sample, end, labels.begin() + static_cast<std::ptrdiff_t>(done));
      show(hooks, net);
      sample = end;
      done += count;
    }
    return labels;
  }
}

// As net.forward(x), of a network with or without a loss.
template <class Net, std::enable_if_t<internal::IsDlibNet<Net>::value, int> = 0>
const dlib::tensor& forward(LayerHooks& hooks, Net& net,
                            const dlib::tensor& x) {
  const dlib::tensor& y = net.forward(x);
  show(hooks, net);
  return y;
}

}  // namespace tblog

#endif  // TBLOG_DLIB_H_
