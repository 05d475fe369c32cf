// SPDX-License-Identifier: Apache-2.0
//
// tblog man: manual pages.

#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/help.h"
#include "tools/tblog/usage.h"

namespace tblog::tool {
namespace {

class Man : public Command {
 public:
  void declare(CLI::App& app) override {
    app_ = &app;
    app.description("Print a manual page, of tblog or of one of its commands.");
    app.footer(
        "Examples:\n"
        "  tblog man plot | man -l -\n"
        "  tblog man >tblog.1");
    app.add_option("NAME", name_, "a command (default: tblog itself)");
  }

  ExitCode run(Streams streams) override {
    const CLI::App& program = *app_->get_parent();
    const CLI::App* page = name_.empty() ? &program : nullptr;
    for (const CLI::App* command : program.get_subcommands({})) {
      if (command->get_name() == name_) page = command;
    }
    if (page == nullptr)
      throw Failure(kUsage, unknown_command(program, {name_}));
    streams.out << man_page(program, *page);
    return kGood;
  }

 private:
  CLI::App* app_ = nullptr;
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_man();  // named in commands.inc
std::unique_ptr<Command> make_man() { return std::make_unique<Man>(); }

}  // namespace tblog::tool
