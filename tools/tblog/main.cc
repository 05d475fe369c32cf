// SPDX-License-Identifier: Apache-2.0
//
// The command-line tool tblog: what event files hold, in a terminal.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <iostream>
#include <memory>
#include <streambuf>
#include <string>
#include <vector>

#include "tblog/version.h"
#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/help.h"
#include "tools/tblog/terminal.h"
#include "tools/tblog/usage.h"

namespace tblog::tool {

// commands.inc has a line COMMAND(name) for each in CMakeLists.txt.
#define COMMAND(name) std::unique_ptr<Command> make_##name();
#include "commands.inc"
#undef COMMAND

namespace {

struct Entry {
  const char* name;
  std::unique_ptr<Command> (*make)();
};

constexpr Entry kCommands[] = {
#define COMMAND(name) {#name, make_##name},
#include "commands.inc"
#undef COMMAND
};

constexpr char kFooter[] =
    "Exit codes: 0 good; 1 damage was found, the rest is shown; 2 usage, or "
    "nothing chosen;\n3 cannot read.\n\n"
    "Examples:\n"
    "  tblog ls runs\n"
    "  tblog plot runs --tag 'loss*' --smooth 0.6\n"
    "  tblog show runs --tag conv1/weights --steps 500:\n"
    "  tblog COMMAND --help";

// Standard output that remembers why it failed, which std::cout does not.
class StdoutBuffer : public std::streambuf {
 public:
  StdoutBuffer() { setp(buffer_, buffer_ + sizeof buffer_); }

  // errno of the first write that failed; 0 for none.
  int error() const { return error_; }

 protected:
  int sync() override {
    for (const char* at = pbase(); at < pptr() && error_ == 0;) {
      const ssize_t written =
          write(STDOUT_FILENO, at, static_cast<size_t>(pptr() - at));
      if (written >= 0)
        at += written;
      else if (errno != EINTR)
        error_ = errno;
    }
    setp(buffer_, buffer_ + sizeof buffer_);
    return error_ == 0 ? 0 : -1;
  }
  int overflow(int c) override {
    if (sync() != 0) return traits_type::eof();
    if (c != traits_type::eof()) sputc(static_cast<char>(c));
    return traits_type::not_eof(c);
  }

 private:
  char buffer_[1 << 16];
  int error_ = 0;
};

// A reader that went away (`tblog show … | head`) is no error.
ExitCode finish(ExitCode code, StdoutBuffer& buffer) {
  buffer.pubsync();
  if (buffer.error() == 0 || buffer.error() == EPIPE) return code;
  throw Failure(kCannotRead, std::string("cannot write to standard output: ") +
                                 std::strerror(buffer.error()));
}

int run(int argc, char** argv) {
  CLI::App app(
      "tblog shows the event files that TensorBoard reads: runs, "
      "curves, histograms, images, texts.",
      "tblog");
  app.set_version_flag("--version", "tblog " TBLOG_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  const int width = describe_stdout({}).width;
  app.formatter(help_formatter(width > 0 ? std::min(width, 100) : 80));
  std::vector<std::unique_ptr<Command>> commands;
  std::vector<CLI::App*> parsers;
  for (const Entry& entry : kCommands) {
    commands.push_back(entry.make());
    std::string name = entry.name;
    std::replace(name.begin(), name.end(), '_', '-');
    parsers.push_back(app.add_subcommand(name, ""));
    commands.back()->declare(*parsers.back());
  }
  const std::vector<std::string> arguments =
      asked_for({argv + std::min(argc, 1), argv + argc});
  if (arguments.empty()) {
    std::cerr << app.help();
    return kUsage;
  }
  const std::string see_help =
      "\ntblog: " + help_to_see(app, arguments) + " says what there is";
  try {
    if (const std::string text = unknown_command(app, arguments); !text.empty())
      throw Failure(kUsage, text + see_help);
    // The last one first, as CLI11 wants them.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, std::cout);
    throw Failure(kUsage, explain(app, error, arguments) + see_help);
  }
  for (size_t i = 0; i < commands.size(); ++i) {
    if (!*parsers[i]) continue;
    StdoutBuffer buffer;
    std::ostream out(&buffer);
    return finish(commands[i]->run({out, std::cerr}), buffer);
  }
  return kUsage;
}

}  // namespace
}  // namespace tblog::tool

int main(int argc, char** argv) {
  try {
    return tblog::tool::run(argc, argv);
  } catch (const tblog::tool::Failure& failure) {
    std::cerr << "tblog: " << failure.what() << '\n';
    return failure.code();
  } catch (const std::exception& error) {
    std::cerr << "tblog: " << tblog::tool::printable(error.what()) << '\n';
    return tblog::tool::kCannotRead;
  }
}
