// SPDX-License-Identifier: Apache-2.0
//
// Histograms: DT_DOUBLE of shape [buckets, 3], rows (left edge, right edge,
// count).

#ifndef TBLOG_SRC_SUMMARY_HISTOGRAM_H_
#define TBLOG_SRC_SUMMARY_HISTOGRAM_H_

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/event/wire.h"
#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"
#include "tblog/histogram.h"

namespace tblog::internal {

inline constexpr Kind kHistogramKind{"histograms", DataClass::kTensor};

// Whether `histogram` can be shown: TensorBoard's charts break on edges that
// are not finite or go back.
inline absl::Status check_histogram(const Histogram& histogram) {
  const auto& edges = histogram.edges;
  if (edges.size() !=
      (histogram.counts.empty() ? 0 : histogram.counts.size() + 1))
    return absl::InvalidArgumentError(
        "the histogram has not one edge more than counts");
  for (size_t i = 0; i < edges.size(); ++i) {
    if (!std::isfinite(edges[i]))
      return absl::InvalidArgumentError(
          "the histogram has an edge that is not finite");
    if (i > 0 && edges[i] < edges[i - 1])
      return absl::InvalidArgumentError("the histogram's edges go back");
  }
  return absl::OkStatus();
}

// A TensorProto of shape [counts, 3]; of [0, 3] where there are no buckets. A
// constant's one bucket [v, v] is drawn as TensorBoard's own writer's 30 of
// them are: the charts count a bucket of no width where it lies.
inline absl::StatusOr<std::string> encode_histogram(
    const Histogram& histogram) {
  if (absl::Status status = check_histogram(histogram); !status.ok())
    return status;
  const size_t buckets = histogram.counts.size();
  std::string rows;
  rows.reserve(buckets * 3 * sizeof(double));
  const auto put = [&rows](double v) {
    wire::put_fixed64(rows, std::bit_cast<uint64_t>(v));
  };
  for (size_t i = 0; i < buckets; ++i) {
    put(histogram.edges[i]);
    put(histogram.edges[i + 1]);
    put(static_cast<double>(histogram.counts[i]));
  }
  const int64_t shape[] = {static_cast<int64_t>(buckets), 3};
  return encode_numeric_tensor(DataType::kDouble, shape, rows);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_HISTOGRAM_H_
