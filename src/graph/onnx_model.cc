// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_model.h"

#include <array>
#include <bit>
#include <utility>

#include "src/base/endian.h"
#include "src/event/wire_reader.h"

namespace tblog::internal {
namespace {

using wire::WireReader;

// Numbers of fields, as in onnx/onnx:onnx/onnx.proto.
constexpr uint32_t kModelGraph = 7;
enum GraphField : uint32_t {
  kNode = 1,
  kInitializer = 5,
  kInput = 11,
  kOutput = 12,
  kValueInfo = 13,
  kSparseInitializer = 15
};
enum NodeField : uint32_t {
  kNodeInput = 1,
  kNodeOutput = 2,
  kNodeName = 3,
  kNodeOpType = 4,
  kNodeAttribute = 5,
  kNodeDomain = 7
};
enum AttributeField : uint32_t {
  kAttributeName = 1,
  kAttributeF = 2,
  kAttributeI = 3,
  kAttributeS = 4,
  kAttributeT = 5,
  kAttributeG = 6,
  kAttributeFloats = 7,
  kAttributeInts = 8,
  kAttributeStrings = 9,
  kAttributeTensors = 10,
  kAttributeGraphs = 11,
  kAttributeType = 20
};
enum ValueField : uint32_t { kValueName = 1, kValueType = 2 };
enum TypeField : uint32_t {
  kTensorType = 1,
  kTypeDenotation = 6,
  kSparseTensorType = 8
};
enum TensorTypeField : uint32_t { kElementType = 1, kTensorShape = 2 };
constexpr uint32_t kShapeDim = 1;
constexpr uint32_t kDimValue = 1;
enum TensorField : uint32_t {
  kTensorDims = 1,
  kTensorDataType = 2,
  kTensorName = 8,
  kTensorExternalData = 13,
  kTensorDataLocation = 14
};
constexpr uint64_t kExternal = 1;
enum EntryField : uint32_t { kEntryKey = 1, kEntryValue = 2 };
enum SparseField : uint32_t { kSparseValues = 1, kSparseDims = 3 };

// Numbers, strings and graphs in an attribute: they take up to 16 times the
// memory here that they take in the model.
constexpr size_t kMaxElements = size_t{1} << 24;

// Dimensions that a shape may have; more are a damaged or hostile model.
constexpr size_t kMaxRank = 1024;

absl::Status damaged() {
  return absl::InvalidArgumentError(
      "the bytes are no ONNX model, or it is damaged");
}

// Calls take(uint64_t) for the numbers of a repeated field, packed or not.
// False where they are malformed.
template <class F>
bool for_each_varint(const WireReader& field, const F& take) {
  if (field.is(field.field(), wire::kVarint)) {
    take(field.number());
    return true;
  }
  if (!field.is(field.field(), wire::kBytes)) return true;
  uint64_t number = 0;
  int shift = 0;
  for (const char c : field.bytes()) {
    const auto byte = static_cast<uint8_t>(c);
    if (shift >= 70) return false;
    if (shift < 64) number |= uint64_t{byte & 0x7fu} << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    take(number);
    number = 0;
    shift = 0;
  }
  return shift == 0;
}

bool parse_dims(const WireReader& field, std::vector<int64_t>& dims) {
  return for_each_varint(field, [&](uint64_t dim) {
    if (dims.size() < kMaxRank) dims.push_back(static_cast<int64_t>(dim));
  });
}

// An entry of external_data; only where the file is matters here.
bool parse_external_data(std::string_view bytes, std::string_view& file) {
  std::string_view key, value;
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.is(kEntryKey, wire::kBytes)) key = reader.bytes();
    if (reader.is(kEntryValue, wire::kBytes)) value = reader.bytes();
  }
  if (key == "location") file = value;
  return reader.ok();
}

// Of a TensorProto: what it is, without its values.
bool parse_tensor(std::string_view bytes, OnnxValue& out) {
  std::vector<int64_t> dims;
  std::string_view file;
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field() == kTensorDims) {
      if (!parse_dims(reader, dims)) return false;
    } else if (reader.is(kTensorDataType, wire::kVarint)) {
      out.type = onnx_type(reader.number());
      out.element = reader.number();
    } else if (reader.is(kTensorName, wire::kBytes)) {
      out.name = reader.bytes();
    } else if (reader.is(kTensorExternalData, wire::kBytes)) {
      if (!parse_external_data(reader.bytes(), file)) return false;
    } else if (reader.is(kTensorDataLocation, wire::kVarint)) {
      if (reader.number() == kExternal) out.external_file = ".";
    }
  }
  if (!out.external_file.empty() && !file.empty()) out.external_file = file;
  out.shape = GraphShape(std::move(dims));
  return reader.ok();
}

bool parse_sparse_tensor(std::string_view bytes, OnnxValue& out) {
  std::vector<int64_t> dims;
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.is(kSparseValues, wire::kBytes)) {
      if (!parse_tensor(reader.bytes(), out)) return false;
    } else if (reader.field() == kSparseDims) {
      if (!parse_dims(reader, dims)) return false;
    }
  }
  out.shape = GraphShape(std::move(dims));
  return reader.ok();
}

// A dimension of no number, or of a name alone, is not known.
bool parse_shape(std::string_view bytes, GraphShape& out) {
  std::vector<int64_t> dims;
  WireReader reader(bytes);
  while (reader.next()) {
    if (!reader.is(kShapeDim, wire::kBytes)) continue;
    int64_t size = -1;
    WireReader dim(reader.bytes());
    while (dim.next()) {
      if (!dim.is(kDimValue, wire::kVarint)) continue;
      size = static_cast<int64_t>(dim.number());
    }
    if (!dim.ok()) return false;
    if (dims.size() < kMaxRank) dims.push_back(size < 0 ? -1 : size);
  }
  out = GraphShape(std::move(dims));
  return reader.ok();
}

bool parse_tensor_type(std::string_view bytes, OnnxValue& out) {
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.is(kElementType, wire::kVarint)) {
      out.type = onnx_type(reader.number());
      out.element = reader.number();
    } else if (reader.is(kTensorShape, wire::kBytes)) {
      if (!parse_shape(reader.bytes(), out.shape)) return false;
    }
  }
  return reader.ok();
}

// A ValueInfoProto. Of what is no tensor (a sequence, a map) only the name.
bool parse_value(std::string_view bytes, OnnxValue& out) {
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.is(kValueName, wire::kBytes)) {
      out.name = reader.bytes();
    } else if (reader.is(kValueType, wire::kBytes)) {
      WireReader type(reader.bytes());
      while (type.next()) {
        if (!type.is(kTensorType, wire::kBytes) &&
            !type.is(kSparseTensorType, wire::kBytes)) {
          out.is_sequence = type.is(type.field(), wire::kBytes) &&
                            type.field() != kTypeDenotation;
          continue;
        }
        if (!parse_tensor_type(type.bytes(), out)) return false;
      }
      if (!type.ok()) return false;
    }
  }
  return reader.ok();
}

bool parse_node(std::string_view bytes, OnnxNode& out) {
  WireReader reader(bytes);
  while (reader.next()) {
    if (!reader.is(reader.field(), wire::kBytes)) continue;
    switch (reader.field()) {
      case kNodeInput:
        out.inputs.push_back(reader.bytes());
        break;
      case kNodeOutput:
        out.outputs.push_back(reader.bytes());
        break;
      case kNodeName:
        out.name = reader.bytes();
        break;
      case kNodeOpType:
        out.op_type = reader.bytes();
        break;
      case kNodeDomain:
        out.domain = reader.bytes();
        break;
      case kNodeAttribute:
        out.attributes.push_back(reader.bytes());
        break;
    }
  }
  return reader.ok();
}

// What the field of a GraphProto holds goes to its list. Adds to `items` what
// it takes of memory, in names and the like.
bool parse_graph_field(const WireReader& reader, OnnxGraph& graph,
                       size_t& items) {
  ++items;
  if (!reader.is(reader.field(), wire::kBytes)) return true;
  switch (reader.field()) {
    case kNode: {
      OnnxNode& node = graph.nodes.emplace_back();
      const bool good = parse_node(reader.bytes(), node);
      items +=
          node.inputs.size() + node.outputs.size() + node.attributes.size();
      return good;
    }
    case kInitializer:
      return parse_tensor(reader.bytes(), graph.initializers.emplace_back());
    case kSparseInitializer:
      return parse_sparse_tensor(reader.bytes(),
                                 graph.initializers.emplace_back());
    case kInput:
      return parse_value(reader.bytes(), graph.inputs.emplace_back());
    case kOutput:
      return parse_value(reader.bytes(), graph.outputs.emplace_back());
    case kValueInfo:
      return parse_value(reader.bytes(), graph.value_infos.emplace_back());
    default:
      return true;
  }
}

bool parse_attribute_bytes(const WireReader& reader, OnnxAttribute& out) {
  switch (reader.field()) {
    case kAttributeName:
      out.name = reader.bytes();
      return true;
    case kAttributeS:
      out.s = reader.bytes();
      return true;
    case kAttributeT:
      return parse_tensor(reader.bytes(), out.tensor);
    case kAttributeG:
    case kAttributeGraphs:
      out.graphs.push_back(reader.bytes());
      return true;
    case kAttributeFloats:
      if (reader.bytes().size() % sizeof(float) != 0) return false;
      for (size_t i = 0; i < reader.bytes().size(); i += sizeof(float)) {
        out.floats.push_back(
            std::bit_cast<float>(load_le32(reader.bytes().data() + i)));
      }
      return true;
    case kAttributeStrings:
      out.strings.push_back(reader.bytes());
      return true;
    case kAttributeTensors:
      ++out.tensors;
      return true;
    default:
      return true;
  }
}

}  // namespace

absl::StatusOr<std::string_view> find_onnx_graph(std::string_view model) {
  std::string_view graph;
  bool found = false;
  WireReader reader(model);
  while (reader.next()) {
    if (!reader.is(kModelGraph, wire::kBytes)) continue;
    found = true;
    graph = reader.bytes();
  }
  if (!reader.ok()) return damaged();
  if (!found) {
    return absl::InvalidArgumentError("the bytes are no ONNX model: no graph");
  }
  return graph;
}

absl::StatusOr<OnnxGraph> parse_onnx_graph(std::string_view bytes,
                                           size_t max_items) {
  OnnxGraph graph;
  size_t items = 0;
  WireReader reader(bytes);
  while (reader.next()) {
    if (!parse_graph_field(reader, graph, items)) return damaged();
    if (items > max_items) {
      return absl::ResourceExhaustedError(
          "the ONNX model has too many nodes and values to draw");
    }
  }
  if (!reader.ok()) return damaged();
  return graph;
}

absl::StatusOr<OnnxAttribute> parse_onnx_attribute(std::string_view bytes) {
  OnnxAttribute out;
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field() == kAttributeInts) {
      const bool good = for_each_varint(reader, [&](uint64_t number) {
        if (out.ints.size() <= kMaxElements)
          out.ints.push_back(static_cast<int64_t>(number));
      });
      if (!good) return damaged();
    } else if (reader.is(reader.field(), wire::kBytes)) {
      if (!parse_attribute_bytes(reader, out)) return damaged();
    } else if (reader.is(kAttributeF, wire::kFixed32)) {
      out.f = reader.as_float();
    } else if (reader.is(kAttributeFloats, wire::kFixed32)) {
      out.floats.push_back(reader.as_float());
    } else if (reader.is(kAttributeI, wire::kVarint)) {
      out.i = static_cast<int64_t>(reader.number());
    } else if (reader.is(kAttributeType, wire::kVarint)) {
      out.type = reader.number();
    }
    if (out.floats.size() + out.ints.size() + out.strings.size() +
            out.graphs.size() >
        kMaxElements) {
      return absl::ResourceExhaustedError(
          "the ONNX model has an attribute with too many elements");
    }
  }
  if (!reader.ok()) return damaged();
  return out;
}

GraphType onnx_type(uint64_t number) {
  // ONNX's numbers from 0 on, as TensorFlow's. FLOAT8E8M0 (24) has none.
  constexpr std::array<int, 27> kNumbers = {0,  1,  4,  6,  17, 5,  3,  9,  7,
                                            10, 19, 2,  22, 23, 8,  18, 14, 25,
                                            26, 24, 28, 30, 29, 33, 0,  32, 31};
  return number < kNumbers.size() ? GraphType::number(kNumbers[number])
                                  : GraphType();
}

}  // namespace tblog::internal
