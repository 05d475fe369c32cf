// SPDX-License-Identifier: Apache-2.0
//
// Hooked<M>: a LibTorch module M that shows hooks what flows in and out of it.
// All that changes in a model is the type of a member:
//
//   struct NetImpl : torch::nn::Module {
//     tblog::Hooked<torch::nn::Linear> fc1{nullptr}, fc2{nullptr};
//     NetImpl() {
//       fc1 = register_module("fc1", tblog::Hooked<torch::nn::Linear>(8, 4));
//       …
//     torch::Tensor forward(torch::Tensor x) { return fc2(fc1(x).relu()); }
//   };
//
// It still is an M: the same parameters and names of parameters, saved files,
// optimizers, Sequential, options and methods; forward() gives the same bits.
// M is a module holder (torch::nn::LSTM) or a module (MyBlockImpl), with a
// forward() of any form: with default arguments, overloaded, a template. Where
// M can stand in a Sequential or an AnyModule, Hooked<M> can. Without an
// attach() (torch_attach.h) it does nothing.
//
// Clones report to the hooks of what they were cloned from after attach(), as
// further calls of the same layer: replicas of data-parallel training do right
// by that. A clone that goes its own way (a target network, an average of
// weights) is given hooks of its own by attach(), or none by unhook().
//
// What forward() returns must be known to tblog: tensors, tuples, lists, maps
// and optionals of such, or a struct with a tblog_visit() (leaves.h).
//
// Cost where no rule is due: four loads and a branch a call.

#ifndef TBLOG_TORCH_HOOKED_H_
#define TBLOG_TORCH_HOOKED_H_

#include <torch/nn/module.h>
#include <torch/nn/modules/container/named_any.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/pimpl.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "tblog/torch_norms.h"
#include "tblog/torch_point.h"

namespace tblog {
namespace internal {

// ---- What all hooked layers have ----

// A clone that LibTorch makes by assigning to a new module gets nothing but the
// module's own members. Among these is the point's number, as the name of a
// parameter that is undefined: LibTorch shows such to nobody, as with the bias
// of a Linear that has none.
using TorchParameters = torch::OrderedDict<std::string, at::Tensor>;
inline constexpr std::string_view kTorchMark = "tblog hooks ";

inline const std::string* find_mark(const TorchParameters& parameters) {
  for (const auto& parameter : parameters) {
    const std::string& name = parameter.key();
    if (name.compare(0, kTorchMark.size(), kTorchMark) == 0) return &name;
  }
  return nullptr;
}

inline void drop_mark(TorchParameters& parameters) {
  const std::string* const mark = find_mark(parameters);
  if (mark != nullptr) parameters.erase(std::string(*mark));
}

// The name of a module's type, as Rule::type() and tags have it: "Linear" of
// "torch::nn::LinearImpl".
inline std::string short_type_name(std::string name) {
  const size_t end = std::min(name.find('<'), name.size());
  const size_t colon = name.rfind("::", end);
  std::string arguments = name.substr(end);
  const size_t begin = colon == std::string::npos ? 0 : colon + 2;
  name = name.substr(begin, end - begin);
  if (name.size() > 4 && name.compare(name.size() - 4, 4, "Impl") == 0) {
    name.resize(name.size() - 4);
  }
  return name + arguments;
}

// What a layer has of hooks. A copy has none: clones find theirs by the mark.
class TorchTap {
 public:
  TorchTap() = default;
  TorchTap(const TorchTap&) : TorchTap() {}
  TorchTap& operator=(const TorchTap&) { return *this; }

  // Null where nothing is attached.
  TorchPoint* point(const TorchParameters& parameters) {
    TorchPoint* const known = fast_.load(std::memory_order_acquire);
    return known != nullptr ? known : point_of_mark(parameters);
  }
  std::shared_ptr<TorchPoint> shared_point(const TorchParameters& parameters) {
    if (point(parameters) == nullptr) return nullptr;
    const std::lock_guard<std::mutex> lock(mutex_);
    return point_;
  }
  // The point of this very layer, made where it has none or a clone's.
  std::shared_ptr<TorchPoint> own_point(TorchParameters& parameters) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!owner_) take(torch_points.make(), parameters);
    owner_ = true;
    return point_;
  }
  // That of what it was cloned from; null: shows nothing to anybody.
  void follow(std::shared_ptr<TorchPoint> point, TorchParameters& parameters) {
    const std::lock_guard<std::mutex> lock(mutex_);
    take(std::move(point), parameters);
    owner_ = false;
  }

 private:
  TorchPoint* point_of_mark(const TorchParameters& parameters) {
    const std::string* const mark = find_mark(parameters);
    if (mark == nullptr) return nullptr;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (point_ == nullptr) {
      point_ = torch_points.find(std::stoull(mark->substr(kTorchMark.size())));
      fast_.store(point_.get(), std::memory_order_release);
    }
    return point_.get();
  }
  // Under mutex_.
  void take(std::shared_ptr<TorchPoint> point, TorchParameters& parameters) {
    drop_mark(parameters);
    if (point != nullptr) {
      parameters.insert(
          std::string(kTorchMark) + std::to_string(point->number()),
          at::Tensor());
    }
    point_ = std::move(point);
    fast_.store(point_.get(), std::memory_order_release);
  }

  std::atomic<TorchPoint*> fast_{nullptr};
  std::mutex mutex_;
  std::shared_ptr<TorchPoint> point_;
  bool owner_ = false;
};

// What attach() finds in a module. It and what is derived of it has no name
// that a user's module could have.
class HookedLayer {
 public:
  virtual ~HookedLayer() = default;

  virtual std::string tblog_type() const = 0;
  virtual TorchParameters& tblog_parameters() = 0;
  TorchTap& tblog_tap() { return tblog_tap_; }

 protected:
  mutable TorchTap tblog_tap_;
};

// ---- The module ----

// optional<Device> of this LibTorch, whose own type older ones have.
template <class F>
struct FirstArgument;
template <class R, class C, class A>
struct FirstArgument<R (C::*)(A) const> {
  using Type = std::decay_t<A>;
};
using TorchOptionalDevice =
    FirstArgument<decltype(&torch::nn::Module::clone)>::Type;

struct TblogCopy {};

template <class Impl>
class HookedModule : public Impl, public HookedLayer {
 public:
  using Impl::Impl;

  std::string tblog_type() const override {
    return short_type_name(c10::demangle(typeid(Impl).name()));
  }
  TorchParameters& tblog_parameters() override { return this->parameters_; }

  // Shares the tensors, as copies of modules do.
  HookedModule(TblogCopy, const Impl& other) : Impl(other) {
    // Where it is a virtual base, Impl's constructor has not copied it.
    static_cast<torch::nn::Module&>(*this) = other;
  }

  // Runs `call`, which is Impl's forward() with `arguments`.
  template <class F, class... A>
  auto tblog_watch(const F& call, const A&... arguments) -> decltype(call()) {
    using R = decltype(call());
    const TorchPoint* const point = tblog_tap_.point(this->parameters_);
    if (point == nullptr || (point->due() & TorchPoint::kCall) == 0) {
      return call();
    }
    WatchedCall watched(*point);
    watched.begin(arguments...);
    if constexpr (std::is_void_v<R>) {
      call();
      watched.end(this->is_training());
    } else if constexpr (std::is_rvalue_reference_v<R>) {
      R result = call();
      watched.end(result, this->is_training());
      return std::move(result);
    } else {
      R result = call();
      watched.end(result, this->is_training());
      return result;
    }
  }

  // Impl's clone() as a Derived; what it throws is thrown.
  template <class Derived>
  std::shared_ptr<torch::nn::Module> tblog_clone(
      const TorchOptionalDevice& device) const {
    if constexpr (!std::is_copy_constructible_v<Impl>) {
      return Impl::clone(device);
    } else {
      // Cloneable counts parameters, and does not know the mark. (The very type
      // of TblogCopy's constructor: a Sequential has one that takes anything.)
      Derived bare(TblogCopy(), static_cast<const Impl&>(*this));
      drop_mark(bare.tblog_parameters());
      const auto clone =
          std::dynamic_pointer_cast<Impl>(bare.Impl::clone(device));
      if (clone == nullptr) return Impl::clone(device);
      auto hooked =
          std::make_shared<Derived>(TblogCopy(), std::as_const(*clone));
      if (auto point = tblog_tap_.shared_point(this->parameters_)) {
        hooked->tblog_tap().follow(std::move(point),
                                   hooked->tblog_parameters());
      }
      return hooked;
    }
  }
};

// ---- forward() ----

// The type of &Impl::forward, where it has one: not of overloads and templates.
template <class Impl, class = void>
struct ForwardType {
  using Type = void;
};
template <class Impl>
struct ForwardType<Impl, std::void_t<decltype(&Impl::forward)>> {
  using Type = decltype(&Impl::forward);
};

// What callers see: all that Impl's forward() can be called with.
template <class Impl, class Forward = typename ForwardType<Impl>::Type>
class HookedCall : public HookedModule<Impl> {
 public:
  using HookedModule<Impl>::HookedModule;
  HookedCall(TblogCopy copy, const Impl& other)
      : HookedModule<Impl>(copy, other) {}

  template <class... A>
  auto forward(A&&... a)
      -> decltype(std::declval<Impl&>().forward(std::forward<A>(a)...)) {
    using R = decltype(std::declval<Impl&>().forward(std::forward<A>(a)...));
    return this->tblog_watch(
        [&]() -> R { return Impl::forward(std::forward<A>(a)...); }, a...);
  }
};

// One forward() for each number of arguments, which callers may give as braces;
// what Impl has no defaults for does not compile where it is called.
template <class... A>
struct Types {};
template <size_t N, class Taken, class Rest>
struct FirstTypes;
template <class... T>
struct FirstTypes<0, Types<T...>, Types<>> {
  using Type = Types<T...>;
};
template <size_t N, class... T, class First, class... R>
struct FirstTypes<N, Types<T...>, Types<First, R...>>
    : FirstTypes<N - 1, Types<T..., First>, Types<R...>> {};
template <class... T, class First, class... R>
struct FirstTypes<0, Types<T...>, Types<First, R...>> {
  using Type = Types<T...>;
};

template <class Self, class Impl, class R, class Arguments>
class ForwardWith;
template <class Self, class Impl, class R, class... A>
class ForwardWith<Self, Impl, R, Types<A...>> {
 public:
  R forward(A... a) {
    auto& self = static_cast<Self&>(*this);
    return self.tblog_watch(
        [&]() -> R {
          return static_cast<Impl&>(self).Impl::forward(std::forward<A>(a)...);
        },
        a...);
  }
};

template <class Self, class Impl, class R, class Arguments, class Counts>
class ForwardWithFirst;
template <class Self, class Impl, class R, class... A, size_t... N>
class ForwardWithFirst<Self, Impl, R, Types<A...>, std::index_sequence<N...>>
    : public ForwardWith<
          Self, Impl, R,
          typename FirstTypes<N, Types<>, Types<A...>>::Type>... {
 public:
  using ForwardWith<
      Self, Impl, R,
      typename FirstTypes<N, Types<>, Types<A...>>::Type>::forward...;
};

template <class Impl, class R, class C, class... A>
class HookedCall<Impl, R (C::*)(A...)>
    : public HookedModule<Impl>,
      public ForwardWithFirst<HookedCall<Impl, R (C::*)(A...)>, Impl, R,
                              Types<A...>,
                              std::make_index_sequence<sizeof...(A) + 1>> {
  using Forwards = ForwardWithFirst<HookedCall, Impl, R, Types<A...>,
                                    std::make_index_sequence<sizeof...(A) + 1>>;

 public:
  using HookedModule<Impl>::HookedModule;
  HookedCall(TblogCopy copy, const Impl& other)
      : HookedModule<Impl>(copy, other) {}

  using Forwards::forward;
};

template <>
class HookedCall<torch::nn::SequentialImpl, void>
    : public HookedModule<torch::nn::SequentialImpl> {
 public:
  using HookedModule<torch::nn::SequentialImpl>::HookedModule;
  HookedCall(TblogCopy copy, const torch::nn::SequentialImpl& other)
      : HookedModule<torch::nn::SequentialImpl>(copy, other) {}

  template <class R = at::Tensor, class... A>
  R forward(A&&... a) {
    return this->tblog_watch(
        [&]() -> R {
          return torch::nn::SequentialImpl::forward<R>(std::forward<A>(a)...);
        },
        a...);
  }
};

// What stands in models: where Impl has one forward(), it has one, too, for
// AnyModule and Sequential, which take its address.
template <class Impl, class Forward = typename ForwardType<Impl>::Type>
class HookedImpl : public HookedCall<Impl> {
 public:
  using HookedCall<Impl>::HookedCall;
  HookedImpl(TblogCopy copy, const Impl& other)
      : HookedCall<Impl>(copy, other) {}

  std::shared_ptr<torch::nn::Module> clone(
      const TorchOptionalDevice& device = {}) const override {
    return this->template tblog_clone<HookedImpl>(device);
  }
};
template <class Impl, class R, class C, class... A>
class HookedImpl<Impl, R (C::*)(A...)> : public HookedCall<Impl> {
 public:
  using HookedCall<Impl>::HookedCall;
  HookedImpl(TblogCopy copy, const Impl& other)
      : HookedCall<Impl>(copy, other) {}

  R forward(A... a) { return HookedCall<Impl>::forward(std::forward<A>(a)...); }
  std::shared_ptr<torch::nn::Module> clone(
      const TorchOptionalDevice& device = {}) const override {
    return this->template tblog_clone<HookedImpl>(device);
  }
};

// ---- The holder ----

template <class M, class = void>
struct TorchImpl {
  using Type = M;
};
template <class M>
struct TorchImpl<M, std::void_t<typename M::ContainedType>> {
  using Type = typename M::ContainedType;
};

}  // namespace internal

template <class M>
class Hooked
    : public torch::nn::ModuleHolder<
          internal::HookedImpl<typename internal::TorchImpl<M>::Type>> {
 public:
  using Plain = typename internal::TorchImpl<M>::Type;
  using Impl = internal::HookedImpl<Plain>;
  using Call = internal::HookedCall<Plain>;

  using torch::nn::ModuleHolder<Impl>::ModuleHolder;
  Hooked() = default;
  // The layers of a Sequential, by name.
  template <class P = Plain, class = std::enable_if_t<
                                 std::is_same_v<P, torch::nn::SequentialImpl>>>
  Hooked(std::initializer_list<torch::nn::NamedAnyModule> layers)
      : torch::nn::ModuleHolder<Impl>(std::make_shared<Impl>(layers)) {}

  // As an M, for functions that want one; it is the same module.
  template <class P = M, class = std::enable_if_t<!std::is_same_v<P, Plain>>>
  operator P() const {
    return this->is_empty() ? P(nullptr)
                            : P(std::shared_ptr<Plain>(this->ptr()));
  }

  Call* operator->() { return this->get(); }
  const Call* operator->() const { return this->get(); }

  // Default arguments may be left out.
  template <class... A>
  auto operator()(A&&... a)
      -> decltype(std::declval<Call&>().forward(std::forward<A>(a)...)) {
    return static_cast<Call&>(*this->get()).forward(std::forward<A>(a)...);
  }
};

}  // namespace tblog

#endif  // TBLOG_TORCH_HOOKED_H_
