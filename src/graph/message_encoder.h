// SPDX-License-Identifier: Apache-2.0
//
// What the messages of graphs and of run metadata share: types, shapes and
// attributes. Field numbers: proto/tblog/proto/graph.proto, tensor.proto.

#ifndef TBLOG_SRC_GRAPH_MESSAGE_ENCODER_H_
#define TBLOG_SRC_GRAPH_MESSAGE_ENCODER_H_

#include <string>
#include <vector>

#include "tblog/dtype.h"
#include "tblog/graph.h"

namespace tblog::internal {

// Of TensorFlow's types.proto, the types that TensorBoard cannot decode
// included: a graph only names them.
int data_type_number(DType dtype);

// A TensorShapeProto.
std::string encode_shape(const GraphShape& shape);

// An AttrValue.
std::string encode_attribute(const GraphValue& value);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_MESSAGE_ENCODER_H_
