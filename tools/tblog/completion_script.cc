// SPDX-License-Identifier: Apache-2.0

#include <map>
#include <sstream>

#include "tools/tblog/help.h"

namespace tblog::tool {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& program) {
  return program.get_subcommands({});
}

// "-o" and "--out" of each option.
std::vector<std::string> flags_of(const CLI::Option& option) {
  std::vector<std::string> flags;
  for (const std::string& name : option.get_snames())
    flags.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    flags.push_back("--" + name);
  return flags;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

// The first part of a description, for a line of a menu.
std::string brief(const std::string& description) {
  return description.substr(0, description.find_first_of(".;:("));
}

std::string single_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bash_script(const CLI::App& program) {
  std::vector<std::string> names;
  std::string values;
  std::string options;
  for (const CLI::App* command : commands_of(program)) {
    names.push_back(command->get_name());
    std::vector<std::string> flags;
    for (const CLI::Option* option : command->get_options()) {
      if (!option->nonpositional()) continue;
      const std::vector<std::string> own = flags_of(*option);
      flags.insert(flags.end(), own.begin(), own.end());
      const std::vector<std::string> choices = option_choices(*option);
      for (const std::string& flag : own) {
        if (!choices.empty())
          values += "    '" + command->get_name() + " " + flag + "') words='" +
                    joined(choices) + "' ;;\n";
      }
    }
    options +=
        "    " + command->get_name() + ") words='" + joined(flags) + "' ;;\n";
  }
  return "# bash completion for tblog, made by `tblog completion bash`\n"
         "_tblog() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} command= words= i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    [[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; "
         "break; }\n"
         "  done\n"
         "  COMPREPLY=()\n"
         "  if [[ -z $command ]]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         joined(names) +
         " --help --version' -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case \"$command ${COMP_WORDS[COMP_CWORD - 1]}\" in\n" +
         values +
         "  esac\n"
         "  if [[ -z $words && $word == -* ]]; then\n"
         "    case $command in\n" +
         options +
         "    esac\n"
         "  fi\n"
         "  if [[ -n $words ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "    compopt -o filenames 2>/dev/null\n"
         "  fi\n"
         "}\n"
         "complete -F _tblog tblog\n";
}

// A description inside of a specification of zsh's _arguments.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : brief(text)) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_script(const CLI::App& program) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : commands_of(program)) {
    commands += "    " +
                single_quoted(command->get_name() + ":" +
                              zsh_text(command->get_description())) +
                "\n";
    cases += "    " + command->get_name() + ")\n      _arguments -S \\\n";
    for (const CLI::Option* option : command->get_options()) {
      if (!option->nonpositional()) continue;
      const std::vector<std::string> choices = option_choices(*option);
      for (const std::string& flag : flags_of(*option)) {
        std::string spec =
            "*" + flag + "[" + zsh_text(option->get_description()) + "]";
        if (option->get_type_size() != 0)
          spec += ":value:" + (choices.empty() ? std::string("_files")
                                               : "(" + joined(choices) + ")");
        cases += "        " + single_quoted(spec) + " \\\n";
      }
    }
    cases += "        '*:file:_files' ;;\n";
  }
  return "#compdef tblog\n"
         "# zsh completion for tblog, made by `tblog completion zsh`\n"
         "_tblog() {\n"
         "  local -a commands=(\n" +
         commands +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local command=${words[2]}\n"
         "  shift words\n"
         "  (( CURRENT-- ))\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "}\n"
         // Found in $fpath, it is itself the function, called for the first
         // time; sourced, it says what it is for.
         "if [[ ${funcstack[1]-} == _tblog ]]; then\n"
         "  _tblog \"$@\"\n"
         "else\n"
         "  compdef _tblog tblog\n"
         "fi\n";
}

std::string fish_script(const CLI::App& program) {
  std::string out =
      "# fish completion for tblog, made by `tblog completion fish`\n";
  for (const CLI::App* command : commands_of(program)) {
    const std::string& name = command->get_name();
    out += "complete -c tblog -f -n __fish_use_subcommand -a " + name + " -d " +
           single_quoted(brief(command->get_description())) + "\n";
    for (const CLI::Option* option : command->get_options()) {
      if (!option->nonpositional()) continue;
      out += "complete -c tblog -n '__fish_seen_subcommand_from " + name + "'";
      for (const std::string& flag : option->get_snames()) out += " -s " + flag;
      for (const std::string& flag : option->get_lnames()) out += " -l " + flag;
      const std::vector<std::string> choices = option_choices(*option);
      if (!choices.empty())
        out += " -x -a " + single_quoted(joined(choices));
      else if (option->get_type_size() != 0)
        out += " -r";
      out += " -d " + single_quoted(brief(option->get_description())) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& program,
                              const std::string& shell) {
  if (shell == "bash") return bash_script(program);
  return shell == "zsh" ? zsh_script(program) : fish_script(program);
}

}  // namespace tblog::tool
