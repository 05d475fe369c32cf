// SPDX-License-Identifier: Apache-2.0
//
// SSE4.2: x86-64-v2.

#include <immintrin.h>

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

using Floats = Vector<float>;

inline Floats min_of(Floats a, Floats b) { return _mm_min_ps(a, b); }
inline Floats max_of(Floats a, Floats b) { return _mm_max_ps(a, b); }
inline Vector<double> min_of(Vector<double> a, Vector<double> b) {
  return _mm_min_pd(a, b);
}
inline Vector<double> max_of(Vector<double> a, Vector<double> b) {
  return _mm_max_pd(a, b);
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

bool supported() { return __builtin_cpu_supports("sse4.2"); }

}  // namespace

extern const Kernels kSse4Kernels;
constinit const Kernels kSse4Kernels = {"sse4", supported, kValueKernels<float>,
                                        kValueKernels<double>, kWidening};

}  // namespace tblog::internal
