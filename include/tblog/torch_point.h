// SPDX-License-Identifier: Apache-2.0
//
// Where the values of one LibTorch layer go: to the hooks that are attached to
// it, from the layer itself and from its clones. For the headers of this
// adapter. Thread-safe.

#ifndef TBLOG_TORCH_POINT_H_
#define TBLOG_TORCH_POINT_H_

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tblog/clock.h"
#include "tblog/layer_hooks.h"
#include "tblog/leaves.h"
#include "tblog/torch_tensor.h"

namespace tblog {
namespace internal {

// ---- What a layer has ----

inline void visit_parameter(std::string_view name, const at::Tensor& value,
                            const ParameterVisitor& visit) {
  const at::Tensor gradient = value.is_leaf() ? value.grad() : at::Tensor();
  ParameterView view;
  view.name = name;
  view.value = TensorView(value);
  view.has_gradient = gradient.defined();
  if (view.has_gradient) view.gradient = TensorView(gradient);
  visit(view);
}

// ---- What a layer takes ----

// Whether a T is a tensor or may hold some: options, sizes and flags do not.
template <class T, class = void>
struct HoldsTensors
    : std::bool_constant<TensorSource<T>::kKnown || LeafSource<T>::kKnown ||
                         HasVisit<T>::value> {};
template <class T>
struct HoldsTensors<
    T, std::enable_if_t<!LeafSource<T>::kKnown && IsOptional<T>::value>>
    : HoldsTensors<std::decay_t<decltype(*std::declval<const T&>())>> {};
template <class T>
struct HoldsTensors<T,
                    std::enable_if_t<!LeafSource<T>::kKnown && IsMap<T>::value>>
    : HoldsTensors<typename T::mapped_type> {};
template <class T>
struct HoldsTensors<
    T, std::enable_if_t<!LeafSource<T>::kKnown && !TensorSource<T>::kKnown &&
                        IsRange<T>::value && !IsMap<T>::value>>
    : HoldsTensors<
          std::decay_t<decltype(*std::begin(std::declval<const T&>()))>> {};
template <class... T>
struct HoldsTensors<std::tuple<T...>>
    : std::bool_constant<(HoldsTensors<T>::value || ...)> {};
template <class A, class B>
struct HoldsTensors<std::pair<A, B>>
    : std::bool_constant<HoldsTensors<A>::value || HoldsTensors<B>::value> {};

// The arguments of a forward(): leaves are named by their positions, unless
// only one of them holds tensors.
template <class... A>
struct TorchArguments {
  static constexpr size_t kTensors =
      (size_t{0} + ... + (HoldsTensors<std::decay_t<A>>::value ? 1u : 0u));

  std::tuple<const A&...> values;
};

// ---- Gradients of outputs ----

// The gradients to come of one leaf of autograd's graph. Other tensors are new
// in each step and take their hooks along when they go; a leaf stays, and has
// one hook for all steps.
class LeafGradients {
 public:
  void expect(const LayerProbe& probe, const CallToken& call,
              std::string_view path) {
    const std::lock_guard<std::mutex> lock(mutex_);
    expected_.erase(
        std::remove_if(expected_.begin(), expected_.end(),
                       [](const One& one) { return one.call.expired(); }),
        expected_.end());
    expected_.push_back({probe, call, std::string(path)});
  }
  void arrive(const at::Tensor& gradient) {
    std::vector<One> expected;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      expected.swap(expected_);
    }
    for (const One& one : expected) {
      // It may have been without a backward pass in that step.
      if (one.call.expired()) continue;
      one.probe.observe(TensorKind::kGradients, gradient, one.call, one.path);
    }
  }

 private:
  struct One {
    LayerProbe probe;
    CallToken call;
    std::string path;
  };
  std::mutex mutex_;
  std::vector<One> expected_;
};

// Those of all leaves; the leaves own them.
class TorchLeaves {
 public:
  std::shared_ptr<LeafGradients> of(const at::Tensor& leaf) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (leaves_.size() >= sweep_at_) {
      for (auto it = leaves_.begin(); it != leaves_.end();) {
        it = it->second.expired() ? leaves_.erase(it) : std::next(it);
      }
      sweep_at_ = 2 * leaves_.size() + 64;
    }
    std::weak_ptr<LeafGradients>& entry = leaves_[leaf.unsafeGetTensorImpl()];
    std::shared_ptr<LeafGradients> gradients = entry.lock();
    if (gradients == nullptr) {
      gradients = std::make_shared<LeafGradients>();
      leaf.register_hook([gradients](const at::Tensor& gradient) {
        gradients->arrive(gradient);
      });
      entry = gradients;
    }
    return gradients;
  }

 private:
  std::mutex mutex_;
  size_t sweep_at_ = 64;
  std::map<const void*, std::weak_ptr<LeafGradients>> leaves_;
};
inline TorchLeaves torch_leaves;

// Asks autograd for the gradient of each tensor that passes.
class GradientVisitor final : public TorchLeafVisitor {
 public:
  GradientVisitor(const LayerProbe& probe, const CallToken& call)
      : probe_(probe), call_(call) {}

  void tensor(std::string_view path, const at::Tensor& tensor) override {
    if (!tensor.requires_grad()) return;
    if (tensor.is_leaf()) {
      return torch_leaves.of(tensor)->expect(probe_, call_, path);
    }
    // It must not hold the tensor, whose graph holds it.
    tensor.register_hook([probe = probe_, call = call_,
                          path = std::string(path)](const at::Tensor& grad) {
      probe.observe(TensorKind::kGradients, grad, call, path);
    });
  }
  void leaf(std::string_view, const TensorView&) override {}

 private:
  const LayerProbe& probe_;
  const CallToken& call_;
};

// Something that is done in the place of walking a value, since what it throws
// is caught and reported there.
template <class T>
struct AskingForGradients {
  const T& value;
  const LayerProbe& probe;
  const CallToken& call;
};

}  // namespace internal

template <class... A>
struct LeafSource<internal::TorchArguments<A...>> {
  static constexpr bool kKnown = true;
  static void visit(const internal::TorchArguments<A...>& arguments,
                    std::string& path, internal::LeafVisitor& visitor) {
    visit_all(arguments, path, visitor, std::index_sequence_for<A...>());
  }

 private:
  template <size_t... I>
  static void visit_all(const internal::TorchArguments<A...>& arguments,
                        std::string& path, internal::LeafVisitor& visitor,
                        std::index_sequence<I...>) {
    (visit_one<I>(std::get<I>(arguments.values), path, visitor), ...);
  }
  template <size_t I, class T>
  static void visit_one(const T& argument, std::string& path,
                        internal::LeafVisitor& visitor) {
    if constexpr (internal::HoldsTensors<T>::value) {
      if constexpr (internal::TorchArguments<A...>::kTensors == 1) {
        internal::visit_leaves(argument, path, visitor);
      } else {
        internal::MemberVisit{&path, &visitor}(std::to_string(I), argument);
      }
    }
  }
};

template <class T>
struct LeafSource<internal::AskingForGradients<T>> {
  static constexpr bool kKnown = true;
  static void visit(const internal::AskingForGradients<T>& asking,
                    std::string& path, internal::LeafVisitor&) {
    internal::GradientVisitor visitor(asking.probe, asking.call);
    internal::visit_leaves(asking.value, path, visitor);
  }
};

namespace internal {

// Shows the gradients by `value`, of a call that ends just now, once they are
// there; costs a call() where nothing of them is due.
template <class T>
void watch_gradients(const LayerProbe& probe, const T& value) noexcept {
  if (!c10::GradMode::is_enabled()) return;
  const CallToken call = probe.begin_call(TensorKind::kGradients);
  probe.observe(TensorKind::kGradients,
                AskingForGradients<T>{value, probe, call}, call, {});
}

// ---- The point ----

class TorchPoint {
 public:
  // How many LayerHooks may be attached to one layer.
  static constexpr size_t kHooks = 4;
  static constexpr uint32_t kCall =
      (TensorKind::kOutputs | TensorKind::kInputs | TensorKind::kGradients)
          .bits() |
      Switch::kTimes;

  explicit TorchPoint(uint64_t number) : number_(number) {}

  uint64_t number() const noexcept { return number_; }

  // Bits of Switch for what is due of any of the hooks.
  uint32_t due() const noexcept {
    uint32_t bits = 0;
    for (const Switch& due : due_) {
      bits |= due.due.load(std::memory_order_relaxed);
    }
    return bits;
  }

  // A free place; none where all are taken by hooks that live.
  std::optional<size_t> reserve() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < kHooks; ++i) {
      Place& place = places_[i];
      if (place.taken && !(place.connected && place.probe.gone())) continue;
      place = Place();
      place.taken = true;
      return i;
    }
    return std::nullopt;
  }
  void release(size_t place) {
    const std::lock_guard<std::mutex> lock(mutex_);
    places_[place] = Place();
  }
  void connect(size_t place, LayerProbe probe) {
    const std::lock_guard<std::mutex> lock(mutex_);
    places_[place].probe = std::move(probe);
    places_[place].connected = true;
  }
  // Where the hooks in `place` write what is due; keeps `point` alive.
  static std::shared_ptr<Switch> due_of(
      const std::shared_ptr<TorchPoint>& point, size_t place) {
    return {point, &point->due_[place]};
  }

  // Calls visit(place, probe, bits) for the hooks for which something is due.
  template <class F>
  void for_each_due(const F& visit) const {
    std::array<LayerProbe, kHooks> probes;
    std::array<uint32_t, kHooks> bits{};
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (size_t i = 0; i < kHooks; ++i) {
        bits[i] = due_[i].due.load(std::memory_order_relaxed);
        if (bits[i] != 0) probes[i] = places_[i].probe;
      }
    }
    for (size_t i = 0; i < kHooks; ++i) {
      if ((bits[i] & kCall) != 0) visit(i, probes[i], bits[i]);
    }
  }

 private:
  struct Place {
    bool taken = false;
    bool connected = false;
    LayerProbe probe;
  };

  const uint64_t number_;
  std::array<Switch, kHooks> due_;
  mutable std::mutex mutex_;
  std::array<Place, kHooks> places_;
};

// All points by number, for clones that know no more of theirs.
class TorchPoints {
 public:
  std::shared_ptr<TorchPoint> make() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (points_.size() >= sweep_at_) {
      for (auto it = points_.begin(); it != points_.end();) {
        it = it->second.expired() ? points_.erase(it) : std::next(it);
      }
      sweep_at_ = 2 * points_.size() + 64;
    }
    auto point = std::make_shared<TorchPoint>(next_++);
    points_.emplace(point->number(), point);
    return point;
  }
  std::shared_ptr<TorchPoint> find(uint64_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto at = points_.find(number);
    return at == points_.end() ? nullptr : at->second.lock();
  }

 private:
  std::mutex mutex_;
  uint64_t next_ = 1;
  size_t sweep_at_ = 64;
  std::map<uint64_t, std::weak_ptr<TorchPoint>> points_;
};
inline TorchPoints torch_points;

// One call of a layer for which something is due.
class WatchedCall {
 public:
  explicit WatchedCall(const TorchPoint& point) : point_(point) {}

  template <class... A>
  void begin(const A&... arguments) {
    point_.for_each_due(
        [&](size_t place, const LayerProbe& probe, uint32_t bits) {
          if (has(bits, TensorKind::kInputs)) {
            probe.observe(TensorKind::kInputs,
                          TorchArguments<A...>{std::tie(arguments...)});
          }
          if ((bits & Switch::kTimes) != 0) begin_[place] = probe.now();
        });
  }
  template <class R>
  void end(const R& result, std::optional<bool> training) {
    point_.for_each_due(
        [&](size_t place, const LayerProbe& probe, uint32_t bits) {
          end_one(place, probe, training);
          if (has(bits, TensorKind::kOutputs)) {
            probe.observe(TensorKind::kOutputs, result);
          }
          if (has(bits, TensorKind::kGradients)) {
            watch_gradients(probe, result);
          }
        });
  }
  void end(std::optional<bool> training) {
    point_.for_each_due([&](size_t place, const LayerProbe& probe, uint32_t) {
      end_one(place, probe, training);
    });
  }

 private:
  static bool has(uint32_t bits, TensorKind kind) {
    return (bits & TensorKindSet(kind).bits()) != 0;
  }
  void end_one(size_t place, const LayerProbe& probe,
               std::optional<bool> training) {
    if (begin_[place]) {
      probe.note_time(TimedPass::kForward, *begin_[place], probe.now());
    }
    if (training) probe.note_training(*training);
  }

  const TorchPoint& point_;
  std::array<std::optional<Clock::Monotonic>, TorchPoint::kHooks> begin_;
};

}  // namespace internal
}  // namespace tblog

#endif  // TBLOG_TORCH_POINT_H_
