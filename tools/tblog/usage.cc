// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/usage.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

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

// "xls not in {csv,jsonl}" as "xls is none of csv, jsonl; the nearest: csv",
// and numbers without zeros behind them.
std::string tidied(std::string text) {
  const std::string not_in = " not in {";
  if (const size_t at = text.find(not_in);
      at != std::string::npos && text.ends_with('}')) {
    const size_t begin = text.rfind(' ', at - 1) + 1;
    const std::string given = text.substr(begin, at - begin);
    std::istringstream list(
        text.substr(at + not_in.size(), text.size() - at - not_in.size() - 1));
    std::vector<std::string> words;
    std::string all;
    for (std::string word; std::getline(list, word, ',');) {
      words.push_back(word);
      all += (all.empty() ? "" : ", ") + word;
    }
    return text.substr(0, at) + " is none of " + all +
           "; the nearest: " + nearest(given, words, 1).front();
  }
  const size_t range = text.find("not in range ");
  for (size_t dot = text.find('.', std::min(range, text.size()));
       dot != std::string::npos; dot = text.find('.', dot + 1)) {
    size_t end = dot + 1;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    size_t keep = end;
    while (keep > dot + 1 && text[keep - 1] == '0') --keep;
    if (keep == dot + 1) keep = dot;
    text.erase(keep, end - keep);
  }
  return text;
}

}  // namespace

std::vector<std::string> asked_for(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  arguments.erase(arguments.begin());
  arguments.resize(std::min<size_t>(arguments.size(), 1));
  arguments.push_back("--help");
  return arguments;
}

std::string help_to_see(const CLI::App& app,
                        const std::vector<std::string>& arguments) {
  const CLI::App* command = chosen_command(app, arguments);
  return "`tblog " + (command == nullptr ? "" : command->get_name() + " ") +
         "--help`";
}

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
  return (name.empty() ? "" : name.substr(1) + ": ") +
         printable(tidied(error.what()));
}

}  // namespace tblog::tool
