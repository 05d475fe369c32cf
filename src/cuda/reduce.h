// SPDX-License-Identifier: Apache-2.0
//
// What the kernels do to elements: plain functions that also run on the CPU, so
// that tests hold them against src/histogram without a device. Thread-safe.

#ifndef TBLOG_SRC_CUDA_REDUCE_H_
#define TBLOG_SRC_CUDA_REDUCE_H_

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__CUDACC__)
#define TBLOG_HOST_DEVICE __host__ __device__
#else
#define TBLOG_HOST_DEVICE
#endif

namespace tblog::internal::cuda {

// ---- Elements ----

// As in memory; get() widens without loss.
struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};

TBLOG_HOST_DEVICE inline float float_of_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

TBLOG_HOST_DEVICE inline float widen(float x) { return x; }
TBLOG_HOST_DEVICE inline double widen(double x) { return x; }
TBLOG_HOST_DEVICE inline float widen(Brain x) {
  return float_of_bits(static_cast<uint32_t>(x.bits) << 16);
}
TBLOG_HOST_DEVICE inline float widen(Half x) {
  const uint32_t sign = static_cast<uint32_t>(x.bits & 0x8000) << 16;
  const uint32_t exponent = (x.bits >> 10) & 0x1f;
  const uint32_t mantissa = x.bits & 0x3ff;
  if (exponent == 0) {
    // Below the normal numbers: so many times 2^-24.
    const float size = static_cast<float>(mantissa) * 5.9604644775390625e-8f;
    return sign != 0 ? -size : size;
  }
  const uint32_t wide = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return float_of_bits(sign | wide << 23 | mantissa << 13);
}

// What stays of a double or float in an element's type, and is compared with.
template <class T>
struct Widened {
  using Type = float;
};
template <>
struct Widened<double> {
  using Type = double;
};

// ---- Moments ----

// Of some elements. Sums are in doubles; deviations are those from the mean, so
// that nothing cancels where the mean is large.
struct Moments {
  double min;
  double max;
  double sum;
  double sum_squares;
  double l1;
  double mean;
  double deviations;  // Σ(x - mean)²
  unsigned long long num;
  unsigned long long nan;
  unsigned long long pos_inf;
  unsigned long long neg_inf;
  unsigned long long zeros;
};

TBLOG_HOST_DEVICE inline Moments no_moments() { return Moments{}; }

// A thread's share, one element at a time. Deviations are taken from the first
// one, which is near the others more often than 0 is.
class MomentsOfThread {
 public:
  TBLOG_HOST_DEVICE void add(double x) {
    if (!(x - x == 0)) {
      if (x != x) {
        ++nan_;
      } else if (x > 0) {
        ++pos_inf_;
      } else {
        ++neg_inf_;
      }
      return;
    }
    if (num_ == 0) {
      pivot_ = x;
      min_ = x;
      max_ = x;
    }
    ++num_;
    if (x < min_) min_ = x;
    if (x > max_) max_ = x;
    sum_ += x;
    l1_ += x < 0 ? -x : x;
    sum_squares_ += x * x;
    const double apart = x - pivot_;
    apart_ += apart;
    apart_squares_ += apart * apart;
    zeros_ += x == 0 ? 1 : 0;
  }

  TBLOG_HOST_DEVICE Moments get() const {
    Moments m{};
    m.nan = nan_;
    m.pos_inf = pos_inf_;
    m.neg_inf = neg_inf_;
    if (num_ == 0) return m;
    const double n = static_cast<double>(num_);
    m.min = min_;
    m.max = max_;
    m.sum = sum_;
    m.sum_squares = sum_squares_;
    m.l1 = l1_;
    m.mean = pivot_ + apart_ / n;
    const double deviations = apart_squares_ - apart_ * (apart_ / n);
    m.deviations = deviations > 0 ? deviations : 0;
    m.num = num_;
    m.zeros = zeros_;
    return m;
  }

 private:
  double pivot_ = 0;
  double min_ = 0;
  double max_ = 0;
  double sum_ = 0;
  double sum_squares_ = 0;
  double l1_ = 0;
  double apart_ = 0;
  double apart_squares_ = 0;
  unsigned long long num_ = 0;
  unsigned long long nan_ = 0;
  unsigned long long pos_inf_ = 0;
  unsigned long long neg_inf_ = 0;
  unsigned long long zeros_ = 0;
};

// Source of the deviations: T. F. Chan, G. H. Golub, R. J. LeVeque, Updating
// Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979.
TBLOG_HOST_DEVICE inline Moments merged(const Moments& a, const Moments& b) {
  Moments m = a.num == 0 ? b : a;
  if (a.num > 0 && b.num > 0) {
    const double na = static_cast<double>(a.num);
    const double nb = static_cast<double>(b.num);
    const double apart = b.mean - a.mean;
    m.min = b.min < a.min ? b.min : a.min;
    m.max = b.max > a.max ? b.max : a.max;
    m.sum = a.sum + b.sum;
    m.sum_squares = a.sum_squares + b.sum_squares;
    m.l1 = a.l1 + b.l1;
    m.mean = a.mean + apart * (nb / (na + nb));
    m.deviations =
        a.deviations + b.deviations + apart * apart * (na / (na + nb)) * nb;
  }
  m.num = a.num + b.num;
  m.nan = a.nan + b.nan;
  m.pos_inf = a.pos_inf + b.pos_inf;
  m.neg_inf = a.neg_inf + b.neg_inf;
  m.zeros = a.zeros + b.zeros;
  return m;
}

// ---- Buckets ----

// Edges e_0 < … of `count` buckets, [e_i, e_{i+1}), the last one closed.
// `slope`: buckets per number where they are about equal, else 0.
template <class W>
struct Buckets {
  const W* edges;
  int count;
  double slope;
};

// The bucket of a finite `x`; -1 where it is in none. Whatever is guessed, the
// comparison decides.
template <class W>
TBLOG_HOST_DEVICE inline int bucket_of(W x, const Buckets<W>& buckets) {
  const W* const e = buckets.edges;
  const int last = buckets.count - 1;
  if (x < e[0] || x > e[last + 1]) return -1;
  int i = 0;
  if (buckets.slope > 0) {
    const double guess =
        (static_cast<double>(x) - static_cast<double>(e[0])) * buckets.slope;
    i = guess < last ? static_cast<int>(guess) : last;
    while (x < e[i]) --i;
    while (i < last && x >= e[i + 1]) ++i;
    return i;
  }
  int end = last + 1;  // e[i] <= x, and x < e[end] or end is the last one
  while (end - i > 1) {
    const int middle = i + (end - i) / 2;
    if (x < e[middle]) {
      end = middle;
    } else {
      i = middle;
    }
  }
  return i;
}

// How many of `count` ascending numbers are at most `x`: the bucket of a grid
// that has one more to either side.
template <class W>
TBLOG_HOST_DEVICE inline int edges_up_to(double x, const W* edges, int count) {
  int begin = 0;
  int end = count;
  while (begin < end) {
    const int middle = begin + (end - begin) / 2;
    if (static_cast<double>(edges[middle]) <= x) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

// ---- Edges of equal buckets; linear_edges() of src/histogram/edges.h ----

// To the nearest value of a float with `mantissa_bits` stored bits, whose
// smallest normal number is 2^min_exponent; ties to even.
TBLOG_HOST_DEVICE inline double rounded_to(double x, int mantissa_bits,
                                           int min_exponent) {
  if (x == 0) return x;
  int exponent = ilogb(x);
  if (exponent < min_exponent) exponent = min_exponent;
  const int quantum = exponent - mantissa_bits;
  return ldexp(nearbyint(ldexp(x, -quantum)), quantum);
}

TBLOG_HOST_DEVICE inline double round_as(double x, const double*) { return x; }
TBLOG_HOST_DEVICE inline double round_as(double x, const float*) {
  return static_cast<double>(static_cast<float>(x));
}
TBLOG_HOST_DEVICE inline double round_as(double x, const Half*) {
  return rounded_to(x, 10, -14);
}
TBLOG_HOST_DEVICE inline double round_as(double x, const Brain*) {
  return rounded_to(x, 7, -126);
}

// Edge number `i` of 1 to buckets - 1, before equal ones become one. Products
// and sums are kept apart by a division, so that no compiler contracts them.
template <class T>
TBLOG_HOST_DEVICE inline double linear_edge(double lo, double hi, int buckets,
                                            int i) {
  const double size_lo = lo < 0 ? -lo : lo;
  const double size_hi = hi < 0 ? -hi : hi;
  const double largest = size_lo > size_hi ? size_lo : size_hi;
  const bool huge = largest > 1.0715086071862673e301;  // 2^1000
  const double scale = huge ? 1.0 / 65536 : 1;
  const double begin = lo * scale;
  const double width = hi * scale - begin;
  const double offset = (i * width) / buckets;
  const double edge =
      round_as((begin + offset) / scale, static_cast<const T*>(nullptr));
  return edge < lo ? lo : edge > hi ? hi : edge;
}

// Stores the edges where rounding has made none equal to the one before;
// `edge(i)` gives those between. Their number.
template <class W, class F>
TBLOG_HOST_DEVICE inline int store_linear_edges(double lo, double hi,
                                                int buckets, F&& edge, W* out) {
  int count = 0;
  out[count++] = static_cast<W>(lo);
  for (int i = 1; i < buckets && lo < hi; ++i) {
    const W next = static_cast<W>(edge(i));
    if (next != out[count - 1]) out[count++] = next;
  }
  out[count++] = static_cast<W>(hi);
  return count;
}

}  // namespace tblog::internal::cuda

#endif  // TBLOG_SRC_CUDA_REDUCE_H_
