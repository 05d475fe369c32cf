// SPDX-License-Identifier: Apache-2.0
//
// usage: reader LOGDIR: exits 0 where a run has ten values of loss/train.
#include <iostream>

#include "tblog/log_reader.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  absl::StatusOr<tblog::LogReader> log = tblog::LogReader::open(argv[1]);
  if (!log.ok()) {
    std::cerr << log.status() << '\n';
    return 1;
  }
  const tblog::Run* run = log->find("mnist");
  const tblog::Series* loss = run ? run->find("loss/train") : nullptr;
  return loss && loss->size() == 10 && loss->values()[1] == 0.5 ? 0 : 1;
}
