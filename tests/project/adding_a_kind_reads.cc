// SPDX-License-Identifier: Apache-2.0
//
// Exits 0 where LOGDIR holds what adding_a_kind_writes.cc logs. usage: LOGDIR

#include <iostream>

#include "tblog/log_reader.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const absl::StatusOr<tblog::LogReader> log = tblog::LogReader::open(argv[1]);
  if (!log.ok()) {
    std::cerr << log.status() << '\n';
    return 1;
  }
  const tblog::Run* run = log->find(".");
  const tblog::Series* todo = run == nullptr ? nullptr : run->find("todo");
  if (todo == nullptr || todo->size() != 1 || todo->steps()[0] != 7) return 1;
  const absl::StatusOr<tblog::TextValue> text = todo->text(0);
  if (!text.ok()) {
    std::cerr << text.status() << '\n';
    return 1;
  }
  return text->shape == std::vector<int64_t>{2} &&
                 text->texts == std::vector<std::string>{"first", "second"}
             ? 0
             : 1;
}
