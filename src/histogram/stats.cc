// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "src/histogram/float_environment.h"
#include "src/histogram/moments.h"
#include "tblog/histogram.h"

namespace tblog {

absl::Status internal::check_real_host_view(const TensorView& view) {
  using namespace internal;
  if (absl::Status s = check_host_view(view); !s.ok()) return s;
  if (visit_real(view.dtype(), [](auto) {})) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a tensor of ", to_absl(dtype_name(view.dtype())),
                   " has no distribution of real numbers"));
}

absl::StatusOr<TensorStats> compute_stats(const TensorView& values) {
  using namespace internal;
  if (absl::Status s = check_real_host_view(values); !s.ok()) return s;
  const DefaultFloatEnvironment environment;
  return stats_of(values, Deviations::kCompute);
}

TensorStats merge_stats(const TensorStats& a, const TensorStats& b) {
  TensorStats merged = a.num == 0 ? b : a;
  if (a.num > 0 && b.num > 0) {
    const auto na = static_cast<double>(a.num);
    const auto nb = static_cast<double>(b.num);
    const double part_a = na / (na + nb);
    const double part_b = nb / (na + nb);
    merged.min = std::min(a.min, b.min);
    merged.max = std::max(a.max, b.max);
    merged.sum = a.sum + b.sum;
    merged.l1 = a.l1 + b.l1;
    merged.sum_squares = a.sum_squares + b.sum_squares;
    merged.l2 = std::hypot(a.l2, b.l2);
    merged.mean =
        std::clamp(a.mean * part_a + b.mean * part_b, merged.min, merged.max);
    // By hypot, whose squares do not overflow; halves, for the difference of
    // means might.
    const double apart = a.mean / 2 - b.mean / 2;
    merged.std =
        merged.min == merged.max
            ? 0
            : std::hypot(a.std * std::sqrt(part_a), b.std * std::sqrt(part_b),
                         2 * (apart * std::sqrt(part_a * part_b)));
  }
  merged.num = a.num + b.num;
  merged.nan = a.nan + b.nan;
  merged.pos_inf = a.pos_inf + b.pos_inf;
  merged.neg_inf = a.neg_inf + b.neg_inf;
  merged.zeros = a.zeros + b.zeros;
  const uint64_t total =
      merged.num + merged.nan + merged.pos_inf + merged.neg_inf;
  merged.zero_fraction = total == 0 ? 0
                                    : static_cast<double>(merged.zeros) /
                                          static_cast<double>(total);
  return merged;
}

}  // namespace tblog
