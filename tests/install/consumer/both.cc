// SPDX-License-Identifier: Apache-2.0
//
// One program that links both libraries, each with its copy of the layers
// below: it writes a run and reads it.
#include <iostream>

#include "tblog/log_reader.h"
#include "tblog/tblog.h"

int main() {
  tblog::SummaryWriter writer("both/mnist");
  writer.scalar("loss", 0.5, 1);
  if (absl::Status status = writer.close(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  absl::StatusOr<tblog::LogReader> log = tblog::LogReader::open("both");
  if (!log.ok() || log->runs().size() != 1) {
    std::cerr << log.status() << '\n';
    return 1;
  }
  return log->runs()[0].series()[0].values()[0] == 0.5 ? 0 : 1;
}
