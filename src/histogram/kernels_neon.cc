// SPDX-License-Identifier: Apache-2.0
//
// Advanced SIMD, which every aarch64 has.

#include <cstddef>

namespace tblog::internal {
namespace {
constexpr size_t kVectorBytes = 16;
}
}  // namespace tblog::internal

#include "src/histogram/kernels.h"
#include "src/histogram/vectors.h"

namespace tblog::internal {
namespace {

// Not vminq: that gives NaN where one of both is NaN.
template <class W>
inline W min_of(W a, W b) {
  return a < b ? a : b;
}
template <class W>
inline W max_of(W a, W b) {
  return a > b ? a : b;
}

}  // namespace
}  // namespace tblog::internal

#include "src/histogram/kernels-inl.h"

namespace tblog::internal {
namespace {

template <class V>
constexpr ValueKernels<V> kValueKernels = {
    moments<V>,           deviations<V>, finite_moments<V>,
    finite_deviations<V>, find<V>,       nullptr};

}  // namespace

extern const Kernels kNeonKernels;
constinit const Kernels kNeonKernels = {"neon", [] { return true; },
                                        kValueKernels<float>,
                                        kValueKernels<double>, kWidening};

}  // namespace tblog::internal
