// SPDX-License-Identifier: Apache-2.0
//
// AVX-512 of Ice Lake, Zen 4 and later. (Skylake's lacks the vector of bit
// counts, and lowers the clock: AVX2 serves it as well.)

#include <immintrin.h>

#include <cstddef>

namespace tblog::internal {
namespace {
constexpr size_t kVectorBytes = 64;
}
}  // namespace tblog::internal

#include "src/histogram/kernels.h"
#include "src/histogram/vectors.h"

namespace tblog::internal {
namespace {

using Floats = Vector<float>;

inline Floats min_of(Floats a, Floats b) { return _mm512_min_ps(a, b); }
inline Floats max_of(Floats a, Floats b) { return _mm512_max_ps(a, b); }
inline Vector<double> min_of(Vector<double> a, Vector<double> b) {
  return _mm512_min_pd(a, b);
}
inline Vector<double> max_of(Vector<double> a, Vector<double> b) {
  return _mm512_max_pd(a, b);
}

inline Floats floats_of_halves(const char* p) {
  return _mm512_cvtph_ps(load<__m256i>(p));
}

}  // namespace
}  // namespace tblog::internal

#define TBLOG_KERNELS_HAVE_BITS
#define TBLOG_KERNELS_HAVE_HALVES
#include "src/histogram/kernels-inl.h"

namespace tblog::internal {
namespace {

constexpr int kInBucket = 1 << (kPlanes - 1);

// A byte a value: its bucket and kInBucket, or 0.
inline __m512i bucket_bytes(const float* values,
                            const EvenEdges<float>& edges) {
  const __m512 lo = _mm512_set1_ps(edges.lo), hi = _mm512_set1_ps(edges.hi);
  const __m512 unit = _mm512_set1_ps(edges.unit);
  const __m512 base = _mm512_set1_ps(edges.base);
  const __m512 scale = _mm512_set1_ps(edges.scale);
  const __m512 next_a = _mm512_loadu_ps(edges.next);
  const __m512 next_b = _mm512_loadu_ps(edges.next + 16);
  __m512i bytes = _mm512_setzero_si512();
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m512 x = _mm512_loadu_ps(values + 16 * i);
    const __mmask16 inside = _mm512_mask_cmp_ps_mask(
        _mm512_cmp_ps_mask(x, lo, _CMP_GE_OQ), x, hi, _CMP_LE_OQ);
    const __m512i g = _mm512_cvttps_epi32(
        _mm512_mul_ps(_mm512_fmsub_ps(x, unit, base), scale));
    const __m512 next = _mm512_permutex2var_ps(next_a, g, next_b);
    const __mmask16 is_next = _mm512_cmp_ps_mask(x, next, _CMP_GE_OQ);
    const __m512i bucket =
        _mm512_mask_add_epi32(g, is_next, g, _mm512_set1_epi32(1));
    const __m512i byte =
        _mm512_maskz_or_epi32(inside, bucket, _mm512_set1_epi32(kInBucket));
    bytes = _mm512_or_si512(bytes, _mm512_slli_epi32(byte, 8 * i));
  }
  return bytes;
}

inline __m512i bucket_bytes(const double* values,
                            const EvenEdges<double>& edges) {
  const __m512d lo = _mm512_set1_pd(edges.lo), hi = _mm512_set1_pd(edges.hi);
  const __m512d unit = _mm512_set1_pd(edges.unit);
  const __m512d base = _mm512_set1_pd(edges.base);
  const __m512d scale = _mm512_set1_pd(edges.scale);
  const __m512d next_a = _mm512_loadu_pd(edges.next);
  const __m512d next_b = _mm512_loadu_pd(edges.next + 8);
  const __m512d next_c = _mm512_loadu_pd(edges.next + 16);
  const __m512d next_d = _mm512_loadu_pd(edges.next + 24);
  __m512i bytes = _mm512_setzero_si512();
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    const __m512d x = _mm512_loadu_pd(values + 8 * i);
    const __mmask8 inside = _mm512_mask_cmp_pd_mask(
        _mm512_cmp_pd_mask(x, lo, _CMP_GE_OQ), x, hi, _CMP_LE_OQ);
    const __m512i g = _mm512_cvttpd_epi64(
        _mm512_mul_pd(_mm512_fmsub_pd(x, unit, base), scale));
    const __m512d lower = _mm512_permutex2var_pd(next_a, g, next_b);
    const __m512d upper = _mm512_permutex2var_pd(next_c, g, next_d);
    const __mmask8 is_upper = _mm512_test_epi64_mask(g, _mm512_set1_epi64(16));
    const __mmask8 is_next = _mm512_cmp_pd_mask(
        x, _mm512_mask_blend_pd(is_upper, lower, upper), _CMP_GE_OQ);
    const __m512i bucket =
        _mm512_mask_add_epi64(g, is_next, g, _mm512_set1_epi64(1));
    const __m512i byte =
        _mm512_maskz_or_epi64(inside, bucket, _mm512_set1_epi64(kInBucket));
    bytes = _mm512_or_si512(bytes, _mm512_slli_epi64(byte, 8 * i));
  }
  return bytes;
}

template <class V>
inline void bucket_bits(const V* values, const EvenEdges<V>& edges, size_t w,
                        Planes& planes) {
  const __m512i bytes = bucket_bytes(values, edges);
#pragma GCC unroll 6
  for (size_t b = 0; b < kPlanes; ++b) {
    planes.words[b][w] = _mm512_test_epi8_mask(
        bytes, _mm512_set1_epi8(static_cast<char>(1 << b)));
  }
}

inline void add_popcounts(const Planes& planes, size_t words,
                          SubsetCounts& subsets) {
  for (size_t w = 0; w < words; w += 8) {
    __m512i with[kFewBuckets];  // all bits of the set
    with[0] = _mm512_load_si512(&planes.words[kPlanes - 1][w]);
#pragma GCC unroll 32
    for (size_t set = 0; set < kFewBuckets; ++set) {
      if (set != 0) {
        const int bit = __builtin_ctzll(set);
        with[set] = _mm512_and_si512(with[set & (set - 1)],
                                     _mm512_load_si512(&planes.words[bit][w]));
      }
      auto* const sum = reinterpret_cast<__m512i*>(subsets.lanes[set]);
      *sum = _mm512_add_epi64(*sum, _mm512_popcnt_epi64(with[set]));
    }
  }
}

template <class V>
constexpr ValueKernels<V> kValueKernels = {
    moments<V>,           deviations<V>, finite_moments<V>,
    finite_deviations<V>, find<V>,       add_subsets<V>};

bool supported() {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vpopcntdq") &&
         __builtin_cpu_supports("fma");
}

}  // namespace

extern const Kernels kAvx512Kernels;
constinit const Kernels kAvx512Kernels = {"avx512", supported,
                                          kValueKernels<float>,
                                          kValueKernels<double>, kWidening};

}  // namespace tblog::internal
