// SPDX-License-Identifier: Apache-2.0
//
// Writes the runs of the conformance suite's table, see cases/cases.h:
//
//   write_cases LOGDIR INPUTS
//
// Exit status: 0 when every writer that should be content is.

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "tests/interop/cases/cases.h"

namespace {

using cases::Run;

bool all_content = true;

void complain(const Run& run, const absl::Status& status) {
  std::cerr << run.name << ": " << status << '\n';
  all_content = false;
}

void write(const std::string& logdir, const Run& run) {
  tblog::WriterOptions options = run.options;
  options.on_error = [&run](const absl::Status& status) {
    if (!run.reported) complain(run, status);
  };
  tblog::SummaryWriter writer(logdir + "/" + run.name, options);
  run.write(writer);
  const absl::Status status = writer.close();
  if (!status.ok() && !run.reported) complain(run, status);
  const tblog::WriterStats stats = writer.stats();
  if (stats.events == 0 || stats.pending_bytes != 0) {
    complain(run, absl::InternalError("nothing written, or not all"));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: write_cases LOGDIR INPUTS\n";
    return EXIT_FAILURE;
  }
  const std::filesystem::path inputs = argv[2];
  for (const cases::Runs& runs :
       {cases::audio_runs(inputs), cases::batch_runs(),
        cases::checkpoint_runs(), cases::custom_scalars_runs(),
        cases::embedding_runs(), cases::file_runs(), cases::graph_runs(),
        cases::histogram_runs(), cases::hparams_runs(),
        cases::image_runs(inputs), cases::mesh_runs(), cases::pr_curve_runs(),
        cases::scalar_runs(), cases::series_runs(), cases::tensor_runs(),
        cases::text_runs(), cases::text_table_runs(), cases::watch_runs()}) {
    for (const Run& run : runs) write(argv[1], run);
  }
  return all_content ? EXIT_SUCCESS : EXIT_FAILURE;
}
