// SPDX-License-Identifier: Apache-2.0
//
// AVX2 with FMA: x86-64-v3.

#include <cpuid.h>
#include <immintrin.h>

#include <cstddef>

namespace tblog::internal {
namespace {
constexpr size_t kVectorBytes = 32;
}
}  // namespace tblog::internal

#include "src/histogram/kernels.h"
#include "src/histogram/vectors.h"

namespace tblog::internal {
namespace {

using Floats = Vector<float>;

inline Floats min_of(Floats a, Floats b) { return _mm256_min_ps(a, b); }
inline Floats max_of(Floats a, Floats b) { return _mm256_max_ps(a, b); }
inline Vector<double> min_of(Vector<double> a, Vector<double> b) {
  return _mm256_min_pd(a, b);
}
inline Vector<double> max_of(Vector<double> a, Vector<double> b) {
  return _mm256_max_pd(a, b);
}

inline Floats floats_of_halves(const char* p) {
  return _mm256_cvtph_ps(load<__m128i>(p));
}

}  // namespace
}  // namespace tblog::internal

#define TBLOG_KERNELS_HAVE_BITS
#define TBLOG_KERNELS_HAVE_HALVES
#include "src/histogram/kernels-inl.h"

namespace tblog::internal {
namespace {

constexpr int kInBucket = 1 << (kPlanes - 1);

// Those of 32 edges, 8 in a register, that `index` says.
inline __m256 pick(const __m256* edges, __m256i index) {
  const __m256 bit3 = _mm256_castsi256_ps(_mm256_slli_epi32(index, 31 - 3));
  const __m256 bit4 = _mm256_castsi256_ps(_mm256_slli_epi32(index, 31 - 4));
  const __m256 a =
      _mm256_blendv_ps(_mm256_permutevar8x32_ps(edges[0], index),
                       _mm256_permutevar8x32_ps(edges[1], index), bit3);
  const __m256 b =
      _mm256_blendv_ps(_mm256_permutevar8x32_ps(edges[2], index),
                       _mm256_permutevar8x32_ps(edges[3], index), bit3);
  return _mm256_blendv_ps(a, b, bit4);
}

// A byte a value of 32: its bucket and kInBucket, or 0.
inline __m256i bucket_bytes(const float* values,
                            const EvenEdges<float>& edges) {
  const __m256 lo = _mm256_set1_ps(edges.lo), hi = _mm256_set1_ps(edges.hi);
  const __m256 unit = _mm256_set1_ps(edges.unit);
  const __m256 base = _mm256_set1_ps(edges.base);
  const __m256 scale = _mm256_set1_ps(edges.scale);
  const __m256 next[4] = {
      _mm256_loadu_ps(edges.next), _mm256_loadu_ps(edges.next + 8),
      _mm256_loadu_ps(edges.next + 16), _mm256_loadu_ps(edges.next + 24)};
  __m256i bytes = _mm256_setzero_si256();
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m256 x = _mm256_loadu_ps(values + 8 * i);
    const __m256 inside = _mm256_and_ps(_mm256_cmp_ps(x, lo, _CMP_GE_OQ),
                                        _mm256_cmp_ps(x, hi, _CMP_LE_OQ));
    const __m256i g = _mm256_cvttps_epi32(
        _mm256_mul_ps(_mm256_fmsub_ps(x, unit, base), scale));
    const __m256 is_next = _mm256_cmp_ps(x, pick(next, g), _CMP_GE_OQ);
    const __m256i bucket = _mm256_sub_epi32(g, _mm256_castps_si256(is_next));
    const __m256i byte =
        _mm256_and_si256(_mm256_castps_si256(inside),
                         _mm256_or_si256(bucket, _mm256_set1_epi32(kInBucket)));
    bytes = _mm256_or_si256(bytes, _mm256_slli_epi32(byte, 8 * i));
  }
  return bytes;
}

template <>
inline void bucket_bits(const float* values, const EvenEdges<float>& edges,
                        size_t w, Planes& planes) {
  const __m256i a = bucket_bytes(values, edges);
  const __m256i b = bucket_bytes(values + 32, edges);
#pragma GCC unroll 6
  for (int bit = 0; bit < static_cast<int>(kPlanes); ++bit) {
    const auto half = [&](__m256i bytes) {  // the sign of each byte
      return static_cast<uint32_t>(
          _mm256_movemask_epi8(_mm256_slli_epi16(bytes, 7 - bit)));
    };
    planes.words[bit][w] = half(a) | uint64_t{half(b)} << 32;
  }
}

inline void add_popcounts(const Planes& planes, size_t words,
                          SubsetCounts& subsets) {
  for (size_t w = 0; w < words; ++w) {
    uint64_t with[kFewBuckets];  // all bits of the set
    with[0] = planes.words[kPlanes - 1][w];
#pragma GCC unroll 32
    for (size_t set = 0; set < kFewBuckets; ++set) {
      if (set != 0) {
        const int bit = __builtin_ctzll(set);
        with[set] = with[set & (set - 1)] & planes.words[bit][w];
      }
      subsets.lanes[set][0] +=
          static_cast<uint64_t>(__builtin_popcountll(with[set]));
    }
  }
}

// Clang 14 does not know this one by name.
bool has_f16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}

bool supported() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("popcnt") && has_f16c();
}

}  // namespace

extern const Kernels kAvx2Kernels;
constinit const Kernels kAvx2Kernels = {
    "avx2",
    supported,
    {moments<float>, deviations<float>, finite_moments<float>,
     finite_deviations<float>, find<float>, add_subsets<float>},
    {moments<double>, deviations<double>, finite_moments<double>,
     finite_deviations<double>, find<double>, nullptr},
    kWidening};

}  // namespace tblog::internal
