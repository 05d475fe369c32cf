// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_types.h"

#include <algorithm>
#include <string_view>

namespace tblog::internal {
namespace {

// TensorProto.DataType.
enum Element : uint64_t {
  kFloat = 1,
  kUint8 = 2,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9
};

template <size_t N>
bool is_one_of(std::string_view op, const std::string_view (&ops)[N]) {
  return std::find(ops, ops + N, op) != ops + N;
}

constexpr std::string_view kBooleans[] = {
    "And",           "Equal", "Greater", "GreaterOrEqual",
    "IsInf",         "IsNaN", "Less",    "LessOrEqual",
    "Not",           "Or",    "Xor",     "OptionalHasElement",
    "RegexFullMatch"};
constexpr std::string_view kIntegers[] = {
    "ArgMax", "ArgMin", "NonMaxSuppression", "NonZero", "SequenceLength",
    "Shape",  "Size"};
constexpr std::string_view kSequences[] = {
    "Optional",       "SequenceConstruct", "SequenceEmpty",  "SequenceErase",
    "SequenceInsert", "SequenceMap",       "SplitToSequence"};
// Elements of a sequence, whose type nothing here follows.
constexpr std::string_view kUnknown[] = {"ConcatFromSequence",
                                         "OptionalGetElement", "SequenceAt"};
// Of the attribute, else of the first input.
constexpr std::string_view kLike[] = {"Bernoulli", "EyeLike",
                                      "RandomNormalLike", "RandomUniformLike"};
constexpr std::string_view kWindows[] = {"BlackmanWindow", "HammingWindow",
                                         "HannWindow", "MelWeightMatrix"};

struct Found {
  const OnnxNode& node;
  const std::vector<OnnxAttribute>& attributes;
  const std::vector<OnnxType>& inputs;

  OnnxType input(size_t i) const {
    return i < inputs.size() ? inputs[i] : OnnxType();
  }
  const OnnxAttribute* attribute(std::string_view name) const {
    for (const OnnxAttribute& one : attributes) {
      if (one.name == name) return &one;
    }
    return nullptr;
  }
  // Of an attribute that is a number of a type.
  OnnxType named(std::string_view name, OnnxType otherwise) const {
    const OnnxAttribute* const found = attribute(name);
    return found == nullptr || found->i <= 0
               ? otherwise
               : OnnxType::tensor(static_cast<uint64_t>(found->i));
  }
};

OnnxType constant_type(const Found& found) {
  if (const auto* value = found.attribute("value"); value != nullptr)
    return OnnxType::tensor(value->tensor.element);
  if (found.attribute("value_float") || found.attribute("value_floats"))
    return OnnxType::tensor(kFloat);
  if (found.attribute("value_int") || found.attribute("value_ints"))
    return OnnxType::tensor(kInt64);
  if (found.attribute("value_string") || found.attribute("value_strings"))
    return OnnxType::tensor(kString);
  return {};
}

// Of the outputs after the first, of the operators that have several of
// different types.
OnnxType later_output_type(const Found& found, size_t index) {
  const std::string_view op = found.node.op_type;
  if (op == "TopK" || op == "Unique" || op == "MaxPool" || op == "StringSplit")
    return OnnxType::tensor(kInt64);
  if (op == "Dropout") return OnnxType::tensor(kBool);
  if (op == "DynamicQuantizeLinear")
    return OnnxType::tensor(index == 1 ? kFloat : kUint8);
  if (op == "LayerNormalization" || op == "RMSNormalization")
    return found.named("stash_type", OnnxType::tensor(kFloat));
  return found.input(0);
}

// Those whose first output is of another type than their first input.
bool special_type(const Found& found, OnnxType& out) {
  const std::string_view op = found.node.op_type;
  if (op == "Constant") {
    out = constant_type(found);
  } else if (op == "ConstantOfShape") {
    out = constant_type(found);
    if (out.element == 0) out = OnnxType::tensor(kFloat);
  } else if (op == "Cast") {
    out = found.named("to", {});
  } else if (op == "CastLike" || op == "Where" || op == "DequantizeLinear") {
    out = found.named("output_dtype", found.input(1));
  } else if (op == "OneHot") {
    out = found.input(2);
  } else if (op == "QuantizeLinear") {
    out = found.named("output_dtype", found.input(2).element != 0
                                          ? found.input(2)
                                          : OnnxType::tensor(kUint8));
  } else if (op == "QLinearConv" || op == "QLinearMatMul") {
    out = found.input(7);
  } else if (op == "ConvInteger" || op == "MatMulInteger") {
    out = OnnxType::tensor(kInt32);
  } else if (op == "RandomNormal" || op == "RandomUniform") {
    out = found.named("dtype", OnnxType::tensor(kFloat));
  } else if (op == "Multinomial") {
    out = found.named("dtype", OnnxType::tensor(kInt32));
  } else if (op == "TfIdfVectorizer") {
    out = OnnxType::tensor(kFloat);
  } else if (op == "ImageDecoder" || op == "DynamicQuantizeLinear") {
    out = OnnxType::tensor(kUint8);
  } else if (op == "BitCast") {
    out = found.named("to", {});
  } else {
    return false;
  }
  return true;
}

}  // namespace

OnnxType output_type(const OnnxNode& node,
                     const std::vector<OnnxAttribute>& attributes,
                     const std::vector<OnnxType>& inputs, size_t index) {
  if (!node.domain.empty() && node.domain != "ai.onnx") return {};
  const Found found{node, attributes, inputs};
  if (is_one_of(node.op_type, kSequences)) return OnnxType::sequence();
  if (is_one_of(node.op_type, kUnknown)) return {};
  if (index > 0) return later_output_type(found, index);
  if (is_one_of(node.op_type, kBooleans)) return OnnxType::tensor(kBool);
  if (is_one_of(node.op_type, kIntegers)) return OnnxType::tensor(kInt64);
  if (is_one_of(node.op_type, kLike))
    return found.named("dtype", found.input(0));
  if (is_one_of(node.op_type, kWindows))
    return found.named("output_datatype", OnnxType::tensor(kFloat));
  OnnxType special;
  return special_type(found, special) ? special : found.input(0);
}

}  // namespace tblog::internal
