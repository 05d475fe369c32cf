// SPDX-License-Identifier: Apache-2.0
//
// Writes a scalar every 10 ms until its standard input ends: write_live LOGDIR.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "tblog/tblog.h"

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  std::atomic<bool> is_over = false;
  std::thread waiter([&] {
    std::string line;
    while (std::getline(std::cin, line)) {
    }
    is_over = true;
  });
  tblog::SummaryWriter writer(argv[1]);  // max_flush_delay: 1 s
  for (int64_t step = 0; !is_over; ++step) {
    writer.scalar("step", static_cast<double>(step), step);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  waiter.join();
  return writer.close().ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
