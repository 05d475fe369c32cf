// SPDX-License-Identifier: Apache-2.0
//
// Logs until it is killed, and says by a byte on stdout after each call that
// the call has returned: write_killed RUN DURABILITY BEGIN. With `drain` in
// place of BEGIN: saves what a kill left in a journal.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "tblog/tblog.h"

namespace {

int drain(const char* run) {
  const auto report = tblog::drain_journals(run);
  if (!report.ok()) std::cerr << report.status() << '\n';
  return report.ok() && report->problems.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return EXIT_FAILURE;
  if (argv[3] == std::string_view("drain")) return drain(argv[1]);
  const int64_t begin = std::atoll(argv[3]);
  tblog::WriterOptions options;
  options.durability = argv[2] == std::string_view("journaled")
                           ? tblog::Durability::kJournaled
                           : tblog::Durability::kWriteThrough;
  options.max_file_bytes = 16 << 10;
  if (begin > 0) options.resume_step = begin;
  tblog::SummaryWriter writer(argv[1], options);
  tblog::SummaryWriter test = writer.child("test");
  for (int64_t step = begin;; ++step) {
    test.scalar("loss", step * 0.5, step);
    writer.scalar("loss", step * 0.25, step);
    std::putchar('.');
    if (std::fflush(stdout) != 0) return EXIT_FAILURE;
  }
}
