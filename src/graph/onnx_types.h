// SPDX-License-Identifier: Apache-2.0
//
// Which element type a node's outputs have: no more of type inference than it
// takes to give an output of an If one.

#ifndef TBLOG_SRC_GRAPH_ONNX_TYPES_H_
#define TBLOG_SRC_GRAPH_ONNX_TYPES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/graph/onnx_model.h"

namespace tblog::internal {

// How many dimensions a tensor has; -1: not known.
struct OnnxRank {
  int64_t dims = -1;
  int64_t length = -1;  // of a vector, where it is known

  bool known() const { return dims >= 0; }
};

struct OnnxType {
  // TensorProto.DataType of a tensor; 0: not known.
  uint64_t element = 0;
  bool is_sequence = false;  // or a map, an optional: no tensor
  OnnxRank rank = {};

  static OnnxType tensor(uint64_t element) { return {element, false, {}}; }
  static OnnxType sequence() { return {0, true, {}}; }
};

// Of output `index` of a node of ONNX's own operators without a body, as
// onnx/onnx:docs/Operators.md has them up to opset 25. `inputs`: a type for
// each of the node's inputs.
OnnxType output_type(const OnnxNode& node,
                     const std::vector<OnnxAttribute>& attributes,
                     const std::vector<OnnxType>& inputs, size_t index);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_TYPES_H_
