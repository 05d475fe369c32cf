// SPDX-License-Identifier: Apache-2.0
//
// DLPack's tensors, by which frameworks hand each other theirs, for everything
// that takes a TensorView, without a copy:
//
//   writer.histogram("fc1/weights", managed->dl_tensor, step);
//
// Compiled with the user's own dlpack/dlpack.h, 0.5 or newer (of a copy with
// another name, such as ATen/dlpack.h, include that before this). Who made the
// tensor still owns it: nothing here calls a deleter. Memory that the host
// cannot read is refused, but for CUDA's, which is a view on the device's
// default stream.

#ifndef TBLOG_DLPACK_H_
#define TBLOG_DLPACK_H_

#ifndef DLPACK_DLPACK_H_
#include <dlpack/dlpack.h>
#endif

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tblog/dtype.h"
#include "tblog/tensor_view.h"

namespace tblog {
namespace internal {

// None where there is none. Codes by number, where older versions of DLPack
// have no name for them.
inline std::optional<DType> dtype_of_dlpack(const DLDataType& type) noexcept {
  if (type.lanes != 1) return std::nullopt;
  switch (type.code * 1000 + type.bits) {
    case 8:
      return DType::kInt8;
    case 16:
      return DType::kInt16;
    case 32:
      return DType::kInt32;
    case 64:
      return DType::kInt64;
    case 1008:
      return DType::kUint8;
    case 1016:
      return DType::kUint16;
    case 1032:
      return DType::kUint32;
    case 1064:
      return DType::kUint64;
    case 2016:
      return DType::kFloat16;
    case 2032:
      return DType::kFloat32;
    case 2064:
      return DType::kFloat64;
    case 4016:
      return DType::kBFloat16;
    case 5064:
      return DType::kComplex64;
    case 5128:
      return DType::kComplex128;
    case 6008:  // kDLBool
      return DType::kBool;
    case 10008:  // kDLFloat8_e4m3fn
      return DType::kFloat8E4M3;
    case 12008:  // kDLFloat8_e5m2
      return DType::kFloat8E5M2;
    default:
      return std::nullopt;
  }
}

}  // namespace internal

template <>
struct TensorSource<DLTensor> {
  static constexpr bool kKnown = true;

  static TensorView view(const DLTensor& tensor) noexcept {
    const auto dtype = internal::dtype_of_dlpack(tensor.dtype);
    if (!dtype) return TensorView::invalid("tblog has no such element type");
    if (tensor.ndim < 0 || (tensor.ndim > 0 && tensor.shape == nullptr))
      return TensorView::invalid("the DLTensor has no shape");
    const auto rank = static_cast<size_t>(tensor.ndim);
    const void* const data =
        tensor.data == nullptr
            ? nullptr
            : static_cast<const char*>(tensor.data) + tensor.byte_offset;
    const TensorView view(data, *dtype, tensor.shape, rank, tensor.strides,
                          tensor.strides == nullptr ? 0 : rank);
    switch (tensor.device.device_type) {
      case kDLCPU:
      case kDLCUDAHost:
      case kDLROCMHost:
        return view;
      case kDLCUDA:
      case kDLCUDAManaged:
        return view.on_device(Device::kCuda, tensor.device.device_id, nullptr);
      default:
        return TensorView::invalid(
            "the DLTensor lies on a device that tblog does not know");
    }
  }
};

template <>
struct TensorSource<DLManagedTensor> {
  static constexpr bool kKnown = true;
  static TensorView view(const DLManagedTensor& tensor) noexcept {
    return TensorSource<DLTensor>::view(tensor.dl_tensor);
  }
};

}  // namespace tblog

#endif  // TBLOG_DLPACK_H_
