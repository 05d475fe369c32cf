// SPDX-License-Identifier: Apache-2.0
//
// Histograms and moments by their definition in tblog/histogram.h, one value at
// a time in long double, and inputs to compare on.

#ifndef TBLOG_TESTS_HISTOGRAM_ORACLE_H_
#define TBLOG_TESTS_HISTOGRAM_ORACLE_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "tblog/dtype.h"

namespace tblog::testing {

// Of floats that C++ does not have, as IEEE 754, 3.4, says for halves.
template <class T>
struct SmallFloat {
  static constexpr int kBits = 8 * sizeof(T);
  static constexpr int kMantissa = std::is_same_v<T, Float16>      ? 10
                                   : std::is_same_v<T, BFloat16>   ? 7
                                   : std::is_same_v<T, Float8E4M3> ? 3
                                                                   : 2;
  static constexpr int kBias = (1 << (kBits - 2 - kMantissa)) - 1;
  static constexpr int kSign = 1 << (kBits - 1);
};

// The number that an element stands for.
template <class T>
double number_of(T element) {
  if constexpr (std::is_class_v<T>) {
    constexpr int kMantissa = SmallFloat<T>::kMantissa;
    constexpr int kBias = SmallFloat<T>::kBias;
    const int bits = element.bits & (SmallFloat<T>::kSign - 1);
    const int exponent = bits >> kMantissa;
    const int mantissa = bits & ((1 << kMantissa) - 1);
    double x = exponent == 0 ? std::ldexp(mantissa, 1 - kBias - kMantissa)
                             : std::ldexp(mantissa + (1 << kMantissa),
                                          exponent - kBias - kMantissa);
    if (std::is_same_v<T, Float8E4M3>) {
      if (bits == 0x7f) x = std::numeric_limits<double>::quiet_NaN();
    } else if (exponent == 2 * kBias + 1) {
      x = mantissa == 0 ? std::numeric_limits<double>::infinity()
                        : std::numeric_limits<double>::quiet_NaN();
    }
    return element.bits & SmallFloat<T>::kSign ? -x : x;
  } else {
    return static_cast<double>(element);
  }
}

// All that is known of a list of numbers.
struct Expected {
  std::vector<double> finite;
  double min = 0, max = 0;
  long double sum = 0, sum_abs = 0, sum_squares = 0;
  uint64_t nan = 0, pos_inf = 0, neg_inf = 0, zeros = 0;

  explicit Expected(const std::vector<double>& numbers) {
    for (double x : numbers) {
      if (std::isnan(x)) {
        ++nan;
      } else if (std::isinf(x)) {
        ++(x > 0 ? pos_inf : neg_inf);
      } else {
        add(x);
      }
    }
  }

  // In bucket i, by comparison with the edges of a histogram.
  std::vector<uint64_t> counts(const std::vector<double>& edges) const {
    std::vector<uint64_t> counts(edges.empty() ? 0 : edges.size() - 1);
    for (double x : finite) {
      for (size_t i = 0; i < counts.size(); ++i) {
        const bool last = i + 1 == counts.size();
        if (edges[i] <= x &&
            (x < edges[i + 1] || (last && x == edges[i + 1]))) {
          ++counts[i];
        }
      }
    }
    return counts;
  }

  // By two passes.
  long double mean() const {
    return finite.empty() ? 0 : sum / static_cast<long double>(finite.size());
  }
  long double std() const {
    long double squares = 0;
    for (double x : finite) squares += (x - mean()) * (x - mean());
    return finite.empty()
               ? 0
               : std::sqrt(squares / static_cast<long double>(finite.size()));
  }

 private:
  void add(double x) {
    min = finite.empty() ? x : std::fmin(min, x);
    max = finite.empty() ? x : std::fmax(max, x);
    finite.push_back(x);
    sum += x;
    sum_abs += std::fabs(x);
    sum_squares += static_cast<long double>(x) * x;
    zeros += x == 0;
  }
};

// A named way to draw numbers.
struct Distribution {
  std::string name;
  double (*draw)(std::mt19937_64& random);
};

inline double unit(std::mt19937_64& random) {
  return std::uniform_real_distribution<double>(0, 1)(random);
}

inline const std::vector<Distribution>& distributions() {
  using Random = std::mt19937_64;
  static const std::vector<Distribution> kAll = {
      {"uniform", [](Random& r) { return unit(r); }},
      {"normal", [](Random& r) { return std::normal_distribution<>(0, 3)(r); }},
      {"far_from_zero", [](Random& r) { return 1e6 + unit(r); }},
      {"wide", [](Random& r) { return std::pow(10, 60 * unit(r) - 30); }},
      {"rectified",
       [](Random& r) { return std::fmax(0, std::normal_distribution<>()(r)); }},
      {"few_values", [](Random& r) { return double(r() % 4) * 7 - 9; }},
      {"on_the_edges", [](Random& r) { return double(r() % 31) / 30; }},
      {"constant", [](Random&) { return 0.7; }},
      {"negative", [](Random& r) { return -5 - 20 * unit(r); }},
      {"one_far_out", [](Random& r) { return r() % 97 ? unit(r) : 1e4; }},
      {"zeros_of_both_signs", [](Random& r) { return r() % 2 ? 0.0 : -0.0; }},
      {"with_non_finite",
       [](Random& r) {
         switch (r() % 7) {
           case 0:
             return std::numeric_limits<double>::quiet_NaN();
           case 1:
             return std::numeric_limits<double>::infinity();
           case 2:
             return -std::numeric_limits<double>::infinity();
           default:
             return 10 * unit(r) - 4;
         }
       }},
      {"nothing_finite",
       [](Random& r) {
         return r() % 2 ? std::numeric_limits<double>::quiet_NaN()
                        : std::numeric_limits<double>::infinity();
       }},
  };
  return kAll;
}

// An element near `x`: truncated for the integers (0 for what they lack), of
// the upper bits for small floats.
template <class T>
T element_near(double x) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(x);
  } else if constexpr (std::is_same_v<T, bool>) {
    return x > 0.5;
  } else if constexpr (std::is_integral_v<T>) {
    const double scaled = x * 10;
    const bool fits = scaled > double(std::numeric_limits<T>::min()) &&
                      scaled < double(std::numeric_limits<T>::max());
    return fits ? static_cast<T>(scaled) : T{0};
  } else {
    using Bits = decltype(T::bits);
    int best = 0;
    for (int bit = SmallFloat<T>::kSign / 2; bit != 0; bit /= 2) {
      const T with_bit{static_cast<Bits>(best | bit)};
      if (number_of(with_bit) <= std::fabs(x)) best |= bit;
    }
    if (std::isnan(x)) best = SmallFloat<T>::kSign - 1;
    return T{
        static_cast<Bits>(best | (std::signbit(x) ? SmallFloat<T>::kSign : 0))};
  }
}

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_HISTOGRAM_ORACLE_H_
