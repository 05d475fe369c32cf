// SPDX-License-Identifier: Apache-2.0
//
// The loops over values, one set a target of SIMD instructions, and the choice
// among them at run time. Thread-safe.
//
// A target is one file, kernels_<target>.cc, compiled for its instructions; it
// says how a vector is made there, and kernels-inl.h has the loops that all
// targets with vectors share. kernels_plain.cc is the oracle: the same results
// in standard C++. All kernels give the same counts, minima and maxima, bit for
// bit; sums differ by the order of their terms.

#ifndef TBLOG_SRC_HISTOGRAM_KERNELS_H_
#define TBLOG_SRC_HISTOGRAM_KERNELS_H_

#include <cstddef>
#include <cstdint>

namespace tblog::internal {

// Values in one call of a kernel, at most: what the sums' error is bound by.
constexpr size_t kKernelValues = 1024;

// What one block of 1 to kKernelValues values adds. A sum of squares that is
// not finite means that a value is not, or that a square overflowed: then only
// the sums are to be looked at. Each sum errs by at most kKernelValues · 2^-53
// / lanes < 6e-14 of Σ|x|.
struct BlockMoments {
  double min;
  double max;
  double sum;
  double sum_abs;
  double sum_squares;
  uint64_t zeros;
};

// The same of the finite ones among the values: `of_finite` where there is one;
// and how many are not.
struct FiniteMoments {
  BlockMoments of_finite;
  uint64_t nan;
  uint64_t pos_inf;
  uint64_t neg_inf;
};

// Σ(x - center)² and Σ(x - center).
struct BlockDeviations {
  double squares;
  double sum;
};

// Edges at about equal distances, of which a guess knows the bucket of x up to
// one comparison: with g = int((x · unit - base) · scale), it is g + (x >=
// next[g]). Who makes them has checked that for the least and the largest x of
// each bucket; so it holds for all between, since subtraction, multiplication
// and truncation, rounded, never descend where x ascends. `unit` is 1, or a
// power of two that makes normal numbers of denormal ones: its product is
// exact, so that a fused operation changes nothing.
template <class V>
struct EvenEdges {
  V lo, hi;  // values outside [lo, hi], and NaN, are in no bucket
  V unit, base, scale;
  uint32_t buckets;
  const V* next;  // [max(buckets + 1, kFewBuckets)]: next[i] is where bucket i
                  // ends; NaN from the last one on
};

// So many buckets that registers hold all their edges and 5 bits an index.
constexpr size_t kFewBuckets = 32;

// For each set of these bits, the number of values in buckets whose index has
// at least these bits: the sum of lanes[set].
struct SubsetCounts {
  alignas(64) uint64_t lanes[kFewBuckets][8];
};

template <class V>
struct ValueKernels {
  // Of values · scale. min and max are unscaled.
  BlockMoments (*moments)(const V* values, size_t n, double scale);

  BlockDeviations (*deviations)(const V* values, size_t n, double scale,
                                double center);

  // Where some values may not be finite.
  FiniteMoments (*finite_moments)(const V* values, size_t n, double scale);

  // Of those that are finite.
  BlockDeviations (*finite_deviations)(const V* values, size_t n, double scale,
                                       double center);

  // indices[i]: the bucket of values[i], or edges.buckets for none.
  void (*find)(const V* values, size_t n, const EvenEdges<V>& edges,
               uint32_t* indices);

  // Counts where edges.buckets <= kFewBuckets. Null where find() and a table of
  // counts are faster.
  void (*add_subsets)(const V* values, size_t n, const EvenEdges<V>& edges,
                      SubsetCounts& subsets);
};

// From n elements at any address to numbers, all exact but for integers of 64
// bits beyond 2^53: these become the nearest double, or, floored, the next one
// that is not above. (An integer is not below a double exactly where its floor
// is not.) Null where the loop of for_each_block() will do.
struct WideningKernels {
  void (*float16)(const char* p, size_t n, float* out);
  void (*bfloat16)(const char* p, size_t n, float* out);
  void (*int16)(const char* p, size_t n, float* out);
  void (*uint16)(const char* p, size_t n, float* out);
  void (*int32)(const char* p, size_t n, double* out);
  void (*uint32)(const char* p, size_t n, double* out);
  void (*int64)(const char* p, size_t n, double* out);
  void (*uint64)(const char* p, size_t n, double* out);
  void (*floored_int64)(const char* p, size_t n, double* out);
  void (*floored_uint64)(const char* p, size_t n, double* out);
};

struct Kernels {
  const char* name;  // "plain", "sse4", "avx2", "avx512", "neon"
  bool (*supported)();
  ValueKernels<float> float32;
  ValueKernels<double> float64;
  WideningKernels widening;
};

// Those of the best target that this CPU has, chosen at the first call; the
// environment variable TBLOG_SIMD names another one.
const Kernels& kernels();

// The targets that this library was built with: `count` of them, the best one
// first, the last one plain.
struct KernelList {
  const Kernels* const* targets;
  size_t count;
};
KernelList all_kernels();

// For tests: kernels() is `target`, or what the CPU has again for null.
void force_kernels(const Kernels* target);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_KERNELS_H_
