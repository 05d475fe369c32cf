// SPDX-License-Identifier: Apache-2.0
//
// Hooks on the graphs of ggml, as llama.cpp and whisper.cpp run them, by the
// evaluation callback of ggml's scheduler, and views of its tensors. Compiled
// with the user's own ggml; a program that exists needs three lines:
//
//   tblog::LayerHooks hooks(writer, {Rule::layers("ffn_out-*").outputs()…});
//   tblog::GgmlTap tap(hooks);
//   ggml_backend_sched_set_eval_callback(sched, tblog::GgmlTap::callback,
//   &tap);
//   // or, with llama.cpp, before the context is made:
//   params.cb_eval = tblog::GgmlTap::callback;
//   params.cb_eval_user_data = &tap;
//   …
//   auto scope = hooks.step(token, tblog::Phase::kInference);
//   ggml_backend_sched_graph_compute(sched, graph);
//
// Layers are the nodes of the graph by their names ("attn_norm-0",
// "result_norm"; what ggml_set_name() gave), each in the order of the
// computation. A tensor is viewed as [ne[3], ne[2], ne[1], ne[0]], the last
// dimension varying fastest, without leading ones: ggml counts the other way.
//
// ggml asks of each node whether anybody wants it. Where no rule is due the
// answer is no, and it computes whole stretches of the graph at once. A node
// that is wanted ends a stretch: that costs a synchronisation, and backends
// that fuse nodes (not the CPU's) may round otherwise.
//
// Quantised tensors have no elements that could be viewed: they are refused,
// with one report. So are tensors in the memory of a device, unless
// GgmlOptions::copy_from_device is set.

#ifndef TBLOG_GGML_H_
#define TBLOG_GGML_H_

#include <ggml-backend.h>
#include <ggml.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tblog/dtype.h"
#include "tblog/layer_hooks.h"
#include "tblog/leaves.h"
#include "tblog/tensor_view.h"

namespace tblog {
namespace internal {

// None where there is none: of quantised types. By number, where older versions
// of ggml have no name for them.
inline std::optional<DType> dtype_of_ggml(int type) noexcept {
  switch (type) {
    case 0:  // GGML_TYPE_F32
      return DType::kFloat32;
    case 1:  // GGML_TYPE_F16
      return DType::kFloat16;
    case 24:  // GGML_TYPE_I8
      return DType::kInt8;
    case 25:  // GGML_TYPE_I16
      return DType::kInt16;
    case 26:  // GGML_TYPE_I32
      return DType::kInt32;
    case 27:  // GGML_TYPE_I64
      return DType::kInt64;
    case 28:  // GGML_TYPE_F64
      return DType::kFloat64;
    case 30:  // GGML_TYPE_BF16
      return DType::kBFloat16;
    default:
      return std::nullopt;
  }
}

// The tensor with its elements at `data`.
inline TensorView view_of_ggml(const ggml_tensor& tensor,
                               const void* data) noexcept {
  const auto dtype = dtype_of_ggml(static_cast<int>(tensor.type));
  if (!dtype) {
    return TensorView::invalid(
        "the ggml tensor is quantised: tblog views f32, f16, bf16, f64 and "
        "integers");
  }
  constexpr size_t kDims = GGML_MAX_DIMS;
  size_t rank = kDims;
  while (rank > 1 && tensor.ne[rank - 1] == 1) --rank;
  int64_t shape[kDims] = {};
  int64_t strides[kDims] = {};
  for (size_t i = 0; i < rank; ++i) {
    const size_t bytes = tensor.nb[rank - 1 - i];
    if (bytes % dtype_size(*dtype) != 0) {
      return TensorView::invalid(
          "the ggml tensor's rows do not begin at whole elements");
    }
    shape[i] = tensor.ne[rank - 1 - i];
    strides[i] = static_cast<int64_t>(bytes / dtype_size(*dtype));
  }
  return {data, *dtype, shape, rank, strides, rank};
}

inline bool ggml_is_on_host(const ggml_tensor& tensor) noexcept {
  ggml_backend_buffer_t const buffer =
      tensor.view_src != nullptr && tensor.buffer == nullptr
          ? tensor.view_src->buffer
          : tensor.buffer;
  return buffer == nullptr || ggml_backend_buffer_is_host(buffer);
}

}  // namespace internal

template <>
struct TensorSource<ggml_tensor> {
  static constexpr bool kKnown = true;

  static TensorView view(const ggml_tensor& tensor) noexcept {
    if (!internal::ggml_is_on_host(tensor)) {
      return TensorView::invalid(
          "the ggml tensor lies on a device: set "
          "GgmlOptions::copy_from_device");
    }
    return internal::view_of_ggml(tensor, tensor.data);
  }
};

// How one GgmlTap behaves. A plain aggregate: change the fields you care about.
struct GgmlOptions {
  // Whether a due tensor on a device is copied to the host to be looked at,
  // which costs its size in time and, while it is looked at, in memory.
  // Default: it is refused, and reported once.
  bool copy_from_device = false;

  // A callback of the program's own: a scheduler has one. It is asked and shown
  // as without tblog, and what it says ends the computation or not. Default:
  // none.
  ggml_backend_sched_eval_callback also = nullptr;
  void* also_user_data = nullptr;
};

// What the scheduler calls. One thread at a time, as the scheduler does it;
// hooks, and this, must outlive the computation.
class GgmlTap {
 public:
  explicit GgmlTap(LayerHooks& hooks, GgmlOptions options = {})
      : hooks_(&hooks), options_(options) {}

  // A ggml_backend_sched_eval_callback, to be registered with the address of a
  // GgmlTap. Whatever the hooks find, the computation goes on.
  static bool callback(ggml_tensor* tensor, bool ask, void* tap) {
    auto& self = *static_cast<GgmlTap*>(tap);
    return ask ? self.asked(*tensor) : self.shown(*tensor);
  }

 private:
  bool asked(ggml_tensor& tensor) {
    also_wants_ = options_.also != nullptr &&
                  options_.also(&tensor, true, options_.also_user_data);
    hooks_want_ = hooks_->wants(name_of(tensor), TensorKind::kOutputs);
    return also_wants_ || hooks_want_;
  }
  bool shown(ggml_tensor& tensor) {
    if (hooks_want_) show(tensor);
    return !also_wants_ ||
           options_.also(&tensor, false, options_.also_user_data);
  }
  void show(const ggml_tensor& tensor) {
    const bool copy = options_.copy_from_device &&
                      !internal::ggml_is_on_host(tensor) &&
                      internal::dtype_of_ggml(static_cast<int>(tensor.type));
    if (!copy) return hooks_->tap(name_of(tensor), tensor);
    hooks_->tap(name_of(tensor), [&] {
      copy_.resize(ggml_nbytes(&tensor));
      ggml_backend_tensor_get(&tensor, copy_.data(), 0, copy_.size());
      return internal::view_of_ggml(tensor, copy_.data());
    });
  }
  static std::string_view name_of(const ggml_tensor& tensor) noexcept {
    return tensor.name[0] == '\0' ? "unnamed" : std::string_view(tensor.name);
  }

  LayerHooks* hooks_;
  GgmlOptions options_;
  bool hooks_want_ = false;  // the node that was asked for last
  bool also_wants_ = false;
  std::vector<char> copy_;
};

}  // namespace tblog

#endif  // TBLOG_GGML_H_
