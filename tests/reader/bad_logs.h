// SPDX-License-Identifier: Apache-2.0
//
// A log directory for each trap that tblog::verify() knows, made by hand.
// tests/interop shows them to TensorBoard's readers, too.

#ifndef TBLOG_TESTS_READER_BAD_LOGS_H_
#define TBLOG_TESTS_READER_BAD_LOGS_H_

#include <map>
#include <string>
#include <vector>

namespace tblog::testing {

struct BadLog {
  std::string trap;
  std::map<std::string, std::string> files;  // path below the logdir, bytes
  // Other traps that the log cannot but fall into.
  std::vector<std::string> also = {};
  // Symbolic links: path below the logdir, what it names.
  std::map<std::string, std::string> links = {};
};

std::vector<BadLog> bad_logs();

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_READER_BAD_LOGS_H_
