// SPDX-License-Identifier: Apache-2.0

#include "src/base/elements.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "src/base/strings.h"

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

// Bytes of the numbers that an element consists of.
size_t number_bytes(DType dtype) {
  return dtype_is_complex(dtype) ? dtype_size(dtype) / 2 : dtype_size(dtype);
}

void append_run(const ElementRun& run, size_t element_bytes, std::string& out) {
  if (run.stride == static_cast<int64_t>(element_bytes)) {
    out.append(run.data, static_cast<size_t>(run.count) * element_bytes);
    return;
  }
  for (int64_t i = 0; i < run.count; ++i) {
    out.append(run.data + i * run.stride, element_bytes);
  }
}

}  // namespace

absl::Status check_host_view(const TensorView& view) {
  if (!view.valid()) {
    return absl::InvalidArgumentError(to_absl(view.error()));
  }
  if (view.device() != Device::kCpu) {
    return absl::InvalidArgumentError(
        "the tensor lies in the memory of a device; copy it to the CPU first");
  }
  return absl::OkStatus();
}

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

absl::StatusOr<double> single_value(const TensorView& view) {
  if (absl::Status status = check_host_view(view); !status.ok()) return status;
  if (view.size() != 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "the tensor has %d elements where one value is needed", view.size()));
  }
  double value = 0;
  const auto read = [&]<class T>(std::type_identity<T>) {
    value = static_cast<double>(
        load_element<T>(static_cast<const char*>(view.data())));
  };
  if (!visit_real(view.dtype(), read)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("a tensor of %s has no value as one real number",
                        to_absl(dtype_name(view.dtype()))));
  }
  return value;
}

absl::Status append_little_endian(const TensorView& view, std::string& out) {
  if (absl::Status status = check_host_view(view); !status.ok()) return status;
  append_elements(view, std::endian::native == std::endian::big, out);
  return absl::OkStatus();
}

void append_elements(const TensorView& view, bool reverse_bytes,
                     std::string& out) {
  const size_t begin = out.size();
  out.reserve(begin + view.size_bytes());
  for_each_run(view, Order::kRowMajor, [&](const ElementRun& run) {
    append_run(run, dtype_size(view.dtype()), out);
  });
  if (view.dtype() == DType::kBool) {
    std::for_each(out.begin() + static_cast<ptrdiff_t>(begin), out.end(),
                  [](char& c) { c = c != 0; });
  }
  const size_t bytes = number_bytes(view.dtype());
  if (!reverse_bytes || bytes == 1) return;
  for (size_t i = begin; i < out.size(); i += bytes) {
    std::reverse(&out[i], &out[i] + bytes);
  }
}

}  // namespace tblog::internal
