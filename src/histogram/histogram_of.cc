// SPDX-License-Identifier: Apache-2.0

#include "src/histogram/histogram_of.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "src/histogram/count.h"
#include "src/histogram/edges.h"
#include "src/histogram/grid_cells.h"
#include "src/histogram/moments.h"

namespace tblog::internal {
namespace {

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

}  // namespace

Histogram with_moments(const TensorStats& stats) {
  Histogram h;
  h.min = stats.min;
  h.max = stats.max;
  h.sum = stats.sum;
  h.sum_squares = stats.sum_squares;
  h.num = stats.num;
  h.nan = stats.nan;
  h.pos_inf = stats.pos_inf;
  h.neg_inf = stats.neg_inf;
  return h;
}

Histogram histogram_of(const TensorView& values,
                       const HistogramOptions& options) {
  Histogram h = with_moments(stats_of(values, Deviations::kLeaveOut));
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

}  // namespace tblog::internal
