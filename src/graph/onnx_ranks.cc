// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_ranks.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace tblog::internal {
namespace {

// Of more than these nothing is said.
constexpr int64_t kMaxRank = 8;

// The first output (of some all, see below) has as many dimensions as the first
// input. Sorted.
constexpr std::string_view kAsInput[] = {
    "Abs",
    "Acos",
    "Acosh",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "AveragePool",
    "BatchNormalization",
    "Bernoulli",
    "BitwiseNot",
    "Cast",
    "CastLike",
    "Ceil",
    "Celu",
    "Clip",
    "Concat",
    "Conv",
    "ConvInteger",
    "ConvTranspose",
    "Cos",
    "Cosh",
    "CumSum",
    "DepthToSpace",
    "DequantizeLinear",
    "Dropout",
    "DynamicQuantizeLinear",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "GlobalAveragePool",
    "GlobalLpPool",
    "GlobalMaxPool",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "Hardmax",
    "Identity",
    "InstanceNormalization",
    "IsInf",
    "IsNaN",
    "LRN",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "LpNormalization",
    "LpPool",
    "MaxPool",
    "MeanVarianceNormalization",
    "Mish",
    "Neg",
    "Not",
    "PRelu",
    "Pad",
    "QLinearConv",
    "QuantizeLinear",
    "RMSNormalization",
    "Reciprocal",
    "Relu",
    "Resize",
    "Round",
    "Selu",
    "Shrink",
    "Sigmoid",
    "Sign",
    "Sin",
    "Sinh",
    "Slice",
    "Softmax",
    "Softplus",
    "Softsign",
    "SpaceToDepth",
    "Split",
    "Sqrt",
    "Swish",
    "Tan",
    "Tanh",
    "ThresholdedRelu",
    "Tile",
    "TopK",
    "Transpose",
    "Trilu",
    "Upsample",
};
// Of all inputs the most, by broadcasting.
constexpr std::string_view kBroadcast[] = {
    "Add",        "And",         "BitShift", "BitwiseAnd", "BitwiseOr",
    "BitwiseXor", "Div",         "Equal",    "Greater",    "GreaterOrEqual",
    "Less",       "LessOrEqual", "Max",      "Mean",       "Min",
    "Mod",        "Mul",         "Or",       "Pow",        "Sub",
    "Sum",        "Where",       "Xor",
};
constexpr std::string_view kReductions[] = {
    "ArgMax",       "ArgMin",          "ReduceL1",  "ReduceL2",
    "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
    "ReduceMin",    "ReduceProd",      "ReduceSum", "ReduceSumSquare",
};

static_assert(std::is_sorted(std::begin(kAsInput), std::end(kAsInput)));
static_assert(std::is_sorted(std::begin(kBroadcast), std::end(kBroadcast)));
static_assert(std::is_sorted(std::begin(kReductions), std::end(kReductions)));

template <size_t N>
bool is_one_of(std::string_view op, const std::string_view (&ops)[N]) {
  return std::binary_search(std::begin(ops), std::end(ops), op);
}

struct Found {
  const OnnxNode& node;
  const std::vector<OnnxAttribute>& attributes;
  const std::vector<OnnxType>& inputs;

  OnnxRank input(size_t i) const {
    return i < inputs.size() ? inputs[i].rank : OnnxRank();
  }
  const OnnxAttribute* attribute(std::string_view name) const {
    for (const OnnxAttribute& one : attributes) {
      if (one.name == name) return &one;
    }
    return nullptr;
  }
  int64_t number(std::string_view name, int64_t otherwise) const {
    const OnnxAttribute* const found = attribute(name);
    return found == nullptr ? otherwise : found->i;
  }
};

OnnxRank rank(int64_t dims) {
  return dims < 0 || dims > kMaxRank ? OnnxRank() : OnnxRank{dims};
}

OnnxRank most(const Found& found) {
  int64_t dims = -1;
  for (const OnnxType& input : found.inputs) {
    if (!input.rank.known()) return {};
    dims = std::max(dims, input.rank.dims);
  }
  return rank(dims);
}

OnnxRank constant_rank(const Found& found) {
  if (const auto* value = found.attribute("value"); value != nullptr)
    return rank_of(value->tensor.shape);
  for (const std::string_view one :
       {"value_float", "value_int", "value_string"}) {
    if (found.attribute(one) != nullptr) return rank(0);
  }
  if (const auto* ints = found.attribute("value_ints"); ints != nullptr)
    return {1, static_cast<int64_t>(ints->ints.size())};
  if (found.attribute("value_floats") || found.attribute("value_strings"))
    return rank(1);
  return {};
}

// Of Squeeze and Unsqueeze, whose axes were an attribute up to opset 12.
OnnxRank squeezed(const Found& found, int sign) {
  int64_t axes = -1;
  if (const auto* old = found.attribute("axes"); old != nullptr)
    axes = static_cast<int64_t>(old->ints.size());
  else
    axes = found.input(1).length;
  if (axes < 0 || !found.input(0).known()) return {};
  return rank(found.input(0).dims + sign * axes);
}

OnnxRank matrix_product(const Found& found, size_t second) {
  const OnnxRank a = found.input(0), b = found.input(second);
  if (a.dims < 2 || b.dims < 2) return {};  // unknown, or vectors
  return rank(std::max(a.dims, b.dims));
}

OnnxRank special_rank(const Found& found, size_t index) {
  const std::string_view op = found.node.op_type;
  if (op == "Constant") return constant_rank(found);
  if (op == "Gemm" || op == "Flatten" || op == "NonZero") return rank(2);
  if (op == "MatMul" || op == "MatMulInteger") return matrix_product(found, 1);
  if (op == "QLinearMatMul") return matrix_product(found, 3);
  if (op == "Shape") return rank(1);
  if (op == "Size") return rank(0);
  if (op == "Squeeze") return squeezed(found, -1);
  if (op == "Unsqueeze") return squeezed(found, 1);
  if (op == "LSTM" || op == "GRU" || op == "RNN")
    return rank(index == 0 ? 4 : 3);
  if (op == "Gather") {
    const OnnxRank data = found.input(0), indices = found.input(1);
    if (data.dims < 1 || !indices.known()) return {};
    return rank(data.dims - 1 + indices.dims);
  }
  if (op == "Reshape" || op == "Expand" || op == "ConstantOfShape") {
    const OnnxRank shape = found.input(op == "ConstantOfShape" ? 0 : 1);
    if (op != "Expand") return rank(shape.length);
    if (shape.length < 0 || !found.input(0).known()) return {};
    return rank(std::max(shape.length, found.input(0).dims));
  }
  return {};
}

}  // namespace

OnnxRank rank_of(const GraphShape& shape) {
  if (!shape.known()) return {};
  const std::vector<int64_t>& dims = shape.dims();
  OnnxRank found = rank(static_cast<int64_t>(dims.size()));
  if (dims.size() == 1) found.length = dims[0];
  return found;
}

OnnxRank output_rank(const OnnxNode& node,
                     const std::vector<OnnxAttribute>& attributes,
                     const std::vector<OnnxType>& inputs, size_t index) {
  if (!node.domain.empty() && node.domain != "ai.onnx") return {};
  const std::string_view op = node.op_type;
  const Found found{node, attributes, inputs};
  if (is_one_of(op, kAsInput)) {
    const bool all =
        op == "Split" || op == "TopK" || op == "MaxPool" || op == "Dropout";
    return index == 0 || all ? rank(found.input(0).dims) : OnnxRank();
  }
  if (is_one_of(op, kBroadcast)) return most(found);
  if (is_one_of(op, kReductions)) {
    return found.number("keepdims", 1) != 0 ? rank(found.input(0).dims)
                                            : OnnxRank();
  }
  return special_rank(found, index);
}

}  // namespace tblog::internal
