// SPDX-License-Identifier: Apache-2.0
//
// tblog onnx-graph: an ONNX model on TensorBoard's Graphs page.

#include "tblog/onnx_graph.h"

#include <ostream>
#include <string>

#include "tblog/summary_writer.h"
#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/model_file.h"

namespace tblog::tool {
namespace {

class OnnxGraphCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Write the graph of an ONNX model for TensorBoard's Graphs page.");
    app.footer(
        "Exit codes: 0 good; 2 usage; 3 cannot read or write.\n\n"
        "Examples:\n"
        "  tblog onnx-graph model.onnx -o runs/model\n"
        "  tblog show runs/model          # the graph in the terminal");
    app.add_option("MODEL", model_, "file of an ONNX model")->required();
    app.add_option("-o,--out", out_, "run directory, made where it is missing")
        ->required()
        ->type_name("DIR");
  }

  ExitCode run(Streams streams) override {
    const absl::StatusOr<Graph> graph = graph_from_onnx(read_model(model_));
    if (!graph.ok()) throw model_failure(model_, graph.status());
    WriterOptions options;
    options.on_error = [](const absl::Status&) {};  // told below
    SummaryWriter writer(out_, options);
    writer.graph(*graph);
    if (const absl::Status status = writer.close(); !status.ok())
      throw Failure(kCannotRead, printable(out_) + ": " +
                                     printable(std::string(status.message())));
    streams.out << printable(out_) << ": " << graph->size() << " nodes\n";
    return kGood;
  }

 private:
  std::string model_;
  std::string out_;
};

}  // namespace

std::unique_ptr<Command> make_onnx_graph();  // named in commands.inc
std::unique_ptr<Command> make_onnx_graph() {
  return std::make_unique<OnnxGraphCommand>();
}

}  // namespace tblog::tool
