// SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "src/base/elements.h"

namespace tblog::internal {
namespace {

// One axis, `stride` in bytes.
struct Axis {
  int64_t size;
  int64_t stride;
};

// Longest step first, so that the run is the axis with the shortest step; what
// is repeated (stride 0) outermost, so that the run is memory.
bool visited_further_out(const Axis& a, const Axis& b) {
  if ((a.stride == 0) != (b.stride == 0)) return a.stride == 0;
  return a.stride > b.stride;
}

}  // namespace

JoinedAxes join_axes(const TensorView& view, Order order) {
  const auto element_bytes = static_cast<int64_t>(dtype_size(view.dtype()));
  JoinedAxes joined = {static_cast<const char*>(view.data()), 0, {}, {}};
  Axis axes[TensorView::kMaxRank];
  size_t rank = 0;
  for (size_t i = 0; i < view.rank(); ++i) {
    if (view.dim(i) == 1) continue;
    axes[rank++] = {view.dim(i), view.stride(i) * element_bytes};
  }
  if (order == Order::kAny) {
    for (size_t i = 0; i < rank; ++i) {
      if (axes[i].stride >= 0) continue;
      joined.data += (axes[i].size - 1) * axes[i].stride;
      axes[i].stride = -axes[i].stride;
    }
    // By insertion: for std::sort, GCC 12 warns of elements beyond the 8.
    for (size_t i = 1; i < rank; ++i) {
      for (size_t k = i; k > 0 && visited_further_out(axes[k], axes[k - 1]);
           --k) {
        std::swap(axes[k], axes[k - 1]);
      }
    }
  }
  for (size_t i = 0; i < rank; ++i) {
    const size_t last = joined.rank - 1;
    if (joined.rank > 0 &&
        joined.stride[last] == axes[i].stride * axes[i].size) {
      joined.size[last] *= axes[i].size;
      joined.stride[last] = axes[i].stride;
    } else {
      joined.size[joined.rank] = axes[i].size;
      joined.stride[joined.rank++] = axes[i].stride;
    }
  }
  if (joined.rank == 0) {
    joined.size[0] = 1;
    joined.stride[0] = element_bytes;
    joined.rank = 1;
  }
  return joined;
}

}  // namespace tblog::internal
