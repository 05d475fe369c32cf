// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_lift.h"

#include <utility>

#include "src/graph/onnx_edit.h"
#include "src/graph/onnx_walk.h"

namespace tblog::internal {

OnnxControl onnx_control(const OnnxNode& node,
                         const std::vector<OnnxBody>& bodies) {
  if (!is_onnx_standard(node)) return OnnxControl::kOther;
  if (node.op_type == "If" && bodies.size() == 2 &&
      bodies[0].attribute != bodies[1].attribute) {
    return OnnxControl::kIf;
  }
  if (node.op_type == "Loop" && bodies.size() == 1) return OnnxControl::kLoop;
  if (node.op_type == "Scan" && bodies.size() == 1) return OnnxControl::kScan;
  return OnnxControl::kOther;
}

std::string why_not_lifted(const OnnxNode& node,
                           const std::vector<OnnxAttribute>& attributes,
                           const OnnxExposed& value, OnnxControl control,
                           bool loops) {
  const std::string op(node.op_type);
  if (control == OnnxControl::kOther) return "it is in a body of " + op;
  if (control == OnnxControl::kIf) {
    return value.type.element != 0
               ? ""
               : "its type is not known, which a branch of an If needs; "
                 "onnx.shape_inference finds it";
  }
  if (!loops) return "it is in the body of a " + op + ", see the option loops";
  for (const OnnxAttribute& attribute : attributes) {
    if (attribute.name == "scan_output_axes" ||
        attribute.name == "scan_output_directions")
      return "its Scan has " + std::string(attribute.name);
  }
  return "";
}

std::vector<OnnxExposed> lift_onnx(const OnnxNode& node, OnnxControl control,
                                   OnnxNames& names,
                                   std::vector<OnnxBody>& bodies) {
  std::vector<OnnxExposed> lifted;
  for (OnnxBody& body : bodies) {
    for (OnnxExposed& one : body.kept) {
      for (OnnxBody& other : bodies) {
        std::string name = one.value.name;
        if (&other != &body) {  // the branch that does not have it
          name = names.make(name + "/absent");
          append_empty_constant(other.bytes, name, one.type.element);
        }
        append_graph_output(other.bytes, name, one.type.element);
      }
      one.value.name =
          names.make(onnx_body_path("", node, body.name) + one.value.name);
      one.value.stacked = one.value.stacked || control != OnnxControl::kIf;
      // Of one rank where the branch is taken, and of another where it is not.
      lifted.push_back(
          {std::move(one.value), OnnxType::tensor(one.type.element), {}});
    }
  }
  return lifted;
}

}  // namespace tblog::internal
