// SPDX-License-Identifier: Apache-2.0
//
// Logs with the kind that docs/adding-a-kind.md adds. usage: LOGDIR

#include <iostream>

#include "tblog/tblog.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  tblog::SummaryWriter writer(argv[1]);
  writer.text_rows("todo", {"first", "second"}, 7);
  const absl::Status refused_before = writer.status();
  writer.text_rows("none", {}, 7);
  if (!refused_before.ok() || writer.stats().refused != 1) {
    std::cerr << "refused: " << writer.status() << '\n';
    return 1;
  }
  return writer.close().code() == absl::StatusCode::kInvalidArgument ? 0 : 1;
}
