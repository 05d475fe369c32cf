// SPDX-License-Identifier: Apache-2.0
//
// MergedHistogram: the histogram of several tensors, which come one after the
// other, as that of all their values. See Repeat::kMerge for what is exact. One
// thread at a time.

#ifndef TBLOG_SRC_HOOK_MERGED_HISTOGRAM_H_
#define TBLOG_SRC_HOOK_MERGED_HISTOGRAM_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/hook/fine_grid.h"
#include "tblog/histogram.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// What one tensor adds: computed without a lock.
struct HistogramPart {
  DType dtype = DType::kFloat32;
  // Of the options' own buckets; nothing where only the grid was wanted.
  std::optional<Histogram> exact;
  std::optional<FineGrid> grid;
  TensorStats stats;  // where there is a grid
};

// `is_first`: no other came before, so that it may stay the only one;
// `more_expected`: others will come. Errors: as compute_histogram.
absl::StatusOr<HistogramPart> make_part(const TensorView& values,
                                        const HistogramOptions& options,
                                        bool is_first, bool more_expected);

class MergedHistogram {
 public:
  // `options` must outlive this.
  explicit MergedHistogram(const HistogramOptions& options)
      : options_(&options) {}

  void add(HistogramPart part);
  Histogram result() const;

 private:
  void add_grid(const HistogramPart& part);

  const HistogramOptions* options_;
  int parts_ = 0;
  HistogramPart sum_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_MERGED_HISTOGRAM_H_
