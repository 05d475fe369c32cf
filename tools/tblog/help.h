// SPDX-License-Identifier: Apache-2.0
//
// What the tool's description of its commands is made into: help, man pages,
// and completion for shells. One source for all.

#ifndef TBLOG_TOOLS_TBLOG_HELP_H_
#define TBLOG_TOOLS_TBLOG_HELP_H_

#include <CLI/CLI.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace tblog::tool {

// "--tag GLOB", "-o,--out PATH", "PATH...".
std::string option_synopsis(const CLI::Option& option);
// The words that an option takes, where there is a list of them.
std::vector<std::string> option_choices(const CLI::Option& option);

// A part of what stands below a command's options, broken into lines as a
// whole.
struct Paragraph {
  std::string term;   // what it explains, before its first line
  size_t column = 0;  // where its lines begin
  std::string text;

  // An example begins there, and is a line of its own.
  static constexpr size_t kExampleColumn = 2;
  bool is_example() const { return term.empty() && column == kExampleColumn; }
};
std::vector<Paragraph> footer_paragraphs(const std::string& footer);

// Help in lines of at most `width` columns (at least 40).
std::shared_ptr<CLI::Formatter> help_formatter(int width);

// tblog(1) of the program, or tblog-NAME(1) of one of its commands, as troff
// source.
std::string man_page(const CLI::App& program, const CLI::App& command);

// For "bash", "zsh" or "fish", to be sourced by it.
std::string completion_script(const CLI::App& program,
                              const std::string& shell);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_HELP_H_
