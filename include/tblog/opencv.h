// SPDX-License-Identifier: Apache-2.0
//
// Hooks on the networks of OpenCV's module dnn, and views of its matrices
// (opencv_mat.h). CMake component tblog::opencv.
//
//   cv::dnn::Net net = cv::dnn::readNetFromONNX("model.onnx");
//   absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, net);
//   for (…) {
//     auto scope = hooks.step(step, tblog::Phase::kEval);
//     net.setInput(blob);
//     cv::Mat y = tblog::forward(hooks, net);          // was: net.forward()
//   }
//
// Layers are called as in Net::getLayerNames(), without the "onnx_node!" that
// the importer of ONNX puts before names; their types are OpenCV's. Index #0 is
// the first layer of that list, whose id in OpenCV is 1: id 0 is the input,
// which is no layer here.
//
// What the layers give is not what lies in the net after Net::forward(). OpenCV
// computes batch norms and activations inside the convolution before them, and
// lets layers overwrite their input. Asked for such a layer alone, by
// forward(name), it hands out memory that nobody has written. So where a rule
// is due, the net runs a second time, with all layers asked for at once, which
// keeps them apart (a layer that is overwritten even so has one more run, which
// ends with it); what the caller gets comes from a run as it would be without
// hooks, and is the same to the last bit. Each run is checked: a layer that was
// fused or removed after all is refused, and reported with its name.
//
// Inputs are the outputs of the layers before, where these have one each; the
// net's own input is not seen. Rule::times() are those that OpenCV measured in
// the caller's run: a layer that was fused into another has none.
//
// One Net on one thread at a time, as OpenCV wants it. Nothing is kept alive.

#ifndef TBLOG_OPENCV_H_
#define TBLOG_OPENCV_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <opencv2/dnn.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/clock.h"
#include "tblog/forward.h"
#include "tblog/layer_hooks.h"
#include "tblog/leaves.h"
#include "tblog/opencv_mat.h"
#include "tblog/tensor_view.h"

namespace tblog {
namespace internal {

// forward.h's attach() is not for these.
template <>
struct HasOwnAttach<cv::dnn::Net> : std::true_type {};
template <>
struct HasOwnAttach<const cv::dnn::Net> : std::true_type {};

// "conv1" of "onnx_node!conv1" and of "onnx_node_output_0!conv1".
inline std::string_view short_net_name(std::string_view name) noexcept {
  constexpr std::string_view kPrefix = "onnx_node";
  const size_t end = name.find('!');
  const bool made = end != std::string_view::npos &&
                    name.substr(0, kPrefix.size()) == kPrefix &&
                    end + 1 < name.size();
  return made ? name.substr(end + 1) : name;
}

// The names that rules know; OpenCV's own where two would be the same.
inline std::vector<std::string> net_names(
    const std::vector<cv::String>& names) {
  std::map<std::string_view, int> uses;
  for (const cv::String& name : names) {
    ++uses[short_net_name(name)];
    if (short_net_name(name) != name) ++uses[name];
  }
  std::vector<std::string> shown;
  for (const cv::String& name : names) {
    const std::string_view brief = short_net_name(name);
    shown.emplace_back(uses[brief] == 1 ? brief : std::string_view(name));
  }
  return shown;
}

using NetOutputs = std::vector<std::vector<cv::Mat>>;

// Why what lies in a layer's outputs after a run is not what it gave.
enum class NetFault { kNone, kFused, kRemoved, kOverwritten };

inline const char* text_of(NetFault fault) noexcept {
  switch (fault) {
    case NetFault::kNone:
      break;
    case NetFault::kFused:
      return "OpenCV computes this layer inside another one; after "
             "net.enableFusion(false) it has values of its own";
    case NetFault::kRemoved:
      return "OpenCV has removed this layer: its output is empty";
    case NetFault::kOverwritten:
      return "OpenCV lets a later layer overwrite this one's output";
  }
  return "";
}

// Of each layer. `ticks`: zero for layers that were computed inside another.
inline std::vector<NetFault> net_faults(const NetOutputs& outputs,
                                        const std::vector<double>& ticks) {
  std::vector<NetFault> faults(outputs.size(), NetFault::kNone);
  std::map<const void*, size_t> owners;
  for (size_t i = 0; i < outputs.size(); ++i) {
    for (const cv::Mat& output : outputs[i]) {
      if (output.empty()) {
        faults[i] = NetFault::kRemoved;
        continue;
      }
      size_t& owner = owners.emplace(output.data, i).first->second;
      if (owner != i) faults[owner] = NetFault::kOverwritten;
      owner = i;
    }
    if (i < ticks.size() && ticks[i] == 0) faults[i] = NetFault::kFused;
  }
  return faults;
}

// One run of a net for the hooks, made when something turns out to be due.
class NetLook {
 public:
  explicit NetLook(cv::dnn::Net& net)
      : net_(&net), names_(net.getLayerNames()), shown_(net_names(names_)) {}

  const std::vector<std::string>& shown() const noexcept { return shown_; }

  void visit_outputs(size_t layer, std::string& path, LeafVisitor& visitor) {
    run();
    if (layer >= outputs_.size()) {
      return visitor.leaf(path, TensorView::invalid("the net could not run"));
    }
    visit_layer(layer, path, visitor, outputs_[layer].size() != 1);
  }
  void visit_inputs(size_t layer, std::string& path, LeafVisitor& visitor) {
    run();
    const std::vector<size_t> before = producers(layer);
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i] >= outputs_.size() || outputs_[before[i]].size() != 1)
        continue;
      const size_t size = path.size();
      if (before.size() > 1) append(path, i);
      visit_layer(before[i], path, visitor, /*numbered=*/false);
      path.resize(size);
    }
  }

 private:
  void run() {
    if (ran_) return;
    ran_ = true;  // once, also where it throws
    outputs_ = run_until(names_.size(), faults_);
  }
  // Runs the first `count` layers, and asks for all of them.
  NetOutputs run_until(size_t count, std::vector<NetFault>& faults) {
    NetOutputs outputs;
    const auto end = names_.begin() + static_cast<std::ptrdiff_t>(count);
    net_->forward(outputs, std::vector<cv::String>(names_.begin(), end));
    std::vector<double> ticks;
    net_->getPerfProfile(ticks);
    faults = net_faults(outputs, ticks);
    return outputs;
  }
  // Of a layer's several outputs OpenCV keeps the first alone. Nobody has
  // overwritten the others where the run ends with that layer.
  void save(size_t layer) {
    if (faults_[layer] != NetFault::kOverwritten) return;
    std::vector<NetFault> faults;
    outputs_[layer] = run_until(layer + 1, faults)[layer];
    faults_[layer] = faults[layer];
  }
  void visit_layer(size_t layer, std::string& path, LeafVisitor& visitor,
                   bool numbered) {
    save(layer);
    if (faults_[layer] != NetFault::kNone) {
      const char* const reason = text_of(faults_[layer]);
      return visitor.leaf(path, TensorView::invalid(reason));
    }
    for (size_t i = 0; i < outputs_[layer].size(); ++i) {
      const size_t size = path.size();
      if (numbered) append(path, i);
      visitor.leaf(path, TensorView(outputs_[layer][i]));
      path.resize(size);
    }
  }
  static void append(std::string& path, size_t index) {
    if (!path.empty()) path += '/';
    path += std::to_string(index);
  }
  // Positions of the layers whose outputs this one takes; one past the end for
  // the net's input.
  std::vector<size_t> producers(size_t layer) const {
    std::vector<size_t> found;
    const int id = net_->getLayerId(names_[layer]);
    for (const cv::Ptr<cv::dnn::Layer>& input : net_->getLayerInputs(id)) {
      const auto at = input == nullptr ? names_.end()
                                       : std::find(names_.begin(), names_.end(),
                                                   input->name);
      found.push_back(static_cast<size_t>(at - names_.begin()));
    }
    return found;
  }

  cv::dnn::Net* net_;
  std::vector<cv::String> names_;
  std::vector<std::string> shown_;
  bool ran_ = false;
  NetOutputs outputs_;
  std::vector<NetFault> faults_;
};

// What one layer gives or takes, for the hooks to ask for or not.
struct NetValue {
  NetLook* look;
  size_t layer;
  TensorKind kind;
};

inline const char* net_parameter_name(const std::string& type, size_t index) {
  constexpr const char* kWeights[] = {"weight", "bias"};
  constexpr const char* kNorm[] = {"mean", "variance", "weight", "bias"};
  if (type == "BatchNorm") return index < 4 ? kNorm[index] : nullptr;
  const bool usual = type == "Convolution" || type == "Deconvolution" ||
                     type == "InnerProduct" || type == "Scale";
  return usual && index < 2 ? kWeights[index] : nullptr;
}

inline void visit_net_parameters(const std::weak_ptr<cv::dnn::Layer>& weak,
                                 const ParameterVisitor& visit) {
  const std::shared_ptr<cv::dnn::Layer> layer = weak.lock();
  if (layer == nullptr) return;
  for (size_t i = 0; i < layer->blobs.size(); ++i) {
    const char* const known = net_parameter_name(layer->type, i);
    const std::string name = known == nullptr ? std::to_string(i) : known;
    ParameterView view;
    view.name = name;
    view.value = TensorView(layer->blobs[i]);
    visit(view);
  }
}

// Of the layers that ran, when `outputs` (all: none named) were asked for; of
// the others OpenCV keeps the times of an earlier run.
inline void note_net_times(LayerHooks& hooks, cv::dnn::Net& net,
                           const std::vector<cv::String>& outputs,
                           Clock::Monotonic begin) {
  int last = 0;  // id
  for (const cv::String& output : outputs) {
    const int id = output.empty() ? -1 : net.getLayerId(output);
    if (id < 0) last = std::numeric_limits<int>::max();
    last = std::max(last, id);
  }
  std::vector<double> ticks;
  net.getPerfProfile(ticks);
  const std::vector<std::string> names = net_names(net.getLayerNames());
  for (size_t i = 0; i < ticks.size() && i < names.size(); ++i) {
    if (ticks[i] == 0 || static_cast<int>(i) >= last) continue;
    const auto end =
        begin +
        std::chrono::duration_cast<Clock::Monotonic::duration>(
            std::chrono::duration<double>(ticks[i] / cv::getTickFrequency()));
    hooks.note_time(names[i], TimedPass::kForward, begin, end);
    begin = end;
  }
}

inline void look_at_net(LayerHooks& hooks, cv::dnn::Net& net) {
  if (!hooks.wants(TensorKind::kInputs) && !hooks.wants(TensorKind::kOutputs))
    return;
  NetLook look(net);
  for (size_t i = 0; i < look.shown().size(); ++i) {
    const std::string& name = look.shown()[i];
    hooks.tap(name, NetValue{&look, i, TensorKind::kInputs},
              TensorKind::kInputs);
    hooks.tap(name, NetValue{&look, i, TensorKind::kOutputs});
  }
}

// Shows the layers, then has the net run as the caller wants it.
template <class Run>
auto forward_net(LayerHooks& hooks, cv::dnn::Net& net,
                 const std::vector<cv::String>& outputs, const Run& run) {
  look_at_net(hooks, net);
  const bool times = hooks.wants_times();
  const Clock::Monotonic begin = times ? hooks.now() : Clock::Monotonic();
  if constexpr (std::is_void_v<decltype(run())>) {
    run();
    if (times) note_net_times(hooks, net, outputs, begin);
  } else {
    auto result = run();
    if (times) note_net_times(hooks, net, outputs, begin);
    return result;
  }
}

}  // namespace internal

template <>
struct LeafSource<internal::NetValue> {
  static constexpr bool kKnown = true;
  static void visit(const internal::NetValue& value, std::string& path,
                    internal::LeafVisitor& visitor) {
    if (value.kind == TensorKind::kInputs) {
      value.look->visit_inputs(value.layer, path, visitor);
    } else {
      value.look->visit_outputs(value.layer, path, visitor);
    }
  }
};

// Makes the net's layers known to the hooks: their order, types and parameters
// (the layers' blobs). Without it forward() works, but rules for weights find
// none. Nothing of the net is kept alive. Errors: see LayerHooks::bind().
inline absl::StatusOr<Binding> attach(LayerHooks& hooks, cv::dnn::Net& net) {
  const std::vector<cv::String> names = net.getLayerNames();
  const std::vector<std::string> shown = internal::net_names(names);
  std::vector<BoundLayer> bound;
  for (size_t i = 0; i < names.size(); ++i) {
    const cv::Ptr<cv::dnn::Layer> layer =
        net.getLayer(net.getLayerId(names[i]));
    BoundLayer entry;
    entry.name = shown[i];
    entry.type = layer->type;
    if (!layer->blobs.empty()) {
      entry.parameters = [weak = std::weak_ptr<cv::dnn::Layer>(layer)](
                             const ParameterVisitor& visit) {
        internal::visit_net_parameters(weak, visit);
      };
    }
    bound.push_back(std::move(entry));
  }
  return hooks.bind(std::move(bound));
}

// As Net::forward(), and shows the hooks what goes in and out of the layers.
// Cost: as without hooks, and a load and a branch where nothing is due; where
// something is, a second run of the whole net, unfused, and that OpenCV sets it
// up anew twice.
// Errors: throws what Net::forward() throws.
inline cv::Mat forward(LayerHooks& hooks, cv::dnn::Net& net,
                       const cv::String& output = cv::String()) {
  return internal::forward_net(hooks, net, {output},
                               [&] { return net.forward(output); });
}
inline void forward(LayerHooks& hooks, cv::dnn::Net& net,
                    cv::OutputArrayOfArrays outputs,
                    const std::vector<cv::String>& names) {
  internal::forward_net(hooks, net, names,
                        [&] { net.forward(outputs, names); });
}
inline void forward(LayerHooks& hooks, cv::dnn::Net& net,
                    std::vector<std::vector<cv::Mat>>& outputs,
                    const std::vector<cv::String>& names) {
  internal::forward_net(hooks, net, names,
                        [&] { net.forward(outputs, names); });
}

}  // namespace tblog

#endif  // TBLOG_OPENCV_H_
