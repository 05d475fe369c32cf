// SPDX-License-Identifier: Apache-2.0

#include "src/cuda/results.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/histogram/edges.h"
#include "src/histogram/histogram_of.h"

namespace tblog::internal::cuda {
namespace {

// The grid, where something lies beyond it one more bucket to the minimum or
// maximum, without the empty buckets at both ends.
void take_grid(const HostCopy& host, Histogram& h) {
  const size_t edges = host.given_edges;
  size_t begin = 0;
  size_t end = edges + 1;
  while (begin < end && host.counts[begin] == 0) ++begin;
  while (end > begin && host.counts[end - 1] == 0) --end;
  if (begin == end) return;
  h.counts.assign(host.counts + begin, host.counts + end);
  // Bucket i lies between the edges i - 1 and i of the grid.
  for (size_t i = begin; i <= end; ++i)
    h.edges.push_back(i == 0 ? h.min : i > edges ? h.max : host.edges[i - 1]);
}

template <class T>
double widened(const char* element) {
  T value;
  std::memcpy(&value, element, sizeof value);
  return static_cast<double>(widen(value));
}

}  // namespace

absl::StatusOr<Plan> plan_of(const HistogramOptions& options) {
  // Of nothing, for its errors.
  if (auto checked = compute_histogram(TensorView(), options); !checked.ok())
    return checked.status();
  Plan plan;
  switch (options.scale) {
    case Scale::kLinear:
      plan.buckets = options.buckets;
      break;
    case Scale::kTensorFlow:
      plan.edges.assign(tensorflow_grid().begin(), tensorflow_grid().end());
      plan.is_grid = true;
      break;
    case Scale::kExplicit:
      plan.edges = options.edges;
      break;
  }
  if (plan.buckets > kMaxBuckets || plan.edges.size() > kMaxBuckets + 1)
    return absl::InvalidArgumentError(absl::StrCat(
        "on a device a histogram has at most ", kMaxBuckets, " buckets"));
  return plan;
}

Histogram histogram_of(Scale scale, const HostCopy& host) {
  Histogram h = with_moments(stats_of(host.header.moments));
  if (h.num == 0) return h;
  if (scale == Scale::kTensorFlow) {
    take_grid(host, h);
    return h;
  }
  const size_t edges = scale == Scale::kLinear
                           ? static_cast<size_t>(host.header.edges)
                           : host.given_edges;
  h.edges.assign(host.edges, host.edges + edges);
  h.counts.assign(host.counts, host.counts + edges - 1);
  return h;
}

TensorStats stats_of(const Moments& m) {
  TensorStats stats;
  stats.min = m.min;
  stats.max = m.max;
  stats.sum = m.sum;
  stats.sum_squares = m.sum_squares;
  stats.l1 = m.l1;
  stats.l2 = std::sqrt(m.sum_squares);
  stats.num = m.num;
  stats.nan = m.nan;
  stats.pos_inf = m.pos_inf;
  stats.neg_inf = m.neg_inf;
  stats.zeros = m.zeros;
  const uint64_t total = m.num + m.nan + m.pos_inf + m.neg_inf;
  if (total > 0)
    stats.zero_fraction =
        static_cast<double>(m.zeros) / static_cast<double>(total);
  if (m.num == 0) return stats;
  stats.mean = std::clamp(m.mean, m.min, m.max);
  stats.std =
      m.min == m.max ? 0 : std::sqrt(m.deviations / static_cast<double>(m.num));
  return stats;
}

bool is_gapless(const TensorView& view) {
  if (view.contiguous() || view.size() <= 1) return true;
  // From the innermost axis up: the stride of the next one is what lies within.
  int64_t within = 1;
  for (size_t i = 0; i < view.rank() && within < view.size();) {
    const bool is_next = view.dim(i) > 1 && std::abs(view.stride(i)) == within;
    if (is_next) within *= view.dim(i);
    i = is_next ? 0 : i + 1;
  }
  return within == view.size();
}

const void* lowest_element(const TensorView& view) {
  int64_t offset = 0;
  for (size_t i = 0; i < view.rank() && view.size() > 0; ++i)
    if (view.stride(i) < 0) offset += view.stride(i) * (view.dim(i) - 1);
  return static_cast<const char*>(view.data()) +
         offset * static_cast<int64_t>(dtype_size(view.dtype()));
}

double element_value(DType dtype, const char* element) {
  switch (dtype) {
    case DType::kFloat16:
      return widened<Half>(element);
    case DType::kBFloat16:
      return widened<Brain>(element);
    case DType::kFloat32:
      return widened<float>(element);
    default:
      return widened<double>(element);
  }
}

}  // namespace tblog::internal::cuda
