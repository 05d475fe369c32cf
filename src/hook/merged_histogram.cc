// SPDX-License-Identifier: Apache-2.0

#include "src/hook/merged_histogram.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "src/histogram/edges.h"
#include "src/histogram/histogram_of.h"

namespace tblog::internal {
namespace {

// The moments that a histogram knows.
TensorStats moments_of(const Histogram& h) {
  TensorStats stats;
  stats.min = h.min;
  stats.max = h.max;
  stats.sum = h.sum;
  stats.sum_squares = h.sum_squares;
  stats.num = h.num;
  stats.nan = h.nan;
  stats.pos_inf = h.pos_inf;
  stats.neg_inf = h.neg_inf;
  return stats;
}

// Both histograms have parts of one fixed grid as edges: a count belongs to the
// bucket that begins where its own did.
Histogram join_buckets(const Histogram& a, const Histogram& b) {
  Histogram joined = with_moments(merge_stats(moments_of(a), moments_of(b)));
  std::set_union(a.edges.begin(), a.edges.end(), b.edges.begin(), b.edges.end(),
                 std::back_inserter(joined.edges));
  if (joined.edges.empty()) return joined;
  joined.counts.resize(std::max<size_t>(joined.edges.size(), 2) - 1);
  if (joined.edges.size() == 1) joined.edges.push_back(joined.edges[0]);
  for (const Histogram* h : {&a, &b}) {
    for (size_t i = 0; i < h->counts.size(); ++i) {
      const auto at = std::lower_bound(joined.edges.begin(), joined.edges.end(),
                                       h->edges[i]);
      const auto bucket = static_cast<size_t>(at - joined.edges.begin());
      joined.counts[std::min(bucket, joined.counts.size() - 1)] += h->counts[i];
    }
  }
  return joined;
}

}  // namespace

absl::StatusOr<HistogramPart> make_part(const TensorView& values,
                                        const HistogramOptions& options,
                                        bool is_first, bool more_expected) {
  HistogramPart part;
  part.dtype = values.dtype();
  if (is_first || options.scale != Scale::kLinear) {
    absl::StatusOr<Histogram> exact = compute_histogram(values, options);
    if (!exact.ok()) return exact.status();
    part.exact = *std::move(exact);
  }
  if (options.scale != Scale::kLinear || (is_first && !more_expected)) {
    return part;
  }
  absl::StatusOr<TensorStats> stats = compute_stats(values);
  if (!stats.ok()) return stats.status();
  part.stats = *stats;
  part.grid.emplace();
  if (stats->num > 0) part.grid->add(values, stats->min, stats->max);
  return part;
}

void MergedHistogram::add_grid(const HistogramPart& part) {
  if (part.grid) {
    sum_.stats = sum_.grid ? merge_stats(sum_.stats, part.stats) : part.stats;
    if (!sum_.grid) sum_.grid.emplace();
    sum_.grid->add(*part.grid);
    return;
  }
  const TensorStats stats = moments_of(*part.exact);
  sum_.stats = sum_.grid ? merge_stats(sum_.stats, stats) : stats;
  if (!sum_.grid) sum_.grid.emplace();
  sum_.grid->add(*part.exact);
}

void MergedHistogram::add(HistogramPart part) {
  if (parts_++ == 0) {
    sum_ = std::move(part);
    return;
  }
  if (options_->scale == Scale::kLinear) {
    if (!sum_.grid) {
      HistogramPart first = std::move(sum_);
      sum_ = HistogramPart();
      sum_.dtype = first.dtype;
      add_grid(first);
    }
    add_grid(part);
  } else if (sum_.exact && part.exact) {
    sum_.exact = join_buckets(*sum_.exact, *part.exact);
  }
}

Histogram MergedHistogram::result() const {
  if (sum_.exact && (parts_ == 1 || options_->scale != Scale::kLinear)) {
    return *sum_.exact;
  }
  Histogram h = with_moments(sum_.stats);
  if (h.num == 0) return h;
  h.edges = linear_edges(sum_.dtype, h.min, h.max, options_->buckets);
  h.counts = sum_.grid->rebin(h.edges);
  return h;
}

}  // namespace tblog::internal
