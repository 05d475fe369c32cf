// SPDX-License-Identifier: Apache-2.0
//
// tblog onnx-tap: an ONNX model with its inner values as outputs.

#include <filesystem>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

#include "tblog/onnx.h"
#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/model_file.h"
#include "tools/tblog/nearest.h"
#include "tools/tblog/output_file.h"

namespace tblog::tool {
namespace {

// Weights beside the model are found beside its copy alone.
void check_external_files(const OnnxTap& tap, const std::string& model,
                          const std::string& out) {
  if (tap.external_files.empty()) return;
  const auto folder = [](const std::string& path) {
    std::error_code error;
    return std::filesystem::weakly_canonical(
        std::filesystem::absolute(path, error).parent_path(), error);
  };
  if (folder(model) == folder(out)) return;
  throw Failure(kUsage, printable(model) + " has weights in " +
                            printable(tap.external_files.front()) +
                            " beside it: --out must be in the same folder");
}

std::string describe(const std::string& value, const std::string& node,
                     const std::string& op_type) {
  std::string text = printable(value) + "  (" + printable(op_type);
  if (!node.empty() && node != value) text += " " + printable(node);
  return text + ")";
}

class OnnxTapCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Make inner values of an ONNX model outputs of a copy, for any "
        "runtime.");
    app.footer(
        "Prints the name of each output and the node that gives it. Values in "
        "the branches of If become outputs of the If; a branch that was not "
        "taken gives an empty tensor.\n\n"
        "Fields of --json: name value node op_type added stacked, or value "
        "node op_type left_out.\n\n"
        "Exit codes: 0 good; 1 something that was asked for is no output; 2 "
        "usage; 3 cannot read or write.\n\n"
        "Examples:\n"
        "  tblog onnx-tap model.onnx -o tapped.onnx\n"
        "  tblog onnx-tap model.onnx --layers '*conv*' --layers '*/relu*' -o "
        "tapped.onnx\n"
        "  tblog onnx-tap optimised.onnx --before model.onnx --layers '*Relu*' "
        "-o tapped.onnx");
    app.add_option("MODEL", model_, "file of an ONNX model")->required();
    app.add_option("-o,--out", out_, "the copy")->required()->type_name("FILE");
    app.add_option("--layers", options_.layers,
                   "names of values or nodes, or #0, #-1, #1..#3: nodes by "
                   "their order (default: all)")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    app.add_flag("--loops", options_.loops,
                 "in loops, too: all iterations in one tensor");
    app.add_flag("--constants", options_.constants,
                 "what Constant nodes give, too");
    app.add_option("--before", before_,
                   "the model before an optimiser: names what it removed")
        ->type_name("FILE");
    app.add_flag("--force", force_, "replace a file that exists");
    app.add_flag("--json", json_, "one JSON object a line");
  }

  ExitCode run(Streams streams) override {
    const std::string model = read_model(model_);
    const std::string before = before_.empty() ? "" : read_model(before_);
    options_.before = before;
    const absl::StatusOr<OnnxTap> tap = tap_onnx(model, options_);
    if (!tap.ok()) throw model_failure(model_, tap.status());
    check_external_files(*tap, model_, out_);
    OutputFile file(out_, force_ ? Existing::kReplace : Existing::kKeep);
    file.append(tap->model);
    file.commit();
    tell(*tap, streams);
    const bool all =
        tap->left_out.empty() && tap->removed.empty() && tap->unmatched.empty();
    return all ? kGood : kProblemsFound;
  }

 private:
  void tell(const OnnxTap& tap, Streams streams) const {
    for (const OnnxTap::Value& value : tap.values) {
      if (json_) {
        streams.out << json_line({{"name", value.name},
                                  {"value", value.value},
                                  {"node", value.node},
                                  {"op_type", value.op_type},
                                  {"added", value.added},
                                  {"stacked", value.stacked}});
      } else {
        streams.out << describe(value.name, value.node, value.op_type) << '\n';
      }
    }
    for (const auto* list : {&tap.left_out, &tap.removed}) {
      for (const OnnxTap::LeftOut& one : *list) tell_left_out(one, streams);
    }
    for (const std::string& glob : tap.unmatched) {
      streams.err << "tblog: nothing is called " << printable(glob);
      std::vector<std::string> names;
      for (const OnnxTap::Value& value : everything().values)
        names.push_back(value.name);
      const auto near = nearest(glob, names, 3);
      for (size_t i = 0; i < near.size(); ++i)
        streams.err << (i == 0 ? "; the nearest names are " : ", ")
                    << printable(near[i]);
      streams.err << '\n';
    }
  }

  void tell_left_out(const OnnxTap::LeftOut& one, Streams streams) const {
    if (json_) {
      streams.out << json_line({{"value", one.value},
                                {"node", one.node},
                                {"op_type", one.op_type},
                                {"left_out", one.why}});
    } else {
      streams.err << "tblog: no output is "
                  << describe(one.value, one.node, one.op_type) << ": "
                  << one.why << '\n';
    }
  }

  // All that the model has to choose from.
  OnnxTap everything() const {
    absl::StatusOr<OnnxTap> all = tap_onnx(read_model(model_), {});
    return all.ok() ? *std::move(all) : OnnxTap();
  }

  std::string model_;
  std::string out_;
  std::string before_;
  OnnxTapOptions options_;
  bool force_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_onnx_tap();  // named in commands.inc
std::unique_ptr<Command> make_onnx_tap() {
  return std::make_unique<OnnxTapCommand>();
}

}  // namespace tblog::tool
