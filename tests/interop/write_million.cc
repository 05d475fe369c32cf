// SPDX-License-Identifier: Apache-2.0
//
// Writes a million scalars of one tag into one writer: write_million LOGDIR.
// Exit status: 0 when none was lost.

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "tblog/tblog.h"

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  tblog::SummaryWriter writer(argv[1]);
  for (int64_t step = 0; step < 1'000'000; ++step) {
    writer.scalar("quarters", step * 0.25, step);
  }
  const absl::Status status = writer.close();
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() && writer.stats().dropped == 0 ? EXIT_SUCCESS
                                                    : EXIT_FAILURE;
}
