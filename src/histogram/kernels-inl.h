// SPDX-License-Identifier: Apache-2.0
//
// The kernels on vectors, for the file of a target, which first defines
//
//   namespace tblog::internal { namespace {
//   constexpr size_t kVectorBytes = 32;  // of one vector
//
// then includes vectors.h, and defines min_of(a, b), which is a < b ? a : b,
// and max_of(a, b), a > b ? a : b, for Vector<float> and Vector<double>. What
// else it can do fast, it defines with TBLOG_KERNELS_HAVE_BITS and _HALVES. All
// is in an anonymous namespace, and no standard header with inline functions is
// included: a function compiled for one CPU must not be the copy that the
// linker keeps for all.

#ifndef TBLOG_SRC_HISTOGRAM_KERNELS_INL_H_
#define TBLOG_SRC_HISTOGRAM_KERNELS_INL_H_

#include "src/histogram/kernels.h"

namespace tblog::internal {
namespace {

using Doubles = Vector<double>;
constexpr size_t kDoubles = kVectorBytes / sizeof(double);
constexpr size_t kStep = 2 * kDoubles;  // values in one turn of a loop

struct Pair {
  Doubles a, b;
};

// ---- Moments ----

inline Pair load_pair(const double* p, double scale) {
  return {load<Doubles>(p) * scale, load<Doubles>(p + kDoubles) * scale};
}

// A float has no use for a scale: its square is far from a double's ends.
inline Pair load_pair(const float* p, double) {
  typedef float Half __attribute__((vector_size(kVectorBytes / 2)));
  return {__builtin_convertvector(load<Half>(p), Doubles),
          __builtin_convertvector(load<Half>(p + kDoubles), Doubles)};
}

template <class V>
double least(Vector<V> lanes) {
  V least = lanes[0];
  for (size_t i = 1; i < kVectorBytes / sizeof(V); ++i) {
    least = lanes[i] < least ? lanes[i] : least;
  }
  return static_cast<double>(least);
}

template <class V>
double largest(Vector<V> lanes) {
  return -least<V>(-lanes);
}

inline double sum_of(Doubles lanes) {
  double sum = 0;
  for (size_t i = 0; i < kDoubles; ++i) sum += lanes[i];
  return sum;
}

inline Vector<int32_t> zero_count(Vector<float>) { return Vector<int32_t>{}; }
inline Vector<int64_t> zero_count(Doubles) { return Vector<int64_t>{}; }

template <class V>
constexpr V kInfinity = static_cast<V>(__builtin_inf());

// What loops look at: all values, or those that are finite among them.
enum class Those { kAll, kFinite };

// 0 in the lanes that are not finite.
template <Those kThose>
inline Doubles chosen(Doubles x) {
  if constexpr (kThose == Those::kFinite) x = x - x == 0.0 ? x : Doubles{};
  return x;
}

// The extremes and zeros of values, and how many are not finite, by lanes.
template <Those kThose, class V>
struct Extremes {
  Vector<V> lo, hi;
  decltype(zero_count(Vector<V>{})) zeros = {}, nan = {}, above = {},
                                    below = {};

  inline void add(Vector<V> x) {
    using Count = decltype(zeros);
    zeros -= (Count)(x == V(0));
    if constexpr (kThose == Those::kFinite) {
      nan -= (Count)(x != x);
      above -= (Count)(x == kInfinity<V>);
      below -= (Count)(x == -kInfinity<V>);
      const auto is_finite = x - x == V(0);
      lo = min_of(is_finite ? x : lo, lo);
      hi = max_of(is_finite ? x : hi, hi);
    } else {
      lo = min_of(x, lo);
      hi = max_of(x, hi);
    }
  }
  // kStep values: one vector of floats, or two of doubles.
  inline void add_step(const V* p) {
    for (size_t i = 0; i < kStep; i += kVectorBytes / sizeof(V))
      add(load<Vector<V>>(p + i));
  }
};

template <class Count>
uint64_t total(Count lanes) {
  uint64_t sum = 0;
  for (size_t k = 0; k < sizeof(Count) / sizeof(lanes[0]); ++k)
    sum += static_cast<uint64_t>(lanes[k]);
  return sum;
}

template <Those kThose, class V>
FiniteMoments moments_of(const V* values, size_t n, double scale) {
  constexpr bool kAll = kThose == Those::kAll;
  // What fills up the last step, and counts nowhere.
  const V filler = kAll ? values[0] : static_cast<V>(__builtin_nan(""));
  Extremes<kThose, V> range = {all_lanes<V>(kAll ? filler : kInfinity<V>),
                               all_lanes<V>(kAll ? filler : -kInfinity<V>)};
  Doubles sum_a = {}, sum_b = {}, abs_a = {}, abs_b = {}, square_a = {},
          square_b = {};
  const auto add = [&](const V* p) {
    const Pair pair = load_pair(p, scale);
    const Doubles a = chosen<kThose>(pair.a), b = chosen<kThose>(pair.b);
    sum_a += a;
    sum_b += b;
    abs_a += abs_of(a);
    abs_b += abs_of(b);
    square_a += a * a;
    square_b += b * b;
  };
  FiniteMoments all = {};
  BlockMoments& block = all.of_finite;
  size_t i = 0;
  for (; i + kStep <= n; i += kStep) {
    range.add_step(values + i);
    add(values + i);
  }
  if (i < n) {
    const uint64_t filled = kStep - (n - i);
    V for_sums[kStep] = {}, for_range[kStep];
    for (size_t k = 0; k < kStep; ++k) for_range[k] = filler;
    for (size_t k = 0; i + k < n; ++k) {
      for_sums[k] = for_range[k] = values[i + k];
    }
    range.add_step(for_range);
    add(for_sums);
    if (filler == 0) block.zeros -= filled;
    if (!kAll) all.nan -= filled;
  }
  block.min = least<V>(range.lo);
  block.max = largest<V>(range.hi);
  block.sum = sum_of(sum_a + sum_b);
  block.sum_abs = sum_of(abs_a + abs_b);
  block.sum_squares = sum_of(square_a + square_b);
  block.zeros += total(range.zeros);
  all.nan += total(range.nan);
  all.pos_inf = total(range.above);
  all.neg_inf = total(range.below);
  return all;
}

template <Those kThose, class V>
BlockDeviations deviations_of(const V* values, size_t n, double scale,
                              double center) {
  Doubles square_a = {}, square_b = {}, sum_a = {}, sum_b = {};
  const auto add = [&](const Pair& x) {
    const Doubles a = chosen<kThose>(x.a - center);
    const Doubles b = chosen<kThose>(x.b - center);
    square_a += a * a;
    square_b += b * b;
    sum_a += a;
    sum_b += b;
  };
  size_t i = 0;
  for (; i + kStep <= n; i += kStep) add(load_pair(values + i, scale));
  BlockDeviations block = {sum_of(square_a + square_b), sum_of(sum_a + sum_b)};
  for (; i < n; ++i) {
    const double d = static_cast<double>(values[i]) * scale - center;
    if (kThose == Those::kFinite && d - d != 0) continue;
    block.squares += d * d;
    block.sum += d;
  }
  return block;
}

template <class V>
BlockMoments moments(const V* values, size_t n, double scale) {
  return moments_of<Those::kAll>(values, n, scale).of_finite;
}

template <class V>
FiniteMoments finite_moments(const V* values, size_t n, double scale) {
  return moments_of<Those::kFinite>(values, n, scale);
}

template <class V>
BlockDeviations deviations(const V* values, size_t n, double scale,
                           double center) {
  return deviations_of<Those::kAll>(values, n, scale, center);
}

template <class V>
BlockDeviations finite_deviations(const V* values, size_t n, double scale,
                                  double center) {
  return deviations_of<Those::kFinite>(values, n, scale, center);
}

// ---- Buckets ----

// What int() makes the guess, and edges.buckets for what lies outside.
template <class V>
inline Vector<V> guess(Vector<V> x, const EvenEdges<V>& edges) {
  const auto outside = all_lanes<V>(static_cast<V>(edges.buckets));
  const auto inside = (x >= edges.lo) & (x <= edges.hi);
  return inside ? (x * edges.unit - edges.base) * edges.scale : outside;
}

template <class V>
void find(const V* values, size_t n, const EvenEdges<V>& edges,
          uint32_t* indices) {
  constexpr size_t kLanes = kVectorBytes / sizeof(V);
  typedef int32_t Indices __attribute__((vector_size(kLanes * 4)));
  const auto guess_at = [&](const V* p, uint32_t* out) {
    const Indices g =
        __builtin_convertvector(guess(load<Vector<V>>(p), edges), Indices);
    __builtin_memcpy(out, &g, sizeof g);
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) guess_at(values + i, indices + i);
  if (i < n) {
    V rest[kLanes] = {};
    uint32_t rest_indices[kLanes];
    for (size_t k = 0; i + k < n; ++k) rest[k] = values[i + k];
    guess_at(rest, rest_indices);
    for (size_t k = 0; i + k < n; ++k) indices[i + k] = rest_indices[k];
  }
  for (i = 0; i < n; ++i) indices[i] += values[i] >= edges.next[indices[i]];
}

// ---- From elements to numbers ----

constexpr size_t kFloats = kVectorBytes / sizeof(float);

template <class T, size_t kLanes>
struct ShortOf {
  typedef T type __attribute__((vector_size(kLanes * sizeof(T))));
};

// As to_float() in src/base/elements.h says, without a branch.
#ifndef TBLOG_KERNELS_HAVE_HALVES
inline Vector<float> floats_of_halves(const char* p) {
  using Bits = Vector<uint32_t>;
  const Bits half = __builtin_convertvector(
      load<typename ShortOf<uint16_t, kFloats>::type>(p), Bits);
  const Bits magnitude = half & 0x7fff;
  const Bits rebias = Bits{} + ((127 - 15) << 23);
  Bits normal = (magnitude << 13) + rebias;
  normal += magnitude >= 0x7c00 ? rebias : Bits{};  // NaN and infinities
  const Bits denormal = (Bits)(__builtin_convertvector(
                                   (Vector<int32_t>)magnitude, Vector<float>) *
                               0x1p-24f);
  const Bits sign = (half & 0x8000) << 16;
  return (Vector<float>)((magnitude < 0x400 ? denormal : normal) | sign);
}
#endif

struct HalfLoader {
  using Element = uint16_t;
  static Vector<float> load_from(const char* p) { return floats_of_halves(p); }
};

struct BFloatLoader {
  using Element = uint16_t;
  static Vector<float> load_from(const char* p) {
    const auto bits = __builtin_convertvector(
        load<typename ShortOf<uint16_t, kFloats>::type>(p), Vector<uint32_t>);
    return (Vector<float>)(bits << 16);
  }
};

template <class T>
struct ShortLoader {
  using Element = T;
  static Vector<float> load_from(const char* p) {
    return __builtin_convertvector(
        __builtin_convertvector(load<typename ShortOf<T, kFloats>::type>(p),
                                Vector<int32_t>),
        Vector<float>);
  }
};

struct Int32Loader {
  using Element = int32_t;
  static Doubles load_from(const char* p) {
    return __builtin_convertvector(
        load<typename ShortOf<int32_t, kDoubles>::type>(p), Doubles);
  }
};

struct Uint32Loader {
  using Element = uint32_t;
  static Doubles load_from(const char* p) {
    typedef typename ShortOf<int32_t, kDoubles>::type Ints;
    return __builtin_convertvector(load<Ints>(p) ^ INT32_MIN, Doubles) + 0x1p31;
  }
};

// Both halves become the mantissas of doubles whose exponents are known; their
// sum is rounded once. What it is too large by is known exactly (T. J. Dekker,
// "A floating-point technique for extending the available precision", 1971).
template <class T, bool kFloored>
struct Int64Loader {
  using Element = T;
  static Doubles load_from(const char* p) {
    using Bits = Vector<uint64_t>;
    constexpr bool kSigned = T(-1) < T(0);
    const Bits x = load<Bits>(p);
    const Bits low = (x & 0xffffffff) | 0x4330000000000000;  // 2^52 + …
    const Bits upper =  // 2^84 + … · 2^32
        ((x >> 32) ^ (kSigned ? 0x80000000 : 0)) | 0x4530000000000000;
    const Doubles a = (Doubles)upper - (kSigned ? 0x1p84 + 0x1p63 : 0x1p84);
    const Doubles b = (Doubles)low - 0x1p52;
    const Doubles sum = a + b;
    if (!kFloored) return sum;
    const auto is_above = b - (sum - a) < 0.0;  // -1 in such lanes
    // One step down: towards 0 in the bits of a positive number.
    const auto step = sum > 0.0 ? is_above : -is_above;
    return (Doubles)((Vector<int64_t>)sum + (Vector<int64_t>)step);
  }
};

template <class Loader, class V>
void widen(const char* p, size_t n, V* out) {
  using Element = typename Loader::Element;
  constexpr size_t kLanes = kVectorBytes / sizeof(V);
  const auto widen_at = [](const char* from, V* to) {
    const auto x = Loader::load_from(from);
    __builtin_memcpy(to, &x, sizeof x);
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    widen_at(p + i * sizeof(Element), out + i);
  }
  if (i < n) {
    Element rest[kLanes] = {};
    V rest_out[kLanes];
    __builtin_memcpy(rest, p + i * sizeof(Element), (n - i) * sizeof(Element));
    widen_at(reinterpret_cast<const char*>(rest), rest_out);
    __builtin_memcpy(out + i, rest_out, (n - i) * sizeof(V));
  }
}

constexpr WideningKernels kWidening = {
    widen<HalfLoader, float>,
    widen<BFloatLoader, float>,
    widen<ShortLoader<int16_t>, float>,
    widen<ShortLoader<uint16_t>, float>,
    widen<Int32Loader, double>,
    widen<Uint32Loader, double>,
    widen<Int64Loader<int64_t, false>, double>,
    widen<Int64Loader<uint64_t, false>, double>,
    widen<Int64Loader<int64_t, true>, double>,
    widen<Int64Loader<uint64_t, true>, double>,
};

// ---- A few buckets ----

#ifdef TBLOG_KERNELS_HAVE_BITS

// Of 64 values a word; of plane b bit b of their buckets, of the last plane
// whether they are in a bucket at all.
constexpr size_t kPlanes = 6;
constexpr size_t kWords = kKernelValues / 64;
struct Planes {
  alignas(64) uint64_t words[kPlanes][kWords];
};

// What the target gives: bucket_bits() sets word w of all planes from 64
// values, in any order of them; add_popcounts() adds what the first `words`
// words hold, where the words up to the next multiple of 8 are 0.
template <class V>
void bucket_bits(const V* values, const EvenEdges<V>& edges, size_t w,
                 Planes& planes);
void add_popcounts(const Planes& planes, size_t words, SubsetCounts& subsets);

// Counts without a table of counts, of which one entry might be needed again
// and again, each time waiting for the last: where a set of bits is set, a word
// of 64 values at a time.
template <class V>
void add_subsets(const V* values, size_t n, const EvenEdges<V>& edges,
                 SubsetCounts& subsets) {
  Planes planes;
  size_t w = 0;
  for (; w < n / 64; ++w) bucket_bits(values + 64 * w, edges, w, planes);
  if (n % 64 != 0) {
    V rest[64];
    for (size_t i = 0; i < 64; ++i) {
      rest[i] = i < n % 64 ? values[64 * w + i] : edges.next[edges.buckets];
    }
    bucket_bits<V>(rest, edges, w++, planes);
  }
  const size_t words = w;
  for (; w % 8 != 0; ++w) {
    for (auto& plane : planes.words) plane[w] = 0;
  }
  add_popcounts(planes, words, subsets);
}

#endif  // TBLOG_KERNELS_HAVE_BITS

}  // namespace
}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_KERNELS_INL_H_
