// SPDX-License-Identifier: Apache-2.0
//
// The elements of a tensor one by one as double, where their dtype does not
// matter. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_NUMBERS_H_
#define TBLOG_SRC_SUMMARY_NUMBERS_H_

#include <cstddef>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// Whether a view was left out of an options struct: it is as TensorView() makes
// it.
inline bool is_absent(const TensorView& view) {
  return view.valid() && view.rank() == 1 && view.size() == 0;
}

// Calls visit(double) for all elements, row-major. 64-bit integers beyond 2^53
// become the nearest double.
// Errors: InvalidArgument that begins with `what`, for a view that the CPU
// cannot read and for dtypes that are no real numbers; nothing is visited then.
template <class F>
absl::Status for_each_number(const TensorView& view, absl::string_view what,
                             F&& visit) {
  if (absl::Status status = check_host_view(view); !status.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(what, ": ", status.message()));
  const bool real =
      visit_real(view.dtype(), [&]<class T>(std::type_identity<T>) {
        for_each_block<T>(view, Order::kRowMajor,
                          [&](const auto* values, size_t n) {
                            for (size_t i = 0; i < n; ++i)
                              visit(static_cast<double>(values[i]));
                          });
      });
  if (real) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      what, ": ", to_absl(dtype_name(view.dtype())), " is no real number"));
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_NUMBERS_H_
