// SPDX-License-Identifier: Apache-2.0

#include "tblog/histogram.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/histogram/count.h"
#include "src/histogram/edges.h"
#include "src/histogram/float_environment.h"
#include "src/histogram/grid_cells.h"
#include "src/histogram/moments.h"

namespace tblog {
namespace internal {
namespace {

constexpr int kMaxBuckets = 10'000;

absl::Status check_options(const HistogramOptions& options) {
  if (options.scale > Scale::kExplicit) {
    return absl::InvalidArgumentError("the scale of the histogram is unknown");
  }
  if (options.scale == Scale::kLinear &&
      (options.buckets < 1 || options.buckets > kMaxBuckets)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the number of buckets is ", options.buckets,
                     " where 1 to ", kMaxBuckets, " are possible"));
  }
  if (options.scale != Scale::kExplicit) return absl::OkStatus();
  const std::vector<double>& edges = options.edges;
  if (edges.size() < 2 || edges.size() > size_t{kMaxBuckets} + 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the histogram has ", edges.size(), " edges where 2 to ",
                     kMaxBuckets + 1, " are possible"));
  }
  for (size_t i = 0; i < edges.size(); ++i) {
    if (!std::isfinite(edges[i]) || (i > 0 && edges[i] <= edges[i - 1])) {
      return absl::InvalidArgumentError(absl::StrCat(
          "edge ", i, " of the histogram is ", edges[i],
          "; edges must be finite and each larger than the one before"));
    }
  }
  return absl::OkStatus();
}

void count_linear(const TensorView& view, int buckets, Histogram& h) {
  h.edges = linear_edges(view.dtype(), h.min, h.max, buckets);
  const size_t n = h.edges.size() - 1;
  h.counts.assign(n, 0);
  // Of 64 bits, the least integer may lie below the double that stands for it.
  const bool is_long =
      view.dtype() == DType::kInt64 || view.dtype() == DType::kUint64;
  if (is_long) h.edges[0] = std::nextafter(h.min, -HUGE_VAL);
  count_in_buckets(view, h.edges.data(), n, h.counts.data());
  h.edges[0] = h.min;
}

void count_explicit(const TensorView& view, const std::vector<double>& edges,
                    Histogram& h) {
  h.edges = edges;
  h.counts.assign(edges.size() - 1, 0);
  count_in_buckets(view, h.edges.data(), h.counts.size(), h.counts.data());
}

// The grid, where something lies beyond it one more bucket to the minimum or
// maximum, without the empty buckets at both ends.
void count_tensorflow(const TensorView& view, Histogram& h) {
  const auto& grid = tensorflow_grid();
  std::vector<uint64_t> counts(GridCells::kBuckets);
  count_in_grid(view, counts.data());

  const auto is_filled = [](uint64_t n) { return n != 0; };
  const auto begin = std::find_if(counts.begin(), counts.end(), is_filled);
  const auto end =
      std::find_if(counts.rbegin(), counts.rend(), is_filled).base();
  if (begin >= end) return;
  h.counts.assign(begin, end);
  // Bucket i lies between the edges i - 1 and i of the grid.
  const auto first = static_cast<size_t>(begin - counts.begin());
  h.edges.reserve(h.counts.size() + 1);
  for (size_t i = first; i <= first + h.counts.size(); ++i) {
    h.edges.push_back(i == 0 ? h.min : i > grid.size() ? h.max : grid[i - 1]);
  }
}

// Not to be inlined: see DefaultFloatEnvironment.
[[gnu::noinline]] Histogram histogram_of(const TensorView& values,
                                         const HistogramOptions& options) {
  const TensorStats stats = stats_of(values, Deviations::kLeaveOut);
  Histogram h;
  h.min = stats.min;
  h.max = stats.max;
  h.sum = stats.sum;
  h.sum_squares = stats.sum_squares;
  h.num = stats.num;
  h.nan = stats.nan;
  h.pos_inf = stats.pos_inf;
  h.neg_inf = stats.neg_inf;
  if (h.num == 0) return h;
  switch (options.scale) {
    case Scale::kLinear:
      count_linear(values, options.buckets, h);
      break;
    case Scale::kTensorFlow:
      count_tensorflow(values, h);
      break;
    case Scale::kExplicit:
      count_explicit(values, options.edges, h);
      break;
  }
  return h;
}

absl::Status check_shape(const Histogram& h) {
  if (h.edges.size() == (h.counts.empty() ? 0 : h.counts.size() + 1)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("the histogram to merge has ",
                                                 h.edges.size(), " edges for ",
                                                 h.counts.size(), " counts"));
}

}  // namespace
}  // namespace internal

absl::StatusOr<Histogram> compute_histogram(const TensorView& values,
                                            const HistogramOptions& options) {
  using namespace internal;
  if (absl::Status s = check_options(options); !s.ok()) return s;
  if (absl::Status s = check_real_host_view(values); !s.ok()) return s;
  const DefaultFloatEnvironment environment;
  return histogram_of(values, options);
}

absl::StatusOr<Histogram> merge(const Histogram& a, const Histogram& b) {
  using namespace internal;
  if (absl::Status s = check_shape(a); !s.ok()) return s;
  if (absl::Status s = check_shape(b); !s.ok()) return s;
  if (!a.edges.empty() && !b.edges.empty() && a.edges != b.edges) {
    return absl::InvalidArgumentError(
        "histograms with different edges cannot be merged; compute them with "
        "the same edges by Scale::kExplicit");
  }
  Histogram merged = a.edges.empty() ? b : a;
  if (!a.edges.empty() && !b.edges.empty()) {
    for (size_t i = 0; i < b.counts.size(); ++i) {
      merged.counts[i] += b.counts[i];
    }
  }
  if (a.num > 0 && b.num > 0) {
    merged.min = std::min(a.min, b.min);
    merged.max = std::max(a.max, b.max);
  } else if (a.num > 0 || b.num > 0) {
    merged.min = a.num > 0 ? a.min : b.min;
    merged.max = a.num > 0 ? a.max : b.max;
  }
  merged.sum = a.sum + b.sum;
  merged.sum_squares = a.sum_squares + b.sum_squares;
  merged.num = a.num + b.num;
  merged.nan = a.nan + b.nan;
  merged.pos_inf = a.pos_inf + b.pos_inf;
  merged.neg_inf = a.neg_inf + b.neg_inf;
  return merged;
}

}  // namespace tblog
