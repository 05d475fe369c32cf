// SPDX-License-Identifier: Apache-2.0

#include "tblog/histogram.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/histogram/float_environment.h"
#include "src/histogram/histogram_of.h"
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
