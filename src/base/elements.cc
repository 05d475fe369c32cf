// SPDX-License-Identifier: Apache-2.0

#include "src/base/elements.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

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
