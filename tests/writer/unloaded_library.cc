// SPDX-License-Identifier: Apache-2.0
//
// A library with a writer of its own, for exit_test.cc.

#include <chrono>

#include "tblog/crash_handler.h"
#include "tblog/summary_writer.h"

extern "C" __attribute__((visibility("default"))) void log_three(
    const char* logdir) {
  tblog::WriterOptions options;
  options.max_flush_delay = std::chrono::hours(1);
  static tblog::SummaryWriter writer(logdir, options);
  tblog::install_crash_handler().IgnoreError();
  for (int64_t step : {1, 2, 3}) writer.scalar("loss", 1, step);
}
