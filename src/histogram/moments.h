// SPDX-License-Identifier: Apache-2.0
//
// One pass over a tensor for all that its distribution's moments need.

#ifndef TBLOG_SRC_HISTOGRAM_MOMENTS_H_
#define TBLOG_SRC_HISTOGRAM_MOMENTS_H_

#include <cstdint>

#include "tblog/histogram.h"

namespace tblog::internal {

enum class Deviations : bool { kLeaveOut, kCompute };

// For a view that check_host_view() accepts, of a real dtype. kLeaveOut: std is
// 0. To be called under a DefaultFloatEnvironment.
TensorStats stats_of(const TensorView& view, Deviations deviations);

// InvalidArgument for what compute_stats() and compute_histogram() refuse.
absl::Status check_real_host_view(const TensorView& view);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_MOMENTS_H_
