// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/usage.h"

#include <filesystem>

#include "tools/tblog/display_text.h"
#include "tools/tblog/nearest.h"

namespace tblog::tool {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// The command that `arguments` begin with, or null.
const CLI::App* chosen_command(const CLI::App& app,
                               const std::vector<std::string>& arguments) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!arguments.empty() && command->get_name() == arguments.front())
      return command;
  }
  return nullptr;
}

std::vector<std::string> long_options(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

// "--tags" of "--tags=x", where the command has no such option; empty: it has.
std::string unknown_option(const CLI::App& command,
                           const std::string& argument) {
  if (!argument.starts_with('-') || argument.size() < 2 ||
      argument.find_first_of("0123456789") == 1)
    return "";
  const std::string name = argument.substr(0, argument.find('='));
  for (const CLI::Option* option : command.get_options()) {
    if (option->check_name(name.starts_with("--") ? name : name.substr(0, 2)))
      return "";
  }
  return name;
}

}  // namespace

std::string unknown_command(const CLI::App& app,
                            const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().starts_with('-') ||
      chosen_command(app, arguments) != nullptr)
    return "";
  const std::string& name = arguments.front();
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({}))
    names.push_back(command->get_name());
  std::string text = "there is no command \"" + printable(name) + "\"";
  if (exists(name))
    return text + "; did you mean `tblog ls " + printable(name) + "`?";
  return text + "; the nearest: " + nearest(name, names, 1).front();
}

std::string explain(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& arguments) {
  const CLI::App* command = chosen_command(app, arguments);
  if (command == nullptr) command = &app;
  const std::string name =
      command == &app ? "" : " " + printable(command->get_name());
  for (size_t i = command == &app ? 0 : 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--") break;
    const std::string option = unknown_option(*command, arguments[i]);
    if (option.empty()) continue;
    return "`tblog" + name + "` has no option " + printable(option) +
           "; the nearest: " +
           nearest(option, long_options(*command), 1).front();
  }
  return (name.empty() ? "" : name.substr(1) + ": ") + printable(error.what());
}

}  // namespace tblog::tool
