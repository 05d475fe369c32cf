// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a command line, and what was probably meant.

#ifndef TBLOG_TOOLS_TBLOG_USAGE_H_
#define TBLOG_TOOLS_TBLOG_USAGE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tblog::tool {

// `arguments` (those of main(), without the program's name), where `help` and
// `help COMMAND` are like `--help` and `COMMAND --help`.
std::vector<std::string> asked_for(std::vector<std::string> arguments);

// "`tblog plot --help`", of the command that `arguments` begin with.
std::string help_to_see(const CLI::App& app,
                        const std::vector<std::string>& arguments);

// A sentence about a command that does not exist; empty where `arguments`
// begin with one that does, or with an option.
std::string unknown_command(const CLI::App& app,
                            const std::vector<std::string>& arguments);

// A sentence or more about the error with which `app` refused `arguments`.
std::string explain(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& arguments);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_USAGE_H_
