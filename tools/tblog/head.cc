// SPDX-License-Identifier: Apache-2.0
//
// tblog head: the first values of each series.

#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/ends.h"
#include "tools/tblog/selection.h"

namespace tblog::tool {
namespace {

class Head : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description("Show the first values of each series.");
    app.footer(
        "Fields of --json: those of `tblog show`\n\n"
        "Examples:\n"
        "  tblog head runs --tag loss\n"
        "  tblog head -n 3 runs --kind scalar");
    selection_.declare(app);
    app.add_option("-n", count_, "values of each series (default: 10)")
        ->check(CLI::Range(1, 1'000'000'000))
        ->type_name("N");
  }

  ExitCode run(Streams streams) override {
    const ChosenLogs chosen = selection_.open(streams.err);
    const bool good =
        print_ends(chosen, End::kFirst, count_, selection_.json(),
                   selection_.terminal(), streams.out, streams.err);
    return good ? chosen.exit_code : kProblemsFound;
  }

 private:
  Selection selection_;
  size_t count_ = 10;
};

}  // namespace

std::unique_ptr<Command> make_head();  // named in commands.inc
std::unique_ptr<Command> make_head() { return std::make_unique<Head>(); }

}  // namespace tblog::tool
