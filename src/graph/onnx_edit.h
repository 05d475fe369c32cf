// SPDX-License-Identifier: Apache-2.0
//
// Messages of ONNX, changed where they are encoded: all bytes that nobody
// touches stay as they are, those of unknown fields too.

#ifndef TBLOG_SRC_GRAPH_ONNX_EDIT_H_
#define TBLOG_SRC_GRAPH_ONNX_EDIT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tblog::internal {

// `message` with the n-th occurrence of `field` replaced by replacements[n].
// The message must be well formed.
std::string replace_fields(std::string_view message, uint32_t field,
                           const std::map<size_t, std::string>& replacements);

// Encoded, each as the field that holds it: NodeProto.output of a NodeProto, …
void append_node_output(std::string& node, std::string_view name);
// GraphProto.output: a ValueInfoProto; `element` 0: of no type; `rank` -1: of
// no shape, else one of as many dimensions of any size.
void append_graph_output(std::string& graph, std::string_view name,
                         uint64_t element, int64_t rank = -1);
void append_graph_output(std::string& graph, std::string_view value_info);
// GraphProto.node: a Constant that gives a tensor of no elements.
void append_empty_constant(std::string& graph, std::string_view name,
                           uint64_t element);

// Numbers of the fields that are replaced, of onnx/onnx:onnx/onnx.proto.
constexpr uint32_t kOnnxModelGraph = 7;
constexpr uint32_t kOnnxGraphNode = 1;
constexpr uint32_t kOnnxNodeAttribute = 5;
constexpr uint32_t kOnnxAttributeGraph = 6;

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_EDIT_H_
