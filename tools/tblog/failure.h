// SPDX-License-Identifier: Apache-2.0
//
// How the tool ends.

#ifndef TBLOG_TOOLS_TBLOG_FAILURE_H_
#define TBLOG_TOOLS_TBLOG_FAILURE_H_

#include <stdexcept>
#include <string>

namespace tblog::tool {

enum ExitCode : int {
  kGood = 0,
  kProblemsFound = 1,  // damage or differences; what could be read was shown
  kUsage = 2,
  kCannotRead = 3,
};

// Ends the command with a message on stderr.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message)
      : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_FAILURE_H_
