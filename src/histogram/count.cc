// SPDX-License-Identifier: Apache-2.0

#include "src/histogram/count.h"

#include <algorithm>
#include <type_traits>

#include "src/base/elements.h"
#include "src/histogram/grid_cells.h"
#include "src/histogram/kernels.h"
#include "src/histogram/numbers_of.h"
#include "src/histogram/thresholds.h"

namespace tblog::internal {
namespace {

// Counts of indices 0 to `buckets`, of which the last stands for no bucket.
// Several tables in turns: an increment of the same entry waits for the one
// before, which it does where values are equal or sorted.
class CountTables {
 public:
  static constexpr size_t kMaxBuckets = GridCells::kBuckets;

  explicit CountTables(size_t buckets) : buckets_(buckets) { clear(); }

  // index_of(i), i < n: the indices. (Inlined, GCC 12 warns of 2^62 of them in
  // an array of 1024.)
  template <class F>
  [[gnu::noinline]] void add(size_t n, F index_of) {
    size_t i = 0;
    for (; i + kTables <= n; i += kTables) {
#pragma GCC unroll 8
      for (size_t t = 0; t < kTables; ++t) ++tables_[t][index_of(i + t)];
    }
    for (; i < n; ++i) ++tables_[0][index_of(i)];
    added_ += n;
  }

  bool nearly_full() const { return added_ > size_t{1} << 31; }

  void move_to(uint64_t* counts) {
    for (const auto& table : tables_) {
      for (size_t b = 0; b < buckets_; ++b) counts[b] += table[b];
    }
    clear();
  }

 private:
  static constexpr size_t kTables = 4;

  void clear() {
    for (auto& table : tables_) std::fill_n(table, buckets_ + 1, 0u);
    added_ = 0;
  }

  const size_t buckets_;
  size_t added_ = 0;
  uint32_t tables_[kTables][kMaxBuckets + 1];
};

// Calls find(values, n, indices) for all values of the view, and counts.
template <class T, class F>
void count_indices(const TensorView& view, size_t buckets, uint64_t* counts,
                   F&& find) {
  uint32_t indices[kBlockElements];
  if (buckets > CountTables::kMaxBuckets) {
    for_numbers_of<T>(view, [&](const auto* values, size_t n) {
      find(values, n, indices);
      for (size_t i = 0; i < n; ++i) {
        if (indices[i] < buckets) ++counts[indices[i]];
      }
    });
    return;
  }
  CountTables tables(buckets);
  for_numbers_of<T>(view, [&](const auto* values, size_t n) {
    find(values, n, indices);
    tables.add(n, [&](size_t i) { return indices[i]; });
    if (tables.nearly_full()) tables.move_to(counts);
  });
  tables.move_to(counts);
}

// From the numbers of values whose index has at least the bits of a set to
// those that have just these.
void add_counts(const SubsetCounts& subsets, size_t buckets, uint64_t* counts) {
  uint64_t sums[kFewBuckets];
  for (size_t set = 0; set < kFewBuckets; ++set) {
    sums[set] = 0;
    for (const uint64_t lane : subsets.lanes[set]) sums[set] += lane;
  }
  for (size_t bit = 1; bit < kFewBuckets; bit *= 2) {
    for (size_t set = 0; set < kFewBuckets; ++set) {
      if ((set & bit) == 0) sums[set] -= sums[set | bit];
    }
  }
  for (size_t b = 0; b < buckets; ++b) counts[b] += sums[b];
}

template <class T>
void count_as(const TensorView& view, const double* edges, size_t buckets,
              uint64_t* counts) {
  using V = BlockValue<T>;
  const Thresholds<V> thresholds(edges, buckets);
  const ValueKernels<V>& kernels = value_kernels<V>();
  if (thresholds.is_even() && buckets <= kFewBuckets &&
      kernels.add_subsets != nullptr) {
    SubsetCounts subsets = {};
    for_numbers_of<T>(view, [&](const V* values, size_t n) {
      kernels.add_subsets(values, n, thresholds.even(), subsets);
    });
    add_counts(subsets, buckets, counts);
  } else if (thresholds.is_even()) {
    count_indices<T>(view, buckets, counts,
                     [&](const V* values, size_t n, uint32_t* indices) {
                       kernels.find(values, n, thresholds.even(), indices);
                     });
  } else {
    count_indices<T>(view, buckets, counts,
                     [&](const V* values, size_t n, uint32_t* indices) {
                       for (size_t i = 0; i < n; ++i) {
                         indices[i] = thresholds.bucket_of(values[i]);
                       }
                     });
  }
}

// Of a type of one byte.
template <class T>
void count_bytes_as(const TensorView& view, const double* edges, size_t buckets,
                    uint64_t* counts) {
  const Thresholds<double> thresholds(edges, buckets);
  for_bytes_of<T>(view, [&](double x, uint64_t count) {
    const uint32_t bucket = thresholds.bucket_of(x);
    if (bucket < buckets) counts[bucket] += count;
  });
}

}  // namespace

void count_in_buckets(const TensorView& view, const double* edges,
                      size_t buckets, uint64_t* counts) {
  visit_real(view.dtype(), [&]<class T>(std::type_identity<T>) {
    if constexpr (kIsByte<T>) {
      count_bytes_as<T>(view, edges, buckets, counts);
    } else {
      count_as<CountedElement<T>>(view, edges, buckets, counts);
    }
  });
}

void count_in_grid(const TensorView& view, uint64_t* counts) {
  const GridCells& cells = GridCells::get();
  CountTables tables(GridCells::kBuckets);
  uint32_t orders[kBlockElements];
  visit_real(view.dtype(), [&]<class Element>(std::type_identity<Element>) {
    if constexpr (kIsByte<Element>) {
      for_bytes_of<Element>(view, [&](double x, uint64_t count) {
        const uint32_t bucket = cells.bucket_of(x);
        if (bucket < GridCells::kBuckets) counts[bucket] += count;
      });
      return;
    }
    using T = CountedElement<Element>;
    using V = BlockValue<T>;
    for_numbers_of<T>(view, [&](const V* values, size_t n) {
      if constexpr (std::is_same_v<V, float>) {
        GridCells::order(values, n, orders);
        tables.add(n, [&](size_t i) { return cells.bucket_at(orders[i]); });
      } else {
        tables.add(n, [&](size_t i) { return cells.bucket_of(values[i]); });
      }
      if (tables.nearly_full()) tables.move_to(counts);
    });
  });
  tables.move_to(counts);
}

}  // namespace tblog::internal
