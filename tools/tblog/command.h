// SPDX-License-Identifier: Apache-2.0
//
// A command of the tool. To add one: write its file with a make_NAME() that
// returns it, and add NAME to the list in CMakeLists.txt.

#ifndef TBLOG_TOOLS_TBLOG_COMMAND_H_
#define TBLOG_TOOLS_TBLOG_COMMAND_H_

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <memory>
#include <stdexcept>

namespace tblog::tool {

enum ExitCode : int {
  kGood = 0,
  kProblemsFound = 1,  // damaged files; what could be read was shown
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

// Where a command writes to.
struct Streams {
  std::ostream& out;
  std::ostream& err;
};

class Command {
 public:
  virtual ~Command() = default;
  // Gives `app` the command's description, arguments and examples. What they
  // set lives in the command.
  virtual void declare(CLI::App& app) = 0;
  // Throws Failure.
  virtual ExitCode run(Streams streams) = 0;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_COMMAND_H_
