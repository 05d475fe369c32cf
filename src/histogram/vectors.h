// SPDX-License-Identifier: Apache-2.0
//
// Vectors of kVectorBytes, which the including file has defined, by the
// extension that GCC and Clang share: arithmetic, comparison (lanes 0 or -1)
// and `mask ? a : b` are operators.

#ifndef TBLOG_SRC_HISTOGRAM_VECTORS_H_
#define TBLOG_SRC_HISTOGRAM_VECTORS_H_

#include <cstddef>
#include <cstdint>

namespace tblog::internal {
namespace {

template <class V>
struct VectorOf {
  typedef V type __attribute__((vector_size(kVectorBytes)));
};
template <class V>
using Vector = typename VectorOf<V>::type;

// From memory that need not be aligned.
template <class T>
inline T load(const void* p) {
  T x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}

template <class V>
inline Vector<V> all_lanes(V x) {
  return Vector<V>{} + x;  // -0 becomes 0
}

inline Vector<double> abs_of(Vector<double> x) {
  typedef Vector<int64_t> Bits;
  return (Vector<double>)((Bits)x & (Bits{} + INT64_MAX));
}

}  // namespace
}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_VECTORS_H_
