// SPDX-License-Identifier: Apache-2.0
//
// Histograms and statistics on each target of this machine against the oracle.
// A plain program: cross_check.sh builds it for machines that the host is not,
// where there is neither GoogleTest nor abseil. Exits with 1 and says where a
// result is not the definition's.

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "src/histogram/float_environment.h"
#include "src/histogram/histogram_of.h"
#include "src/histogram/kernels.h"
#include "src/histogram/moments.h"
#include "tests/histogram/oracle.h"

namespace tblog {
namespace {

int failures = 0;
int checks = 0;

void check(bool holds, const std::string& where, const char* what) {
  ++checks;
  if (holds) return;
  ++failures;
  std::printf("%s: %s is not the definition's\n", where.c_str(), what);
}

bool is_near(double actual, long double expected, long double scale) {
  if (!std::isfinite(static_cast<double>(expected))) return true;
  return std::fabs(actual - expected) <= 1e-12L * scale;
}

void check_histogram(const Histogram& h, const testing::Expected& expected,
                     const std::string& where) {
  check(h.num == expected.finite.size(), where, "num");
  check(h.nan == expected.nan, where, "nan");
  check(h.pos_inf == expected.pos_inf && h.neg_inf == expected.neg_inf, where,
        "inf");
  check(h.min == expected.min && h.max == expected.max, where, "the range");
  check(is_near(h.sum, expected.sum, expected.sum_abs), where, "sum");
  check(is_near(h.sum_squares, expected.sum_squares, expected.sum_squares),
        where, "sum_squares");
  check(h.counts == expected.counts(h.edges), where, "counts");
}

// T may be bool, of which std::vector has no memory.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

template <class T>
void check_type(const std::string& name) {
  const HistogramOptions options[] = {{30, Scale::kLinear, {}},
                                      {100, Scale::kLinear, {}},
                                      {30, Scale::kTensorFlow, {}},
                                      {30, Scale::kExplicit, {-1, 0, 0.1, 3}}};
  for (const auto& distribution : testing::distributions()) {
    for (const size_t n : {1, 3, 16, 63, 65, 1023, 1500}) {
      std::mt19937_64 random(n);
      std::vector<Stored<T>> elements;
      std::vector<double> numbers;
      for (size_t i = 0; i < n; ++i) {
        const auto element =
            testing::element_near<T>(distribution.draw(random));
        elements.push_back(static_cast<Stored<T>>(element));
        numbers.push_back(testing::number_of(element));
      }
      const testing::Expected expected(numbers);
      const auto size = static_cast<int64_t>(n);
      const int64_t backwards = -1;
      const std::string where =
          name + " " + distribution.name + " " + std::to_string(n);
      for (const HistogramOptions& o : options) {
        check_histogram(internal::histogram_of(
                            TensorView(elements.data(),
                                       internal::DTypeOf<T>::value, &size, 1),
                            o),
                        expected, where);
        check_histogram(
            internal::histogram_of(
                TensorView(&elements.back(), internal::DTypeOf<T>::value, &size,
                           1, &backwards),
                o),
            expected, where + " backwards");
      }
      const TensorStats stats = internal::stats_of(
          TensorView(elements.data(), internal::DTypeOf<T>::value, &size, 1),
          internal::Deviations::kCompute);
      check(stats.zeros == expected.zeros, where, "zeros");
      check(is_near(stats.std, expected.std(),
                    expected.std() + expected.sum_abs / n * 1e-3L),
            where, "std");
    }
  }
}

void check_all(const std::string& target) {
  check_type<Float16>(target + " float16");
  check_type<BFloat16>(target + " bfloat16");
  check_type<Float8E4M3>(target + " float8e4m3");
  check_type<Float8E5M2>(target + " float8e5m2");
  check_type<float>(target + " float32");
  check_type<double>(target + " float64");
  check_type<int8_t>(target + " int8");
  check_type<int16_t>(target + " int16");
  check_type<int32_t>(target + " int32");
  check_type<int64_t>(target + " int64");
  check_type<uint8_t>(target + " uint8");
  check_type<uint16_t>(target + " uint16");
  check_type<uint32_t>(target + " uint32");
  check_type<uint64_t>(target + " uint64");
  check_type<bool>(target + " bool");
}

}  // namespace
}  // namespace tblog

// cross_check TARGET…: the targets that must be there.
int main(int argc, char** argv) {
  using namespace tblog;
  const internal::DefaultFloatEnvironment environment;
  const internal::KernelList all = internal::all_kernels();
  for (int i = 1; i < argc; ++i) {
    const int before = checks;
    for (size_t t = 0; t < all.count; ++t) {
      const internal::Kernels* target = all.targets[t];
      if (std::string(argv[i]) != target->name || !target->supported()) {
        continue;
      }
      internal::force_kernels(target);
      check_all(target->name);
    }
    if (checks == before) {
      std::printf("%s: no such target here\n", argv[i]);
      return 1;
    }
    std::printf("%s: %d checks\n", argv[i], checks - before);
  }
  return failures == 0 && argc > 1 ? 0 : 1;
}
