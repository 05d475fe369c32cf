// SPDX-License-Identifier: Apache-2.0

#include "src/summary/tensor_proto.h"

#include "src/event/wire.h"

namespace tblog::internal {
namespace {

enum Field : uint32_t {
  kDtype = 1,
  kTensorShape = 2,
  kTensorContent = 4,
  kStringVal = 8
};
constexpr uint32_t kShapeDim = 2;
constexpr uint32_t kDimSize = 1;

// Dtype and shape. Rank 0 needs no shape: a missing one means it.
void put_dtype_and_shape(std::string& out, DataType dtype,
                         std::span<const int64_t> shape) {
  wire::put_uint64_always(out, kDtype, static_cast<uint64_t>(dtype));
  std::string dims;
  std::string dim;
  for (int64_t size : shape) {
    dim.clear();
    wire::put_int64(dim, kDimSize, size);
    wire::put_bytes_always(dims, kShapeDim, dim);
  }
  wire::put_bytes(out, kTensorShape, dims);
}

}  // namespace

std::string encode_numeric_tensor(DataType dtype,
                                  std::span<const int64_t> shape,
                                  std::string_view content) {
  std::string out;
  put_dtype_and_shape(out, dtype, shape);
  wire::put_bytes(out, kTensorContent, content);
  return out;
}

std::string encode_string_tensor(std::string_view text) {
  std::string out;
  put_dtype_and_shape(out, DataType::kString, {});
  wire::put_bytes_always(out, kStringVal, text);
  return out;
}

std::string encode_string_list_tensor(
    std::span<const std::string_view> strings) {
  const auto size = static_cast<int64_t>(strings.size());
  return encode_strings_tensor({&size, 1}, strings);
}

std::string encode_strings_tensor(std::span<const int64_t> shape,
                                  std::span<const std::string_view> strings) {
  size_t bytes = 0;
  for (std::string_view s : strings)
    bytes += wire::bytes_field_size(kStringVal, s.size());
  std::string out;
  put_dtype_and_shape(out, DataType::kString, shape);
  out.reserve(out.size() + bytes);
  for (std::string_view s : strings) wire::put_bytes_always(out, kStringVal, s);
  return out;
}

}  // namespace tblog::internal
