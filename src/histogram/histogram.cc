// SPDX-License-Identifier: Apache-2.0

#include "tblog/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "src/histogram/edges.h"

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

// Finds the bucket of a value between the first and the last edge by halving:
// as many as there are inner edges not above it. For any ascending edges.
class SearchedEdges {
 public:
  SearchedEdges(const double* edges, size_t buckets)
      : inner_(edges + 1), inner_count_(buckets - 1) {}

  size_t bucket_of(double x) const {
    const double* base = inner_;
    size_t n = inner_count_;
    while (n > 0) {  // without a branch on x, which no CPU could foretell
      const size_t half = (n + 1) / 2;
      base += base[half - 1] <= x ? half : 0;
      n -= half;
    }
    return static_cast<size_t>(base - inner_);
  }

 private:
  const double* inner_;
  size_t inner_count_;
};

// The same for edges of about equal distance: one multiplication guesses, and
// comparisons with the edges decide.
class EvenEdges {
 public:
  EvenEdges(const double* edges, size_t buckets)
      : edges_(edges),
        last_(static_cast<int>(buckets) - 1),
        per_unit_(static_cast<double>(buckets) / (edges[buckets] - edges[0])) {}

  // Whether the arithmetic of the guess can neither overflow nor vanish.
  static bool possible(const double* edges, size_t buckets) {
    const double width = edges[buckets] - edges[0];
    return std::isfinite(width) &&
           std::isfinite(static_cast<double>(buckets) / width);
  }

  size_t bucket_of(double x) const {
    int i = static_cast<int>((x - edges_[0]) * per_unit_);
    if (i > last_) i = last_;
    while (x < edges_[i]) --i;
    while (i < last_ && x >= edges_[i + 1]) ++i;
    return static_cast<size_t>(i);
  }

 private:
  const double* edges_;
  int last_;
  double per_unit_;
};

// Adds to counts[bucket] the values of one block. NaN, infinities and what lies
// outside the edges fail the comparison; so do values that somebody else wrote
// into the tensor since the edges were made.
template <class V, class Edges>
void count_block(const V* values, size_t n, const Edges& edges, double lo,
                 double hi, uint64_t* counts) {
  for (size_t i = 0; i < n; ++i) {
    const auto x = static_cast<double>(values[i]);
    if (x >= lo && x <= hi) ++counts[edges.bucket_of(x)];
  }
}

// counts[i]: the number of values in [edges[i], edges[i+1]), the last closed.
void count(const TensorView& view, const double* edges, size_t buckets,
           bool even, uint64_t* counts) {
  const auto count_with = [&](const auto& finder) {
    visit_real(view.dtype(), [&]<class T>(std::type_identity<T>) {
      for_each_block<T>(view, Order::kAny, [&](const auto* values, size_t n) {
        count_block(values, n, finder, edges[0], edges[buckets], counts);
      });
    });
  };
  if (even && EvenEdges::possible(edges, buckets)) {
    count_with(EvenEdges(edges, buckets));
  } else {
    count_with(SearchedEdges(edges, buckets));
  }
}

void count_linear(const TensorView& view, int buckets, Histogram& h) {
  h.edges = linear_edges(view.dtype(), h.min, h.max, buckets);
  const size_t n = h.edges.size() - 1;
  h.counts.assign(n, 0);
  count(view, h.edges.data(), n, n == static_cast<size_t>(buckets),
        h.counts.data());
}

void count_explicit(const TensorView& view, const std::vector<double>& edges,
                    Histogram& h) {
  h.edges = edges;
  h.counts.assign(edges.size() - 1, 0);
  count(view, h.edges.data(), h.counts.size(), false, h.counts.data());
}

// The grid, where something lies beyond it one more bucket to the minimum or
// maximum, without the empty buckets at both ends.
void count_tensorflow(const TensorView& view, Histogram& h) {
  const auto& grid = tensorflow_grid();
  h.edges.reserve(grid.size() + 2);
  if (h.min < grid.front()) h.edges.push_back(h.min);
  h.edges.insert(h.edges.end(), grid.begin(), grid.end());
  if (h.max >= grid.back()) h.edges.push_back(h.max);
  h.counts.assign(h.edges.size() - 1, 0);
  count(view, h.edges.data(), h.counts.size(), false, h.counts.data());

  const auto is_filled = [](uint64_t n) { return n != 0; };
  const auto begin = std::find_if(h.counts.begin(), h.counts.end(), is_filled) -
                     h.counts.begin();
  const auto end = h.counts.rend() -
                   std::find_if(h.counts.rbegin(), h.counts.rend(), is_filled);
  if (begin >= end) return;
  h.edges.erase(h.edges.begin() + end + 1, h.edges.end());
  h.edges.erase(h.edges.begin(), h.edges.begin() + begin);
  h.counts.erase(h.counts.begin() + end, h.counts.end());
  h.counts.erase(h.counts.begin(), h.counts.begin() + begin);
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
  absl::StatusOr<TensorStats> stats = compute_stats(values);
  if (!stats.ok()) return stats.status();
  Histogram h;
  h.min = stats->min;
  h.max = stats->max;
  h.sum = stats->sum;
  h.sum_squares = stats->sum_squares;
  h.num = stats->num;
  h.nan = stats->nan;
  h.pos_inf = stats->pos_inf;
  h.neg_inf = stats->neg_inf;
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
