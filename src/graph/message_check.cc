// SPDX-License-Identifier: Apache-2.0

#include "src/graph/message_check.h"

#include <cstdint>
#include <span>

#include "src/base/strings.h"
#include "src/event/wire_reader.h"

namespace tblog::internal {
namespace {

using wire::WireReader;

// How deep libprotobuf lets messages nest.
constexpr int kMaxDepth = 100;

enum class Message : uint8_t {
  kNone,  // no message
  kAllocationDescription,
  kAllocatorMemoryUsed,
  kArgAttrs,
  kArgAttrsEntry,
  kArgDef,
  kAttrDef,
  kAttrEntry,
  kAttrValue,
  kControlRetEntry,
  kCostGraph,
  kCostGraphCost,
  kCostGraphNode,
  kCostGraphOutput,
  kDebugInfo,
  kDeviceStepStats,
  kDim,
  kDtypeAndShape,
  kFileLineCol,
  kFramesByIdEntry,
  kFullType,
  kFunctionDef,
  kFunctionGraphs,
  kGradient,
  kGraphDef,
  kLibrary,
  kListValue,
  kMemoryStats,
  kNameAttrList,
  kNameToTraceEntry,
  kNodeDebugInfo,
  kNodeDef,
  kNodeExecStats,
  kNodeOutput,
  kNumbers,  // a message of numbers alone
  kOpDef,
  kOpDeprecation,
  kRegisteredGradient,
  kResourceHandle,
  kRunMetadata,
  kSessionMetadata,
  kShape,
  kStackTrace,
  kStepStats,
  kTensor,
  kTensorDescription,
  kThreadNamesEntry,
  kTracesByIdEntry,
  kTracesEntry,
  kVariant,
  kVersions,
};

// What can be wrong with a field beyond the wire format itself.
enum class Rule : uint8_t { kMessage, kText, kVarints, kFixed32s, kFixed64s };

struct Field {
  uint32_t number;
  Rule rule;
  Message message = Message::kNone;
};

constexpr Field message(uint32_t number, Message of) {
  return {number, Rule::kMessage, of};
}
constexpr Field text(uint32_t number) { return {number, Rule::kText}; }
constexpr Field varints(uint32_t number) { return {number, Rule::kVarints}; }
constexpr Field fixed32s(uint32_t number) { return {number, Rule::kFixed32s}; }
constexpr Field fixed64s(uint32_t number) { return {number, Rule::kFixed64s}; }

// The fields with a rule, of the messages as tensorboard/compat/proto has them.
// Those without are numbers and bytes.
std::span<const Field> fields_of(Message of) {
  switch (of) {
    case Message::kGraphDef: {
      static constexpr Field kFields[] = {
          message(1, Message::kNodeDef), message(2, Message::kLibrary),
          message(4, Message::kVersions), message(5, Message::kDebugInfo)};
      return kFields;
    }
    case Message::kNodeDef: {
      static constexpr Field kFields[] = {text(1),
                                          text(2),
                                          text(3),
                                          text(4),
                                          message(5, Message::kAttrEntry),
                                          message(6, Message::kNodeDebugInfo),
                                          message(7, Message::kFullType)};
      return kFields;
    }
    case Message::kAttrEntry: {
      static constexpr Field kFields[] = {text(1),
                                          message(2, Message::kAttrValue)};
      return kFields;
    }
    case Message::kAttrValue: {
      static constexpr Field kFields[] = {message(1, Message::kListValue),
                                          message(7, Message::kShape),
                                          message(8, Message::kTensor), text(9),
                                          message(10, Message::kNameAttrList)};
      return kFields;
    }
    case Message::kListValue: {
      static constexpr Field kFields[] = {varints(3),
                                          fixed32s(4),
                                          varints(5),
                                          varints(6),
                                          message(7, Message::kShape),
                                          message(8, Message::kTensor),
                                          message(9, Message::kNameAttrList)};
      return kFields;
    }
    case Message::kNameAttrList: {
      static constexpr Field kFields[] = {text(1),
                                          message(2, Message::kAttrEntry)};
      return kFields;
    }
    case Message::kShape: {
      static constexpr Field kFields[] = {message(2, Message::kDim)};
      return kFields;
    }
    case Message::kDim: {
      static constexpr Field kFields[] = {text(2)};
      return kFields;
    }
    case Message::kTensor: {
      static constexpr Field kFields[] = {message(2, Message::kShape),
                                          fixed32s(5),
                                          fixed64s(6),
                                          varints(7),
                                          fixed32s(9),
                                          varints(10),
                                          varints(11),
                                          fixed64s(12),
                                          varints(13),
                                          message(14, Message::kResourceHandle),
                                          message(15, Message::kVariant),
                                          varints(16),
                                          varints(17)};
      return kFields;
    }
    case Message::kResourceHandle: {
      static constexpr Field kFields[] = {text(1), text(2), text(3), text(5),
                                          message(6, Message::kDtypeAndShape)};
      return kFields;
    }
    case Message::kDtypeAndShape: {
      static constexpr Field kFields[] = {message(2, Message::kShape)};
      return kFields;
    }
    case Message::kVariant: {
      static constexpr Field kFields[] = {text(1),
                                          message(3, Message::kTensor)};
      return kFields;
    }
    case Message::kNodeDebugInfo: {
      static constexpr Field kFields[] = {text(1), text(2)};
      return kFields;
    }
    case Message::kFullType: {
      static constexpr Field kFields[] = {message(2, Message::kFullType),
                                          text(3)};
      return kFields;
    }
    case Message::kVersions: {
      static constexpr Field kFields[] = {varints(3)};
      return kFields;
    }
    case Message::kLibrary: {
      static constexpr Field kFields[] = {
          message(1, Message::kFunctionDef), message(2, Message::kGradient),
          message(3, Message::kRegisteredGradient)};
      return kFields;
    }
    case Message::kFunctionDef: {
      static constexpr Field kFields[] = {
          message(1, Message::kOpDef),
          message(3, Message::kNodeDef),
          message(4, Message::kControlRetEntry),  // as that of ret
          message(5, Message::kAttrEntry),
          message(6, Message::kControlRetEntry),
          message(7, Message::kArgAttrsEntry),
          message(8, Message::kNumbers)};
      return kFields;
    }
    case Message::kControlRetEntry:
    case Message::kGradient:
    case Message::kRegisteredGradient: {
      static constexpr Field kFields[] = {text(1), text(2)};
      return kFields;
    }
    case Message::kArgAttrsEntry: {
      static constexpr Field kFields[] = {message(2, Message::kArgAttrs)};
      return kFields;
    }
    case Message::kArgAttrs: {
      static constexpr Field kFields[] = {message(1, Message::kAttrEntry)};
      return kFields;
    }
    case Message::kOpDef: {
      static constexpr Field kFields[] = {text(1),
                                          message(2, Message::kArgDef),
                                          message(3, Message::kArgDef),
                                          message(4, Message::kAttrDef),
                                          text(5),
                                          text(6),
                                          message(8, Message::kOpDeprecation),
                                          text(20)};
      return kFields;
    }
    case Message::kArgDef: {
      static constexpr Field kFields[] = {text(1),
                                          text(2),
                                          text(4),
                                          text(5),
                                          text(6),
                                          message(7, Message::kDtypeAndShape),
                                          message(17, Message::kFullType)};
      return kFields;
    }
    case Message::kAttrDef: {
      static constexpr Field kFields[] = {
          text(1), text(2), message(3, Message::kAttrValue), text(4),
          message(7, Message::kAttrValue)};
      return kFields;
    }
    case Message::kOpDeprecation:
    case Message::kThreadNamesEntry: {
      static constexpr Field kFields[] = {text(2)};
      return kFields;
    }
    case Message::kDebugInfo: {
      static constexpr Field kFields[] = {
          text(1), message(2, Message::kTracesEntry),
          message(4, Message::kFramesByIdEntry),
          message(5, Message::kNameToTraceEntry),
          message(6, Message::kTracesByIdEntry)};
      return kFields;
    }
    case Message::kTracesEntry: {
      static constexpr Field kFields[] = {text(1),
                                          message(2, Message::kStackTrace)};
      return kFields;
    }
    case Message::kTracesByIdEntry: {
      static constexpr Field kFields[] = {message(2, Message::kStackTrace)};
      return kFields;
    }
    case Message::kFramesByIdEntry: {
      static constexpr Field kFields[] = {message(2, Message::kFileLineCol)};
      return kFields;
    }
    case Message::kNameToTraceEntry:
    case Message::kSessionMetadata: {
      static constexpr Field kFields[] = {text(1)};
      return kFields;
    }
    case Message::kStackTrace: {
      static constexpr Field kFields[] = {message(1, Message::kFileLineCol),
                                          fixed64s(2)};
      return kFields;
    }
    case Message::kFileLineCol: {
      static constexpr Field kFields[] = {text(4), text(5)};
      return kFields;
    }
    case Message::kRunMetadata: {
      static constexpr Field kFields[] = {
          message(1, Message::kStepStats), message(2, Message::kCostGraph),
          message(3, Message::kGraphDef), message(4, Message::kFunctionGraphs),
          message(5, Message::kSessionMetadata)};
      return kFields;
    }
    case Message::kFunctionGraphs: {
      static constexpr Field kFields[] = {message(1, Message::kGraphDef),
                                          message(2, Message::kGraphDef),
                                          message(3, Message::kGraphDef)};
      return kFields;
    }
    case Message::kStepStats: {
      static constexpr Field kFields[] = {
          message(1, Message::kDeviceStepStats)};
      return kFields;
    }
    case Message::kDeviceStepStats: {
      static constexpr Field kFields[] = {
          text(1), message(2, Message::kNodeExecStats),
          message(3, Message::kThreadNamesEntry)};
      return kFields;
    }
    case Message::kNodeExecStats: {
      static constexpr Field kFields[] = {
          text(1),
          message(6, Message::kAllocatorMemoryUsed),
          message(7, Message::kNodeOutput),
          text(8),
          message(11, Message::kAllocationDescription),
          message(12, Message::kMemoryStats)};
      return kFields;
    }
    case Message::kAllocatorMemoryUsed: {
      static constexpr Field kFields[] = {text(1),
                                          message(6, Message::kNumbers)};
      return kFields;
    }
    case Message::kNodeOutput: {
      static constexpr Field kFields[] = {
          message(3, Message::kTensorDescription)};
      return kFields;
    }
    case Message::kTensorDescription: {
      static constexpr Field kFields[] = {
          message(2, Message::kShape),
          message(4, Message::kAllocationDescription)};
      return kFields;
    }
    case Message::kAllocationDescription: {
      static constexpr Field kFields[] = {text(3)};
      return kFields;
    }
    case Message::kMemoryStats: {
      static constexpr Field kFields[] = {varints(5), varints(6)};
      return kFields;
    }
    case Message::kCostGraph: {
      static constexpr Field kFields[] = {message(1, Message::kCostGraphNode),
                                          message(2, Message::kCostGraphCost)};
      return kFields;
    }
    case Message::kCostGraphNode: {
      static constexpr Field kFields[] = {
          text(1), text(2), message(4, Message::kNumbers),
          message(5, Message::kCostGraphOutput), varints(8)};
      return kFields;
    }
    case Message::kCostGraphOutput: {
      static constexpr Field kFields[] = {message(3, Message::kShape)};
      return kFields;
    }
    case Message::kCostGraphCost: {
      static constexpr Field kFields[] = {text(2)};
      return kFields;
    }
    case Message::kNumbers:
    case Message::kNone:
      break;
  }
  return {};
}

bool are_varints(std::string_view packed) {
  int bytes = 0;
  for (const char c : packed) {
    if (++bytes > 10) return false;
    if ((static_cast<uint8_t>(c) & 0x80u) == 0) bytes = 0;
  }
  return bytes == 0;
}

bool parses(std::string_view bytes, Message of, int depth) {
  if (depth > kMaxDepth) return false;
  const std::span<const Field> fields = fields_of(of);
  WireReader reader(bytes);
  while (reader.next()) {
    for (const Field& field : fields) {
      // In another encoding it counts as unknown.
      if (!reader.is(field.number, wire::kBytes)) continue;
      const std::string_view value = reader.bytes();
      const bool good = field.rule == Rule::kMessage
                            ? parses(value, field.message, depth + 1)
                        : field.rule == Rule::kText     ? is_valid_utf8(value)
                        : field.rule == Rule::kFixed32s ? value.size() % 4 == 0
                        : field.rule == Rule::kFixed64s ? value.size() % 8 == 0
                                                        : are_varints(value);
      if (!good) return false;
      break;
    }
  }
  return reader.ok();
}

bool has_field(std::string_view message, uint32_t number) {
  WireReader reader(message);
  while (reader.next()) {
    if (reader.is(number, wire::kBytes)) return true;
  }
  return false;
}

}  // namespace

absl::Status check_graph_def(std::string_view bytes) {
  if (!parses(bytes, Message::kGraphDef, 1)) {
    return absl::InvalidArgumentError("the bytes are no encoded GraphDef");
  }
  if (!has_field(bytes, 1) && !has_field(bytes, 2)) {
    return absl::InvalidArgumentError("the GraphDef has no nodes");
  }
  return absl::OkStatus();
}

absl::StatusOr<CheckedRunMetadata> check_run_metadata(std::string_view bytes) {
  if (!parses(bytes, Message::kRunMetadata, 1)) {
    return absl::InvalidArgumentError("the bytes are no encoded RunMetadata");
  }
  CheckedRunMetadata checked;
  bool has_times = false;
  WireReader reader(bytes);
  while (reader.next()) {
    has_times = has_times || reader.is(1, wire::kBytes);
    checked.has_graph = checked.has_graph || (reader.is(4, wire::kBytes) &&
                                              has_field(reader.bytes(), 2));
  }
  if (!has_times && !checked.has_graph) {
    return absl::InvalidArgumentError(
        "the RunMetadata has neither times of nodes nor a graph");
  }
  return checked;
}

}  // namespace tblog::internal
