// SPDX-License-Identifier: Apache-2.0
//
// Which operators make what LibTorch's stock modules return, and what LibTorch
// tells of an operator. For torch_untouched.h.

#ifndef TBLOG_TORCH_OPERATORS_H_
#define TBLOG_TORCH_OPERATORS_H_

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <ATen/record_function.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tblog/leaves.h"
#include "tblog/torch_tensor.h"

namespace tblog {
namespace internal {

// ---- Which operator makes what a stock module returns ----

struct StockModule {
  std::string_view type;  // as Module::name() has it
  std::string_view operators[2];
  // Of the operator's results; what is beyond is not the module's.
  std::array<std::string_view, 3> leaves;
  size_t leaf_count;
};

inline const StockModule* stock_module(std::string_view type) noexcept {
  static constexpr StockModule kModules[] = {
      {"LinearImpl", {"aten::addmm", "aten::linear"}, {""}, 1},
      {"BilinearImpl", {"aten::bilinear", {}}, {""}, 1},
      {"Conv1dImpl", {"aten::conv1d", {}}, {""}, 1},
      {"Conv2dImpl", {"aten::conv2d", {}}, {""}, 1},
      {"Conv3dImpl", {"aten::conv3d", {}}, {""}, 1},
      {"ConvTranspose1dImpl", {"aten::conv_transpose1d", {}}, {""}, 1},
      {"ConvTranspose2dImpl", {"aten::conv_transpose2d", {}}, {""}, 1},
      {"ConvTranspose3dImpl", {"aten::conv_transpose3d", {}}, {""}, 1},
      {"BatchNorm1dImpl", {"aten::batch_norm", {}}, {""}, 1},
      {"BatchNorm2dImpl", {"aten::batch_norm", {}}, {""}, 1},
      {"BatchNorm3dImpl", {"aten::batch_norm", {}}, {""}, 1},
      {"InstanceNorm1dImpl", {"aten::instance_norm", {}}, {""}, 1},
      {"InstanceNorm2dImpl", {"aten::instance_norm", {}}, {""}, 1},
      {"InstanceNorm3dImpl", {"aten::instance_norm", {}}, {""}, 1},
      {"LayerNormImpl", {"aten::layer_norm", {}}, {""}, 1},
      {"GroupNormImpl", {"aten::group_norm", {}}, {""}, 1},
      {"EmbeddingImpl", {"aten::embedding", {}}, {""}, 1},
      {"EmbeddingBagImpl", {"aten::embedding_bag", {}}, {""}, 1},
      {"PReLUImpl", {"aten::prelu", {}}, {""}, 1},
      {"RNNImpl", {"aten::rnn_tanh", "aten::rnn_relu"}, {"0", "1"}, 2},
      {"GRUImpl", {"aten::gru", {}}, {"0", "1"}, 2},
      {"LSTMImpl", {"aten::lstm", {}}, {"0", "1/0", "1/1"}, 3},
      {"RNNCellImpl", {"aten::rnn_tanh_cell", "aten::rnn_relu_cell"}, {""}, 1},
      {"GRUCellImpl", {"aten::gru_cell", {}}, {""}, 1},
      {"LSTMCellImpl", {"aten::lstm_cell", {}}, {"0", "1"}, 2},
  };
  constexpr std::string_view kNamespace = "torch::nn::";
  if (type.substr(0, kNamespace.size()) != kNamespace) return nullptr;
  type.remove_prefix(kNamespace.size());
  for (const StockModule& module : kModules) {
    if (module.type == type) return &module;
  }
  return nullptr;
}

// torch::nn::Linear makes its output by one of
//
//   addmm(bias, input, weight.t())
//   matmul(input, weight.t())                  without a bias
//   matmul(input, weight.t()), add_(…, bias)   of other than two dimensions
//
// and never shows its weight itself: what a view of it must look like.
class TransposedWeight {
 public:
  TransposedWeight() = default;
  explicit TransposedWeight(const at::Tensor& weight)
      : storage_(storage_of(weight)),
        offset_(weight.storage_offset()),
        rows_(weight.size(0)),
        columns_(weight.size(1)) {}

  static const void* storage_of(const at::Tensor& tensor) {
    return tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl()
                                : nullptr;
  }
  const void* storage() const { return storage_; }
  bool is(const at::Tensor& view) const {
    return storage_ != nullptr && view.defined() && view.dim() == 2 &&
           storage_of(view) == storage_ && view.storage_offset() == offset_ &&
           view.size(0) == columns_ && view.size(1) == rows_;
  }

 private:
  const void* storage_ = nullptr;
  int64_t offset_ = 0;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
};

// What an operator gave, as the module's leaves.
struct StockOutputs {
  std::vector<std::pair<std::string_view, at::Tensor>> leaves;
};

// ---- What LibTorch tells of an operator ----

#ifdef NDEBUG
inline c10::ArrayRef<const c10::IValue> inputs_of(
    const at::RecordFunction& function) {
  return function.inputs();
}
#else
// Without NDEBUG inputs() asserts a flag that a released LibTorch never sets.
// The member itself lies where it always does, and an explicit instantiation
// may name it.
namespace {
struct RecordedInputs {
  friend c10::ArrayRef<const c10::IValue> recorded_inputs(
      RecordedInputs, const at::RecordFunction& function);
};
template <class Tag, c10::ArrayRef<const c10::IValue> at::RecordFunction::*kTo>
struct OpenInputs {
  friend c10::ArrayRef<const c10::IValue> recorded_inputs(
      Tag, const at::RecordFunction& function) {
    return function.*kTo;
  }
};
template struct OpenInputs<RecordedInputs, &at::RecordFunction::inputs_>;
}  // namespace
inline c10::ArrayRef<const c10::IValue> inputs_of(
    const at::RecordFunction& function) {
  return recorded_inputs(RecordedInputs(), function);
}
#endif

// The tensors that an operator takes, in their order; undefined ones are left
// out.
inline std::vector<at::Tensor> tensors_of(const at::RecordFunction& function) {
  std::vector<at::Tensor> tensors;
  for (const c10::IValue& input : inputs_of(function)) {
    if (input.isTensor() && input.toTensor().defined()) {
      tensors.push_back(input.toTensor());
    } else if (input.isTensorList()) {
      for (const at::Tensor& tensor : input.toTensorVector()) {
        tensors.push_back(tensor);
      }
    }
  }
  return tensors;
}

}  // namespace internal

template <>
struct LeafSource<internal::StockOutputs> {
  static constexpr bool kKnown = true;
  static void visit(const internal::StockOutputs& outputs, std::string& path,
                    internal::LeafVisitor& visitor) {
    for (const auto& [leaf, tensor] : outputs.leaves) {
      if (leaf.empty()) {
        internal::visit_leaves(tensor, path, visitor);
      } else {
        internal::MemberVisit{&path, &visitor}(leaf, tensor);
      }
    }
  }
};

}  // namespace tblog

#endif  // TBLOG_TORCH_OPERATORS_H_
