// SPDX-License-Identifier: Apache-2.0
//
// Every target that this CPU has against the plain kernels: lengths of 0 to 17
// vectors and odd ones, every alignment, and the values that are special.

#include "src/histogram/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "src/histogram/thresholds.h"
#include "tblog/histogram.h"

namespace tblog::internal {
namespace {

std::vector<const Kernels*> supported_targets() {
  std::vector<const Kernels*> targets;
  const KernelList all = all_kernels();
  for (size_t i = 0; i < all.count; ++i) {
    if (all.targets[i]->supported()) targets.push_back(all.targets[i]);
  }
  return targets;
}

template <class V>
const ValueKernels<V>& of(const Kernels& kernels) {
  if constexpr (std::is_same_v<V, float>) {
    return kernels.float32;
  } else {
    return kernels.float64;
  }
}

const Kernels& plain() {
  const KernelList all = all_kernels();
  return *all.targets[all.count - 1];
}

template <class V>
struct Drawn {
  std::string name;
  V (*draw)(std::mt19937_64&);
};

template <class V>
std::vector<Drawn<V>> finite_values() {
  using Limits = std::numeric_limits<V>;
  using Random = std::mt19937_64;
  return {
      {"normal",
       [](Random& r) {
         return static_cast<V>(std::normal_distribution<>(1, 3)(r));
       }},
      {"all equal", [](Random&) { return V(-0.3); }},
      {"zeros", [](Random& r) { return r() % 2 ? V(0) : -V(0); }},
      {"mostly zero", [](Random& r) { return r() % 8 ? V(0) : V(1); }},
      {"denormal",
       [](Random& r) {
         return static_cast<V>(static_cast<int>(r() % 2001) - 1000) *
                Limits::denorm_min();
       }},
      {"neighbours",
       [](Random& r) {
         V x = 1;
         for (size_t i = r() % 5; i > 0; --i) x = std::nextafter(x, V(2));
         return x;
       }},
      {"extreme",
       [](Random& r) {
         constexpr V kValues[] = {Limits::max() / 4,
                                  Limits::lowest() / 4,
                                  Limits::min(),
                                  -Limits::min(),
                                  V(0),
                                  -V(0),
                                  Limits::denorm_min(),
                                  V(1)};
         return kValues[r() % 8];
       }},
  };
}

template <class V>
V non_finite(std::mt19937_64& random) {
  using Limits = std::numeric_limits<V>;
  constexpr V kValues[] = {Limits::quiet_NaN(), Limits::infinity(),
                           -Limits::infinity()};
  return kValues[random() % 3];
}

// Up to 17 vectors of the widest target, all that a kernel may get, and the
// same from each alignment that elements can have.
constexpr size_t kVector = 16;
template <class V, class F>
void for_lengths_and_offsets(const std::vector<V>& values, F&& check) {
  for (size_t n = 1; n <= 17 * kVector; ++n) check(values.data(), n);
  for (const size_t n : {511, 512, 513, 1000, 1023, 1024}) {
    check(values.data(), n);
  }
  for (size_t offset = 1; offset < kVector; ++offset) {
    for (const size_t n : {1, 15, 16, 17, 64, 100, 129, 1024}) {
      check(values.data() + offset, n);
    }
  }
}

template <class V>
class KernelTest : public ::testing::Test {
 protected:
  // Calls check(target, values, n) for each target, kind and length.
  template <class F>
  void for_all(double non_finite_share, F&& check) {
    for (const Kernels* target : supported_targets()) {
      for (const Drawn<V>& kind : finite_values<V>()) {
        SCOPED_TRACE(std::string(target->name) + ", " + kind.name);
        std::mt19937_64 random(7);
        std::vector<V> values(kKernelValues + kVector);
        for (V& x : values) {
          x = std::uniform_real_distribution<>(0, 1)(random) < non_finite_share
                  ? non_finite<V>(random)
                  : kind.draw(random);
        }
        for_lengths_and_offsets(values, [&](const V* p, size_t n) {
          if (!this->HasFailure()) check(of<V>(*target), p, n);
        });
      }
    }
  }
};
using ValueTypes = ::testing::Types<float, double>;
TYPED_TEST_SUITE(KernelTest, ValueTypes);

void expect_near(double actual, double expected, double scale) {
  if (!std::isfinite(scale)) return;
  EXPECT_NEAR(actual, expected, 1e-13 * scale);
}

void expect_same(const BlockMoments& actual, const BlockMoments& expected) {
  ASSERT_EQ(actual.min, expected.min);
  ASSERT_EQ(actual.max, expected.max);
  ASSERT_EQ(actual.zeros, expected.zeros);
  expect_near(actual.sum, expected.sum, expected.sum_abs);
  expect_near(actual.sum_abs, expected.sum_abs, expected.sum_abs);
  expect_near(actual.sum_squares, expected.sum_squares, expected.sum_squares);
  ASSERT_EQ(std::isfinite(actual.sum_squares),
            std::isfinite(expected.sum_squares));
}

// Of `n` values.
void expect_same(const BlockDeviations& actual, const BlockDeviations& expected,
                 size_t n) {
  expect_near(actual.squares, expected.squares, expected.squares);
  const auto count = static_cast<double>(n);
  expect_near(actual.sum, expected.sum, std::sqrt(expected.squares * count));
}

TYPED_TEST(KernelTest, MomentsAreThePlainOnes) {
  using V = TypeParam;
  const double scale = sizeof(V) == 8 ? 0x1p-3 : 1;
  this->for_all(0, [&](const ValueKernels<V>& target, const V* p, size_t n) {
    const BlockMoments actual = target.moments(p, n, scale);
    const BlockMoments expected = of<V>(plain()).moments(p, n, scale);
    ASSERT_NO_FATAL_FAILURE(expect_same(actual, expected)) << n;
  });
}

TYPED_TEST(KernelTest, MomentsOfTheFiniteValuesAreThePlainOnes) {
  using V = TypeParam;
  const double scale = sizeof(V) == 8 ? 0x1p-3 : 1;
  for (const double share : {0.0, 0.2, 0.9, 1.0}) {
    this->for_all(share, [&](const ValueKernels<V>& target, const V* p,
                             size_t n) {
      const FiniteMoments actual = target.finite_moments(p, n, scale);
      const FiniteMoments expected = of<V>(plain()).finite_moments(p, n, scale);
      ASSERT_EQ(actual.nan, expected.nan) << n;
      ASSERT_EQ(actual.pos_inf, expected.pos_inf) << n;
      ASSERT_EQ(actual.neg_inf, expected.neg_inf) << n;
      if (expected.nan + expected.pos_inf + expected.neg_inf == n) return;
      ASSERT_NO_FATAL_FAILURE(expect_same(actual.of_finite, expected.of_finite))
          << n;
    });
  }
}

TYPED_TEST(KernelTest, DeviationsOfTheFiniteValuesAreThePlainOnes) {
  using V = TypeParam;
  this->for_all(0.2, [&](const ValueKernels<V>& target, const V* p, size_t n) {
    const auto actual = target.finite_deviations(p, n, 1, 0.75);
    const auto expected = of<V>(plain()).finite_deviations(p, n, 1, 0.75);
    expect_same(actual, expected, n);
  });
}

TYPED_TEST(KernelTest, OneValueThatIsNotFiniteIsSeenWhereverItIs) {
  using V = TypeParam;
  std::mt19937_64 random(3);
  for (const Kernels* target : supported_targets()) {
    for (size_t n = 1; n <= 5 * kVector + 1; ++n) {
      for (size_t at = 0; at < n; ++at) {
        std::vector<V> values(n, V(1));
        values[at] = non_finite<V>(random);
        EXPECT_FALSE(std::isfinite(
            of<V>(*target).moments(values.data(), n, 1).sum_squares))
            << target->name << " " << n << " " << at;
      }
    }
  }
}

TYPED_TEST(KernelTest, DeviationsAreThePlainOnes) {
  using V = TypeParam;
  this->for_all(0, [&](const ValueKernels<V>& target, const V* p, size_t n) {
    const auto actual = target.deviations(p, n, 1, 0.75);
    const auto expected = of<V>(plain()).deviations(p, n, 1, 0.75);
    expect_same(actual, expected, n);
  });
}

// Even edges over the middle of the values, so that some lie outside.
template <class V>
std::vector<double> edges_of(const V* p, size_t n, size_t buckets) {
  double lo = 0, hi = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!std::isfinite(p[i])) continue;
    lo = std::fmin(lo, static_cast<double>(p[i]) * 0.75);
    hi = std::fmax(hi, static_cast<double>(p[i]) * 0.75);
  }
  if (lo == hi) hi = lo + 1;
  std::vector<double> edges;
  for (size_t i = 0; i <= buckets; ++i) {
    edges.push_back(lo + (hi - lo) * static_cast<double>(i) /
                             static_cast<double>(buckets));
  }
  return edges;
}

TYPED_TEST(KernelTest, BucketsAreThoseOfTheDefinition) {
  using V = TypeParam;
  size_t checked = 0;
  for (const double non_finite_share : {0.0, 0.2}) {
    for (const size_t buckets : {1, 30, 32, 100}) {
      this->for_all(non_finite_share, [&](const ValueKernels<V>& target,
                                          const V* p, size_t n) {
        const std::vector<double> edges = edges_of(p, n, buckets);
        const Thresholds<V> thresholds(edges.data(), buckets);
        if (!thresholds.is_even()) return;
        ++checked;
        std::vector<uint32_t> indices(n);
        target.find(p, n, thresholds.even(), indices.data());
        std::vector<uint64_t> counts(buckets + 1);
        for (size_t i = 0; i < n; ++i) {
          ASSERT_EQ(indices[i], thresholds.bucket_of(p[i])) << p[i];
          if (indices[i] < buckets) {
            ASSERT_LE(edges[indices[i]], p[i]);
            ASSERT_GE(edges[indices[i] + 1], p[i]);
          }
          ++counts[indices[i]];
        }
        if (target.add_subsets == nullptr || buckets > kFewBuckets) return;
        SubsetCounts subsets = {};
        target.add_subsets(p, n, thresholds.even(), subsets);
        for (size_t set = 0; set < kFewBuckets; ++set) {
          uint64_t expected = 0, actual = 0;
          for (size_t b = 0; b < buckets; ++b) {
            if ((b & set) == set) expected += counts[b];
          }
          for (const uint64_t lane : subsets.lanes[set]) actual += lane;
          ASSERT_EQ(actual, expected) << "set " << set << " of " << n;
        }
      });
    }
  }
  EXPECT_GT(checked, 10'000u);  // of the kinds that have even edges
}

// ---- Which target runs ----

class TargetTest : public ::testing::Test {
 protected:
  ~TargetTest() override { force_kernels(nullptr); }
};

TEST_F(TargetTest, ForcedOneRuns) {
  std::string names;
  for (const Kernels* target : supported_targets()) {
    force_kernels(target);
    EXPECT_EQ(&kernels(), target);
    names += names.empty() ? target->name : std::string(" ") + target->name;
  }
  std::cout << "targets of this CPU: " << names << '\n';
  RecordProperty("targets", names);
}

// Run by ctest once for each name; see CMakeLists.txt.
TEST_F(TargetTest, EnvironmentNamesTheOneThatRuns) {
  const char* wanted = std::getenv("TBLOG_SIMD");
  const Kernels* expected = supported_targets().front();
  for (const Kernels* target : supported_targets()) {
    if (wanted != nullptr && std::string(wanted) == target->name) {
      expected = target;
    }
  }
  EXPECT_STREQ(kernels().name, expected->name);
}

TEST_F(TargetTest, AllGiveTheSameHistogram) {
  std::mt19937_64 random(9);
  for (const Drawn<float>& kind : finite_values<float>()) {
    std::vector<float> values(5000);
    for (float& x : values) {
      x = random() % 50 == 0 ? non_finite<float>(random) : kind.draw(random);
    }
    force_kernels(&plain());
    const absl::StatusOr<Histogram> expected = compute_histogram(values);
    for (const Kernels* target : supported_targets()) {
      SCOPED_TRACE(std::string(target->name) + ", " + kind.name);
      force_kernels(target);
      const absl::StatusOr<Histogram> actual = compute_histogram(values);
      EXPECT_EQ(actual->edges, expected->edges);
      EXPECT_EQ(actual->counts, expected->counts);
      EXPECT_EQ(actual->nan, expected->nan);
      EXPECT_EQ(actual->min, expected->min);
      EXPECT_EQ(actual->max, expected->max);
    }
  }
}

}  // namespace
}  // namespace tblog::internal
