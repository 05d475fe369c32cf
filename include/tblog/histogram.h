// SPDX-License-Identifier: Apache-2.0
//
// Histograms and statistics of tensors, as plain functions: no file, no thread,
// no state. Thread-safe.
//
//   absl::StatusOr<tblog::Histogram> h = tblog::compute_histogram(weights,
//   {.buckets = 50});
//
// Definition, the same on every machine: edges e_i of the finite range, rounded
// to the input's dtype and stored as doubles; bucket i holds the number of x
// with e_i <= x < e_{i+1}, the last one closed. min, max and counts are exact;
// sums differ by at most 1e-12 · Σ|x|, and are infinite where a double cannot
// hold them. Integers beyond 2^53 enter min, max and sums as the nearest
// doubles; with inner edges they are compared as what they are.

#ifndef TBLOG_HISTOGRAM_H_
#define TBLOG_HISTOGRAM_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/export.h"
#include "tblog/tensor_view.h"

namespace tblog {

enum class Scale : uint8_t {
  kLinear,  // `buckets` of equal width between the finite minimum and maximum:
            // e_i = min + i · (max - min) / buckets, then rounded. Where
            // rounded edges are equal they are one, so that there are fewer
            // buckets, but the last may be [max, max]: bool has [0, 1) and [1,
            // 1]
  kTensorFlow,  // TensorFlow's fixed grid: 1e-12 · 1.1^i up to 1e20, mirrored,
                // and zero; not rounded. Values beyond it lie in one bucket
                // more that ends at the minimum or maximum (where TensorFlow's
                // ends at ±DBL_MAX). Empty outer buckets are cut off
  kExplicit,    // `edges` as they are, not rounded; finite values outside are
                // counted in no bucket, but in num, min, max and the sums
};

struct HistogramOptions {
  // Number of buckets of Scale::kLinear. Valid: 1 to 10,000. Default: 30, what
  // TensorBoard draws.
  int buckets = 30;
  // Where the edges lie. Default: equal widths.
  Scale scale = Scale::kLinear;
  // Of Scale::kExplicit: finite and strictly ascending, 2 to 10,001 of them.
  std::vector<double> edges = {};
};

// What is known of the distribution of a tensor's values. NaN and infinities
// are counted apart and enter nothing else.
struct Histogram {
  double min = 0;  // of the finite values; 0 where there are none
  double max = 0;
  double sum = 0;
  double sum_squares = 0;
  uint64_t num = 0;  // finite values
  uint64_t nan = 0;
  uint64_t pos_inf = 0;
  uint64_t neg_inf = 0;
  // counts.size() + 1 ascending edges, or none where num is 0. Constant input:
  // one bucket [value, value] for kLinear. Only the last bucket may have no
  // width.
  std::vector<double> edges;
  std::vector<uint64_t> counts;
};

// Moments of a tensor's values, of the finite ones but for the last three
// fields.
struct TensorStats {
  double mean = 0;  // all are 0 where there is no finite value
  double std = 0;   // of the population: divided by num
  double min = 0;
  double max = 0;
  double l1 = 0;             // Σ|x|
  double l2 = 0;             // √Σx²
  double zero_fraction = 0;  // of all values, both zeros count
  double sum = 0;
  double sum_squares = 0;
  uint64_t num = 0;
  uint64_t nan = 0;
  uint64_t pos_inf = 0;
  uint64_t neg_inf = 0;
  uint64_t zeros = 0;
};

// Shape: any, strided without a copy, of any real dtype. bool counts as 0
// and 1. Cost: two passes over the values (three for doubles whose squares
// would overflow or vanish), one core; at most 64 KiB of memory and 8 bytes a
// bucket whatever the size, beside the result. Errors: InvalidArgument for an
// invalid view, a complex dtype, a view on a device, bad options.
TBLOG_EXPORT absl::StatusOr<Histogram> compute_histogram(
    const TensorView& values, const HistogramOptions& options = {});

// Shape and errors as compute_histogram. Cost: one pass (two for doubles whose
// squares would overflow or vanish), no memory.
TBLOG_EXPORT absl::StatusOr<TensorStats> compute_stats(
    const TensorView& values);

// The histogram of both inputs' values together; one without edges has none
// counted and adds the rest. Errors: InvalidArgument where
// both have edges and these differ; give shards the same edges by
// Scale::kExplicit.
TBLOG_EXPORT absl::StatusOr<Histogram> merge(const Histogram& a,
                                             const Histogram& b);

// The statistics of both inputs' values together, by which shards agree on
// edges.
TBLOG_EXPORT TensorStats merge_stats(const TensorStats& a,
                                     const TensorStats& b);

}  // namespace tblog

#endif  // TBLOG_HISTOGRAM_H_
