// SPDX-License-Identifier: Apache-2.0
//
// A command of the tool. To add one: write its file with a make_NAME() that
// returns it, and add NAME to the list in CMakeLists.txt.

#ifndef TBLOG_TOOLS_TBLOG_COMMAND_H_
#define TBLOG_TOOLS_TBLOG_COMMAND_H_

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <memory>

#include "tools/tblog/failure.h"

namespace tblog::tool {

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
