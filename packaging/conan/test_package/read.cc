// SPDX-License-Identifier: Apache-2.0

#include "tblog/log_reader.h"

int main() {
  absl::StatusOr<tblog::LogReader> log = tblog::LogReader::open("runs");
  if (!log.ok() || log->runs().size() != 1) return 1;
  const tblog::Series* loss = log->runs()[0].find("loss");
  return loss != nullptr && loss->size() >= 3 && loss->values()[1] == 0.5 ? 0 : 1;
}
