// SPDX-License-Identifier: Apache-2.0
//
// tblog completion: what a shell needs to complete our commands.

#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/help.h"

namespace tblog::tool {
namespace {

class Completion : public Command {
 public:
  void declare(CLI::App& app) override {
    app_ = &app;
    app.description(
        "Print the completion of commands and options for a shell.");
    app.footer(
        "Examples:\n"
        "  source <(tblog completion bash)\n"
        "  source <(tblog completion zsh)        # after compinit\n"
        "  tblog completion fish | source");
    app.add_option("SHELL", shell_, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  ExitCode run(Streams streams) override {
    streams.out << completion_script(*app_->get_parent(), shell_);
    return kGood;
  }

 private:
  CLI::App* app_ = nullptr;
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> make_completion();  // named in commands.inc
std::unique_ptr<Command> make_completion() {
  return std::make_unique<Completion>();
}

}  // namespace tblog::tool
