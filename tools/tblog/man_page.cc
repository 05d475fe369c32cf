// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <sstream>

#include "tblog/version.h"
#include "tools/tblog/help.h"

namespace tblog::tool {
namespace {

// Text of troff, man(7): no request at a line's begin, no escape.
std::string troff(const std::string& text) {
  std::string out;
  bool line_begin = true;
  for (const char c : text) {
    if (line_begin && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_begin = c == '\n';
  }
  return out;
}

std::string upper(std::string text) {
  for (char& c : text)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string entry(const std::string& name, const std::string& text) {
  return ".TP\n.B " + troff(name) + "\n" + troff(text) + "\n";
}

// What stands below the options.
std::string notes(const std::string& footer) {
  std::string text;
  std::string examples;
  for (const Paragraph& paragraph : footer_paragraphs(footer)) {
    if (paragraph.is_example())
      examples += troff(paragraph.text) + "\n";
    else if (!paragraph.term.empty())
      text += entry(paragraph.term, paragraph.text);
    else if (!paragraph.text.empty() && paragraph.text != "Examples:")
      text += ".PP\n" + troff(paragraph.text) + "\n";
  }
  return (text.empty() ? "" : ".SH NOTES\n" + text) +
         (examples.empty() ? "" : ".SH EXAMPLES\n.nf\n" + examples + ".fi\n");
}

}  // namespace

std::string man_page(const CLI::App& program, const CLI::App& command) {
  const bool whole = &program == &command;
  const std::string name = whole
                               ? program.get_name()
                               : program.get_name() + "-" + command.get_name();
  std::string synopsis = ".B " + program.get_name() +
                         (whole ? "" : " " + troff(command.get_name()));
  synopsis += whole ? "\n.I COMMAND\n[\\fIOPTIONS\\fR]" : "\n[\\fIOPTIONS\\fR]";
  std::string options;
  std::string commands;
  for (const CLI::Option* option : command.get_options()) {
    options += entry(option_synopsis(*option), option->get_description());
    if (!option->nonpositional())
      synopsis += "\n.I " + troff(option_synopsis(*option));
  }
  std::string see_also;
  for (const CLI::App* one : program.get_subcommands({})) {
    if (whole) commands += entry(one->get_name(), one->get_description());
    if (one != &command)
      see_also += ".BR " + program.get_name() + "\\-" + troff(one->get_name()) +
                  " (1)\n";
  }
  const std::string description = command.get_description();
  std::string page =
      ".TH " + upper(troff(name)) + " 1 \"\" \"tblog " + TBLOG_VERSION +
      "\" \"User Commands\"\n.SH NAME\n" + troff(name) + " \\- " +
      troff(description.substr(0, description.find_first_of(".:;"))) +
      "\n.SH SYNOPSIS\n" + synopsis + "\n.SH DESCRIPTION\n" +
      troff(description) + "\n";
  if (whole) page += ".SH COMMANDS\n" + commands;
  page += ".SH OPTIONS\n" + options;
  return page + notes(command.get_footer()) + ".SH SEE ALSO\n" + see_also;
}

}  // namespace tblog::tool
