// SPDX-License-Identifier: Apache-2.0
//
// How many dimensions a node's outputs have: no more of shape inference than it
// takes to give an output of a model a shape, which onnx.checker and some
// runtimes ask for.

#ifndef TBLOG_SRC_GRAPH_ONNX_RANKS_H_
#define TBLOG_SRC_GRAPH_ONNX_RANKS_H_

#include <cstddef>
#include <vector>

#include "src/graph/onnx_model.h"
#include "src/graph/onnx_types.h"

namespace tblog::internal {

// Of output `index` of a node of ONNX's own operators without a body, as
// onnx/onnx:docs/Operators.md has them up to opset 25. Not known where it is
// not certain: a wrong one has a runtime refuse the model.
OnnxRank output_rank(const OnnxNode& node,
                     const std::vector<OnnxAttribute>& attributes,
                     const std::vector<OnnxType>& inputs, size_t index);

// The same of a shape.
OnnxRank rank_of(const GraphShape& shape);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_RANKS_H_
