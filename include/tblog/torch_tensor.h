// SPDX-License-Identifier: Apache-2.0
//
// LibTorch's tensors for everything that takes a TensorView, without a copy:
//
//   writer.scalar("loss", loss, step);                  // no .item()
//   writer.histogram("fc1/weight", fc1->weight, step);
//   hooks.tap("attention", std::make_tuple(context, weights));
//
// Real and complex dtypes, any strides, tensors that require gradients, 0
// dimensions, no elements. What has no elements in this process's memory
// (sparse, quantised, meta, nested, on a device) is refused, counted and
// reported once. A lazily conjugated or negated view (at::conj, imag() of one)
// is refused by the writer, which may not compute; hooks resolve it first. An
// undefined tensor is refused by the writer, and no output at all for hooks.
//
// Tensors on a CUDA device are viewed there, on LibTorch's current stream,
// where TBLOG_TORCH_CUDA is defined for the whole program, which tblog::torch
// does with tblog::cuda and a LibTorch for CUDA: a writer with
// WriterOptions::device = cuda_device() logs them without a copy.
//
// Every header of this adapter is compiled with the user's own LibTorch, 1.13
// or newer; the library itself does not know LibTorch.

#ifndef TBLOG_TORCH_TENSOR_H_
#define TBLOG_TORCH_TENSOR_H_

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <c10/core/Storage.h>
#include <torch/version.h>
#ifdef TBLOG_TORCH_CUDA
#include <c10/cuda/CUDAStream.h>
#endif

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tblog/dtype.h"
#include "tblog/leaves.h"
#include "tblog/tensor_view.h"

namespace tblog {
namespace internal {

// Not ours where there is none. By number where older versions of LibTorch have
// no name: the numbers stand in files, and do not change.
inline std::optional<DType> dtype_of(c10::ScalarType type) noexcept {
  switch (static_cast<int>(type)) {
    case static_cast<int>(c10::ScalarType::Half):
      return DType::kFloat16;
    case static_cast<int>(c10::ScalarType::BFloat16):
      return DType::kBFloat16;
    case static_cast<int>(c10::ScalarType::Float):
      return DType::kFloat32;
    case static_cast<int>(c10::ScalarType::Double):
      return DType::kFloat64;
    case 23:  // Float8_e5m2
      return DType::kFloat8E5M2;
    case 24:  // Float8_e4m3fn
      return DType::kFloat8E4M3;
    case static_cast<int>(c10::ScalarType::Char):
      return DType::kInt8;
    case static_cast<int>(c10::ScalarType::Short):
      return DType::kInt16;
    case static_cast<int>(c10::ScalarType::Int):
      return DType::kInt32;
    case static_cast<int>(c10::ScalarType::Long):
      return DType::kInt64;
    case static_cast<int>(c10::ScalarType::Byte):
      return DType::kUint8;
    case 27:  // UInt16
      return DType::kUint16;
    case 28:  // UInt32
      return DType::kUint32;
    case 29:  // UInt64
      return DType::kUint64;
    case static_cast<int>(c10::ScalarType::Bool):
      return DType::kBool;
    case static_cast<int>(c10::ScalarType::ComplexFloat):
      return DType::kComplex64;
    case static_cast<int>(c10::ScalarType::ComplexDouble):
      return DType::kComplex128;
    default:
      return std::nullopt;
  }
}

// The first element. Does not make a lazily copied tensor copy itself.
inline const void* data_of(const at::Tensor& tensor) {
#if TORCH_VERSION_MAJOR > 2 || \
    (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
  return tensor.const_data_ptr();
#else
  return tensor.data_ptr();
#endif
}

// Whether the elements are others than those in memory.
inline bool is_lazy_view(const at::Tensor& tensor) noexcept {
  return tensor.is_conj() || tensor.is_neg();
}

// Whether CUDA's tensors are viewed where they lie.
#ifdef TBLOG_TORCH_CUDA
inline constexpr bool kTorchCuda = true;
#else
inline constexpr bool kTorchCuda = false;
#endif

// Why a tensor cannot be viewed whatever is done; empty where it can.
inline std::string_view why_not_viewed(const at::Tensor& tensor) {
  if (!tensor.defined()) return "the tensor is undefined";
  if (tensor.is_quantized()) {
    return "the tensor is quantised: log dequantize() of it";
  }
  if (tensor.is_nested()) return "the tensor is nested: log its components";
  if (tensor.is_sparse()) return "the tensor is sparse: log values() of it";
  if (tensor.layout() != c10::kStrided) {
    return "the tensor is sparse, or laid out by a backend: log to_dense() of "
           "it";
  }
  if (tensor.is_meta()) return "the tensor is meta: it has no elements";
  if (tensor.is_cuda() && !kTorchCuda) {
    return "the tensor lies on a CUDA device: log cpu() of it";
  }
  if (!tensor.device().is_cpu() && !tensor.is_cuda()) {
    return "the tensor lies on a device: log cpu() of it";
  }
  if (!tensor.has_storage()) {
    return "the tensor is a wrapper without memory of its own";
  }
  return {};
}

inline TensorView view_of_torch(const at::Tensor& tensor) {
  const std::string_view why = why_not_viewed(tensor);
  if (!why.empty()) return TensorView::invalid(why);
  const std::optional<DType> dtype = dtype_of(tensor.scalar_type());
  if (!dtype) return TensorView::invalid("tblog has no such element type");
  const at::IntArrayRef sizes = tensor.sizes();
  const at::IntArrayRef strides = tensor.strides();
  const TensorView view(data_of(tensor), *dtype, sizes.data(), sizes.size(),
                        strides.data(), strides.size());
#ifdef TBLOG_TORCH_CUDA
  if (tensor.is_cuda()) {
    const c10::DeviceIndex index = tensor.device().index();
    return view.on_device(Device::kCuda, index,
                          c10::cuda::getCurrentCUDAStream(index).stream());
  }
#endif
  return view;
}

}  // namespace internal

template <>
struct TensorSource<at::Tensor> {
  static constexpr bool kKnown = true;
  static TensorView view(const at::Tensor& tensor) noexcept {
    try {
      if (tensor.defined() && internal::is_lazy_view(tensor)) {
        return TensorView::invalid(
            "the tensor is a lazily conjugated or negated view: log "
            "resolve_conj().resolve_neg() of it");
      }
      return internal::view_of_torch(tensor);
    } catch (...) {
      return TensorView::invalid("LibTorch cannot say where the tensor lies");
    }
  }
};

namespace internal {

// Sees LibTorch's own tensors, beside views of them.
class TorchLeafVisitor : public LeafVisitor {
 public:
  virtual void tensor(std::string_view path, const at::Tensor& tensor) = 0;

 protected:
  ~TorchLeafVisitor() = default;
};

}  // namespace internal

template <>
struct LeafSource<at::Tensor> {
  static constexpr bool kKnown = true;
  static void visit(const at::Tensor& tensor, std::string& path,
                    internal::LeafVisitor& visitor) {
    if (!tensor.defined()) return;  // an output that is not there
    auto* const torch = dynamic_cast<internal::TorchLeafVisitor*>(&visitor);
    if (torch != nullptr) return torch->tensor(path, tensor);
    if (visitor.keeps_owners() && tensor.has_storage()) {
      visitor.keep(std::make_shared<const c10::Storage>(tensor.storage()));
    }
    if (!internal::is_lazy_view(tensor) || !tensor.device().is_cpu()) {
      return visitor.leaf(path, TensorView(tensor));
    }
    const c10::NoGradGuard no_autograd;
    visitor.leaf(path, TensorView(tensor.resolve_conj().resolve_neg()));
  }
};

}  // namespace tblog

#endif  // TBLOG_TORCH_TENSOR_H_
