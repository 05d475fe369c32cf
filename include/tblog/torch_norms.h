// SPDX-License-Identifier: Apache-2.0
//
// LibTorch's batch and instance norms as bases of other classes. LibTorch
// declares how these are printed, but its library (1.13 to 2.15 at least) keeps
// the definitions to itself, so that nothing that derives of them links. Here
// they are; define TBLOG_TORCH_HAS_NORMS where a LibTorch has its own.

#ifndef TBLOG_TORCH_NORMS_H_
#define TBLOG_TORCH_NORMS_H_

// First: what the next one uses and leaves out.
#include <torch/nn/functional/instancenorm.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/instancenorm.h>

#include <cstddef>
#include <ios>
#include <ostream>
#include <type_traits>

#ifndef TBLOG_TORCH_HAS_NORMS

namespace tblog {
namespace internal {

// Prints a double, or an optional one.
template <class Momentum>
void print_momentum(std::ostream& stream, const Momentum& momentum) {
  if constexpr (std::is_arithmetic_v<Momentum>) {
    stream << momentum;
  } else if (momentum) {
    stream << *momentum;
  } else {
    stream << "None";
  }
}

// As LibTorch prints such a module.
template <class Options>
void print_norm(std::ostream& stream, const char* name, size_t dimensions,
                const Options& options) {
  stream << std::boolalpha << "torch::nn::" << name << dimensions << "d("
         << options.num_features() << ", eps=" << options.eps()
         << ", momentum=";
  print_momentum(stream, options.momentum());
  stream << ", affine=" << options.affine()
         << ", track_running_stats=" << options.track_running_stats() << ")";
}

}  // namespace internal
}  // namespace tblog

namespace torch {
namespace nn {

template <size_t D, typename Derived>
void BatchNormImplBase<D, Derived>::pretty_print(std::ostream& stream) const {
  tblog::internal::print_norm(stream, "BatchNorm", D, this->options);
}

template <size_t D, typename Derived>
void InstanceNormImpl<D, Derived>::pretty_print(std::ostream& stream) const {
  tblog::internal::print_norm(stream, "InstanceNorm", D, this->options);
}

}  // namespace nn
}  // namespace torch

#endif  // TBLOG_TORCH_HAS_NORMS

#endif  // TBLOG_TORCH_NORMS_H_
