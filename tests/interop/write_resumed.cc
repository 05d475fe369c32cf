// SPDX-License-Identifier: Apache-2.0
//
// write_resumed RUN FIRST LAST: goes on with "every" from step FIRST up to
// LAST, which is left out.

#include <cstdint>
#include <string>

#include "tblog/summary_writer.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  tblog::WriterOptions options;
  options.resume_step = std::stoll(argv[2]);
  tblog::SummaryWriter writer(argv[1], options);
  for (int64_t step = *options.resume_step; step < std::stoll(argv[3]); ++step)
    writer.scalar("every", 1, step);
  return writer.close().ok() ? 0 : 1;
}
