// SPDX-License-Identifier: Apache-2.0
//
// compute_histogram() without its checks, and its part that is no bucket.

#ifndef TBLOG_SRC_HISTOGRAM_HISTOGRAM_OF_H_
#define TBLOG_SRC_HISTOGRAM_HISTOGRAM_OF_H_

#include "tblog/histogram.h"

namespace tblog::internal {

// For a view that check_real_host_view() accepts and valid options. To be
// called under a DefaultFloatEnvironment, and for its sake from another file.
Histogram histogram_of(const TensorView& values,
                       const HistogramOptions& options);

// A histogram of what these are of, without its buckets.
Histogram with_moments(const TensorStats& stats);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_HISTOGRAM_OF_H_
