// SPDX-License-Identifier: Apache-2.0

#include "src/reader/tensor_decoder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "tblog/event_reader.h"

namespace tblog::internal {
namespace {

constexpr int64_t kMaxRepeatedBytes = int64_t{64} << 20;
constexpr int kMaxRank = 254;  // TensorFlow's

// Obsolete reference types are 100 above the type that they refer to.
absl::StatusOr<std::optional<DType>> dtype_of(int type) {
  switch (type > 100 ? type - 100 : type) {
    case proto::DT_FLOAT:
      return DType::kFloat32;
    case proto::DT_DOUBLE:
      return DType::kFloat64;
    case proto::DT_HALF:
      return DType::kFloat16;
    case proto::DT_BFLOAT16:
      return DType::kBFloat16;
    case proto::DT_INT8:
    case proto::DT_QINT8:
      return DType::kInt8;
    case proto::DT_INT16:
    case proto::DT_QINT16:
      return DType::kInt16;
    case proto::DT_INT32:
    case proto::DT_QINT32:
      return DType::kInt32;
    case proto::DT_INT64:
      return DType::kInt64;
    case proto::DT_UINT8:
    case proto::DT_QUINT8:
      return DType::kUint8;
    case proto::DT_UINT16:
    case proto::DT_QUINT16:
      return DType::kUint16;
    case proto::DT_UINT32:
      return DType::kUint32;
    case proto::DT_UINT64:
      return DType::kUint64;
    case proto::DT_BOOL:
      return DType::kBool;
    case proto::DT_COMPLEX64:
      return DType::kComplex64;
    case proto::DT_COMPLEX128:
      return DType::kComplex128;
    case proto::DT_STRING:
      return std::nullopt;
    default:
      return absl::InvalidArgumentError(absl::StrCat("tensor of the data type ",
                                                     type,
                                                     ", which has no form "
                                                     "here"));
  }
}

absl::StatusOr<std::vector<int64_t>> shape_of(
    const proto::TensorShapeProto& shape) {
  if (shape.unknown_rank()) {
    return absl::InvalidArgumentError("tensor of unknown rank");
  }
  if (shape.dim_size() > kMaxRank) {
    return absl::InvalidArgumentError(
        absl::StrCat("tensor of ", shape.dim_size(), " dimensions"));
  }
  std::vector<int64_t> dims;
  for (const auto& dim : shape.dim()) {
    if (dim.size() < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor with the dimension ", dim.size()));
    }
    dims.push_back(dim.size());
  }
  return dims;
}

// Errors where the product overflows, also where a dimension is 0.
absl::StatusOr<int64_t> product(const std::vector<int64_t>& dims) {
  int64_t size = 1;
  int64_t nonzero = 1;
  for (int64_t dim : dims) {
    if (__builtin_mul_overflow(nonzero, std::max<int64_t>(dim, 1), &nonzero)) {
      return absl::InvalidArgumentError("tensor whose shape overflows");
    }
    size = dim == 0 || size == 0 ? 0 : nonzero;
  }
  return size;
}

// Calls f(field) with the repeated field that carries elements of `dtype` when
// tensor_content does not. A complex number is two elements of its field.
template <class F>
auto with_field(const proto::TensorProto& tensor, DType dtype, F&& f) {
  switch (dtype) {
    case DType::kFloat32:
      return f(tensor.float_val());
    case DType::kFloat64:
      return f(tensor.double_val());
    case DType::kInt64:
      return f(tensor.int64_val());
    case DType::kUint32:
      return f(tensor.uint32_val());
    case DType::kUint64:
      return f(tensor.uint64_val());
    case DType::kBool:
      return f(tensor.bool_val());
    case DType::kFloat16:
    case DType::kBFloat16:
      return f(tensor.half_val());
    case DType::kComplex64:
      return f(tensor.scomplex_val());
    case DType::kComplex128:
      return f(tensor.dcomplex_val());
    default:
      return f(tensor.int_val());
  }
}

int64_t field_size(const proto::TensorProto& tensor, DType dtype) {
  const int64_t numbers = with_field(
      tensor, dtype, [](const auto& field) { return int64_t{field.size()}; });
  if (!dtype_is_complex(dtype)) return numbers;
  return numbers % 2 == 0 ? numbers / 2 : -1;
}

absl::Status mismatch(int64_t elements, int64_t size) {
  return absl::InvalidArgumentError(
      elements < 0 ? std::string("tensor with half a complex number")
                   : absl::StrCat("tensor of ", elements,
                                  " elements, its shape says ", size));
}

// The numbers of `field`, each as T.
template <class T, class Field>
void append_as(const Field& field, std::string& out) {
  out.reserve(out.size() + sizeof(T) * static_cast<size_t>(field.size()));
  for (auto number : field) {
    const T element = static_cast<T>(number);
    out.append(reinterpret_cast<const char*>(&element), sizeof element);
  }
}

void append_field(const proto::TensorProto& tensor, DType dtype,
                  std::string& out) {
  with_field(tensor, dtype, [&](const auto& field) {
    using Number = std::decay_t<decltype(*field.begin())>;
    switch (dtype) {
      case DType::kInt8:
        return append_as<int8_t>(field, out);
      case DType::kInt16:
        return append_as<int16_t>(field, out);
      case DType::kUint8:
        return append_as<uint8_t>(field, out);
      case DType::kUint16:
      case DType::kFloat16:
      case DType::kBFloat16:
        return append_as<uint16_t>(field, out);
      default:
        return append_as<Number>(field, out);
    }
  });
}

// Little-endian elements in the host's order.
void to_host_order(DType dtype, std::string& bytes) {
  if (std::endian::native == std::endian::little) return;
  const size_t part =
      dtype_is_complex(dtype) ? dtype_size(dtype) / 2 : dtype_size(dtype);
  for (size_t i = 0; i + part <= bytes.size(); i += part) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + part));
  }
}

absl::Status check_repetition(const TensorLayout& layout,
                              int64_t element_bytes) {
  if (!layout.repeated || layout.size <= kMaxRepeatedBytes / element_bytes) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("tensor of one element, repeated ", layout.size, " times"));
}

absl::Status fill_strings(const proto::TensorProto& tensor,
                          const TensorLayout& layout, TensorValue& value) {
  absl::Status status = check_repetition(
      layout, layout.repeated
                  ? static_cast<int64_t>(sizeof(std::string) +
                                         tensor.string_val(0).size())
                  : 1);
  if (!status.ok()) return status;
  if (layout.repeated) {
    value.strings.assign(static_cast<size_t>(layout.size),
                         tensor.string_val(0));
  } else {
    value.strings.assign(tensor.string_val().begin(),
                         tensor.string_val().end());
  }
  return absl::OkStatus();
}

absl::Status fill_numbers(const proto::TensorProto& tensor,
                          const TensorLayout& layout, TensorValue& value) {
  const size_t element = dtype_size(*layout.dtype);
  absl::Status status = check_repetition(layout, static_cast<int64_t>(element));
  if (!status.ok()) return status;
  if (!tensor.tensor_content().empty()) {
    value.bytes = tensor.tensor_content();
    to_host_order(*layout.dtype, value.bytes);
    return absl::OkStatus();
  }
  append_field(tensor, *layout.dtype, value.bytes);
  if (!layout.repeated) return absl::OkStatus();
  const std::string one = value.bytes;
  value.bytes.resize(element * static_cast<size_t>(layout.size));
  for (size_t i = 0; i < value.bytes.size(); i += element) {
    std::memcpy(value.bytes.data() + i, one.data(), element);
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<size_t> number_bytes(int type) {
  // The two that nearly all are.
  if (type == proto::DT_FLOAT) return 4;
  if (type == proto::DT_DOUBLE) return 8;
  const absl::StatusOr<std::optional<DType>> dtype = dtype_of(type);
  if (!dtype.ok() || !dtype->has_value()) return std::nullopt;
  return dtype_size(**dtype);
}

absl::StatusOr<TensorLayout> tensor_layout(const proto::TensorProto& tensor) {
  absl::StatusOr<std::optional<DType>> dtype = dtype_of(tensor.dtype());
  if (!dtype.ok()) return dtype.status();
  absl::StatusOr<std::vector<int64_t>> shape = shape_of(tensor.tensor_shape());
  if (!shape.ok()) return shape.status();
  absl::StatusOr<int64_t> size = product(*shape);
  if (!size.ok()) return size.status();
  TensorLayout layout = {*dtype, *std::move(shape), *size, false};

  const std::string& content = tensor.tensor_content();
  if (layout.dtype.has_value() && !content.empty()) {
    const size_t element = dtype_size(*layout.dtype);
    if (content.size() % element != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor of ", content.size(), " bytes, of elements of ",
                       element, " bytes"));
    }
    const auto elements = static_cast<int64_t>(content.size() / element);
    if (elements != layout.size) return mismatch(elements, layout.size);
    return layout;
  }
  if (!layout.dtype.has_value() && !content.empty()) {
    return absl::InvalidArgumentError("tensor of strings as raw bytes");
  }
  const int64_t elements = layout.dtype.has_value()
                               ? field_size(tensor, *layout.dtype)
                               : int64_t{tensor.string_val_size()};
  layout.repeated = elements == 1 && layout.size != 1;
  if (elements != 1 && elements != layout.size) {
    return mismatch(elements, layout.size);
  }
  return layout;
}

absl::StatusOr<TensorValue> decode_tensor(const proto::TensorProto& tensor) {
  absl::StatusOr<TensorLayout> layout = tensor_layout(tensor);
  if (!layout.ok()) return layout.status();
  TensorValue value;
  value.dtype = layout->dtype;
  absl::Status status = value.dtype.has_value()
                            ? fill_numbers(tensor, *layout, value)
                            : fill_strings(tensor, *layout, value);
  if (!status.ok()) return status;
  value.shape = std::move(layout->shape);
  return value;
}

}  // namespace tblog::internal

namespace tblog {

absl::StatusOr<std::vector<double>> TensorValue::numbers() const {
  std::vector<double> numbers;
  const bool is_real =
      dtype.has_value() &&
      internal::visit_real(*dtype, [&]<class T>(std::type_identity<T>) {
        numbers.reserve(bytes.size() / sizeof(T));
        for (size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
          numbers.push_back(
              static_cast<double>(internal::load_element<T>(bytes.data() + i)));
        }
      });
  if (is_real) return numbers;
  return absl::InvalidArgumentError(absl::StrCat(
      "a tensor of ",
      internal::to_absl(dtype.has_value() ? dtype_name(*dtype) : "strings"),
      " has no real numbers"));
}

}  // namespace tblog
