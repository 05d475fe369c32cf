// SPDX-License-Identifier: Apache-2.0
//
// LibTorch's batch and instance norms as bases of other classes. Old versions
// (Debian's 1.13) declare how these are printed, but their library keeps the
// definitions to itself, so that nothing that derives of them links. Here they
// are. Versions in between may have them or not: specializations serve both.

#ifndef TBLOG_TORCH_NORMS_H_
#define TBLOG_TORCH_NORMS_H_

// First: what the next one uses and leaves out.
#include <torch/nn/functional/instancenorm.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/version.h>

#include <cstddef>
#include <ios>
#include <ostream>
#include <type_traits>

#if TORCH_VERSION_MAJOR < 2 || \
    (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 15)

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

template <>
inline void BatchNormImplBase<1, BatchNorm1dImpl>::pretty_print(
    std::ostream& stream) const {
  tblog::internal::print_norm(stream, "BatchNorm", 1, this->options);
}
template <>
inline void BatchNormImplBase<2, BatchNorm2dImpl>::pretty_print(
    std::ostream& stream) const {
  tblog::internal::print_norm(stream, "BatchNorm", 2, this->options);
}
template <>
inline void BatchNormImplBase<3, BatchNorm3dImpl>::pretty_print(
    std::ostream& stream) const {
  tblog::internal::print_norm(stream, "BatchNorm", 3, this->options);
}
template <>
inline void InstanceNormImpl<1, InstanceNorm1dImpl>::pretty_print(
    std::ostream& stream) const {
  tblog::internal::print_norm(stream, "InstanceNorm", 1, this->options);
}
template <>
inline void InstanceNormImpl<2, InstanceNorm2dImpl>::pretty_print(
    std::ostream& stream) const {
  tblog::internal::print_norm(stream, "InstanceNorm", 2, this->options);
}
template <>
inline void InstanceNormImpl<3, InstanceNorm3dImpl>::pretty_print(
    std::ostream& stream) const {
  tblog::internal::print_norm(stream, "InstanceNorm", 3, this->options);
}

}  // namespace nn
}  // namespace torch

#endif

#endif  // TBLOG_TORCH_NORMS_H_
