// SPDX-License-Identifier: Apache-2.0

#include "src/hook/watch_kernels.h"

#include <bit>
#include <cmath>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

constexpr size_t kLanes = 16;  // accumulators that do not wait for each other

// Whether any of the values is not finite: adding 1 to an exponent of ones
// carries into the sign, which all the others leave alone.
template <class V>
bool any_nonfinite(const V* values, size_t n) {
  using Bits = std::conditional_t<sizeof(V) == 4, uint32_t, uint64_t>;
  constexpr Bits kExponent = sizeof(V) == 4
                                 ? static_cast<Bits>(0x7f800000u)
                                 : static_cast<Bits>(0x7ff0000000000000u);
  constexpr Bits kOne = kExponent & (~kExponent + 1);  // of the exponent
  Bits carries[kLanes] = {};
  const size_t whole = n - n % kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const auto bits = std::bit_cast<Bits>(values[i + lane]);
      carries[lane] |= (bits & kExponent) + kOne;
    }
  }
  for (size_t i = whole; i < n; ++i) {
    carries[0] |= (std::bit_cast<Bits>(values[i]) & kExponent) + kOne;
  }
  Bits all = 0;
  for (const Bits lane : carries) all |= lane;
  return (all & (kExponent + kOne)) >> (8 * sizeof(V) - 1) != 0;
}

// The place of the `position`-th element in row-major order.
std::vector<int64_t> index_of(const TensorView& values, int64_t position) {
  std::vector<int64_t> index(values.rank());
  for (size_t axis = values.rank(); axis-- > 0;) {
    index[axis] = position % values.dim(axis);
    position /= values.dim(axis);
  }
  return index;
}

// All values with index i of dimension `axis`.
TensorView unit_of(const TensorView& values, size_t axis, int64_t i) {
  int64_t shape[TensorView::kMaxRank];
  int64_t strides[TensorView::kMaxRank];
  size_t rank = 0;
  for (size_t k = 0; k < values.rank(); ++k) {
    if (k == axis) continue;
    shape[rank] = values.dim(k);
    strides[rank++] = values.stride(k);
  }
  const auto size = static_cast<int64_t>(dtype_size(values.dtype()));
  const char* first =
      static_cast<const char*>(values.data()) + i * values.stride(axis) * size;
  return {first, values.dtype(), shape, rank, strides, rank};
}

template <class T>
bool is_live(const TensorView& unit) {
  bool live = false;
  for_each_run(unit, Order::kAny, [&](const ElementRun& run) {
    for (int64_t i = 0; i < run.count && !live; ++i) {
      live = load_element<T>(run.data + i * run.stride) != 0;
    }
  });
  return live;
}

}  // namespace

absl::Status check_countable(const TensorView& values) {
  if (absl::Status s = check_host_view(values); !s.ok()) return s;
  if (visit_real(values.dtype(), [](auto) {})) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a watch cannot look at complex numbers (",
                   to_absl(dtype_name(values.dtype())), ")"));
}

uint64_t count_nonfinite(const TensorView& values) {
  uint64_t count = 0;
  visit_real(values.dtype(), [&]<class T>(std::type_identity<T>) {
    if constexpr (kIsFloat<T>) {
      for_each_block<T>(values, Order::kAny, [&](const auto* x, size_t n) {
        if (!any_nonfinite(x, n)) return;
        for (size_t i = 0; i < n; ++i) count += !std::isfinite(x[i]);
      });
    }
  });
  return count;
}

std::optional<NonfiniteElement> find_nonfinite(const TensorView& values) {
  std::optional<NonfiniteElement> found;
  int64_t position = 0;
  visit_real(values.dtype(), [&]<class T>(std::type_identity<T>) {
    if constexpr (kIsFloat<T>) {
      for_each_block<T>(values, Order::kRowMajor, [&](const auto* x, size_t n) {
        if (found) return;
        for (size_t i = 0; i < n; ++i, ++position) {
          if (std::isfinite(x[i])) continue;
          found.emplace();
          found->index = index_of(values, position);
          found->value = static_cast<double>(x[i]);
          return;
        }
      });
    }
  });
  return found;
}

SaturatedCount count_saturated(const TensorView& values, double lower,
                               double upper) {
  SaturatedCount count;
  visit_real(values.dtype(), [&]<class T>(std::type_identity<T>) {
    for_each_block<T>(values, Order::kAny, [&](const auto* x, size_t n) {
      uint32_t saturated = 0;
      uint32_t nan = 0;
      for (size_t i = 0; i < n; ++i) {
        const auto value = static_cast<double>(x[i]);
        saturated += static_cast<uint32_t>(value <= lower) |
                     static_cast<uint32_t>(value >= upper);
        nan += static_cast<uint32_t>(value != value);
      }
      count.saturated += saturated;
      count.all += n - nan;
    });
  });
  return count;
}

std::optional<size_t> unit_axis_of(const TensorView& values, int unit_axis) {
  const int rank = static_cast<int>(values.rank());
  if (rank == 1) return 0;
  const int axis = unit_axis < 0 ? unit_axis + rank : unit_axis;
  if (axis < 0 || axis >= rank) return std::nullopt;
  return static_cast<size_t>(axis);
}

void mark_live_units(const TensorView& values, size_t axis,
                     std::vector<uint8_t>& live) {
  if (values.size() == 0) return;
  visit_real(values.dtype(), [&]<class T>(std::type_identity<T>) {
    for (size_t i = 0; i < live.size(); ++i) {
      if (live[i] != 0) continue;
      live[i] = is_live<T>(unit_of(values, axis, static_cast<int64_t>(i)));
    }
  });
}

SquaredChange squared_change(const TensorView& before,
                             const TensorView& after) {
  SquaredChange sum;
  const char* old = static_cast<const char*>(before.data());
  visit_real(after.dtype(), [&]<class T>(std::type_identity<T>) {
    for_each_block<T>(after, Order::kRowMajor, [&](const auto* x, size_t n) {
      SquaredChange block;
      for (size_t i = 0; i < n; ++i, old += sizeof(T)) {
        const auto from = static_cast<double>(load_element<T>(old));
        const double change = static_cast<double>(x[i]) - from;
        block.change += change * change;
        block.before += from * from;
      }
      sum.change += block.change;
      sum.before += block.before;
    });
  });
  return sum;
}

}  // namespace tblog::internal
