// SPDX-License-Identifier: Apache-2.0
//
// What goes on inside an ONNX model, in any runtime: a copy of the model whose
// inner values are outputs. Links nothing of ONNX or protobuf.
//
//   absl::StatusOr<tblog::OnnxTap> tap =
//       tblog::tap_onnx(model_bytes, {.layers = {"*conv*"}});
//   // load tap->model instead, run it, and for each output of tap->values:
//   hooks.tap(value.name, view);
//
// docs/onnx.md has the view of an Ort::Value. `tblog onnx-tap` does the same to
// files.

#ifndef TBLOG_ONNX_H_
#define TBLOG_ONNX_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/dtype.h"
#include "tblog/export.h"

namespace tblog {

// Which values become outputs. A plain aggregate: change the fields you care
// about.
struct OnnxTapOptions {
  // Globs on the name of a value, of the node that gives it, or of the output
  // that it would become (see OnnxTap::Value::name); "#2", "#-1" and "#1..#3":
  // nodes of the model's own graph by their order in it, those of op Constant
  // not counted. A name that begins with '#' is written "\#…". Default: all.
  std::vector<std::string> layers = {"*"};

  // Values in the bodies of Loop and Scan, too: all iterations in one tensor,
  // whose first dimension they are. A runtime then refuses a loop in which such
  // a value changes its shape from one iteration to the next. Default: they
  // are named in `left_out`.
  bool loops = false;

  // What nodes of op Constant give, too. Default: they are passed over.
  bool constants = false;

  // The encoded model as it was before an optimiser changed it: `removed` names
  // what was asked for and is gone. Default: not known.
  std::string_view before = {};
};

struct OnnxTap {
  struct Value {
    // The output's name. In the body of a node that is that of the value
    // behind the node's name (or its first output's) and the body's:
    // "If_0/then_branch/conv_out". A branch that was not taken gives an empty
    // tensor.
    std::string name;
    std::string value;     // in the model; the same unless it is in a body
    std::string node;      // that gives it; may be empty
    std::string op_type;   // of that node
    bool added = true;     // false: it was an output all along
    bool stacked = false;  // an element an iteration
  };
  struct LeftOut {
    std::string value;
    std::string node;
    std::string op_type;
    std::string why;  // for people
  };

  // Encoded. All but what was added is byte for byte that of the model.
  std::string model;
  std::vector<Value> values;      // chosen, in the order of the model
  std::vector<LeftOut> left_out;  // chosen, but they cannot become outputs
  std::vector<LeftOut>
      removed;  // chosen of `before`, but the model has them no more
  std::vector<std::string> unmatched;  // globs that chose nothing
  // Names of files with weights beside the model; the copy must lie in the same
  // folder. "." where a tensor does not say which.
  std::vector<std::string> external_files;
};

// A copy of the encoded ModelProto `model`, which may come from anywhere, with
// chosen inner values as outputs.
//
// What the model computed before stays the same, though a runtime that must
//   hand out a value cannot fuse it into another: slower, and by rounding not
//   always equal to the last bit. Values of the branches of If become outputs
//   of the If. Model-local functions are not looked into.
// Thread safety: thread-safe.
// Cost: a pass over the bytes and a copy of them.
// Errors: InvalidArgument for bytes that are no ONNX model; ResourceExhausted
//   for bodies that nest deeper than 32, for 2,000,000 nodes and values and
//   more, or where the copy would reach 2 GiB.
TBLOG_EXPORT absl::StatusOr<OnnxTap> tap_onnx(
    std::string_view model, const OnnxTapOptions& options = {});

// The DType of a TensorProto.DataType, whose numbers ONNXTensorElementDataType
// has too; none for strings and for what a TensorView cannot be.
TBLOG_EXPORT std::optional<DType> onnx_dtype(int data_type);

}  // namespace tblog

#endif  // TBLOG_ONNX_H_
