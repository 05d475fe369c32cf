// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/help.h"

#include <algorithm>
#include <sstream>

#include "tblog/values.h"

namespace tblog::tool {
namespace {

constexpr size_t kNameColumn = 2;
constexpr size_t kTextColumn = 28;
constexpr size_t kNarrowTextColumn = 8;  // below the name
constexpr size_t kNarrow = 60;
// A line of a footer that is shorter ends where its paragraph does.
constexpr size_t kBrokenForLength = 75;
constexpr size_t kExampleGoesOn = 6;

// `text` in lines that begin at `column`; the first stands behind `used`
// columns already.
std::string wrapped(const std::string& text, size_t used, size_t column,
                    size_t width) {
  std::string out;
  size_t at = used;
  if (at > 0 && at >= column) {
    out += '\n';
    at = 0;
  }
  out += std::string(column - at, ' ');
  at = column;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (at > column && at + 1 + word.size() > width) {
      out += '\n' + std::string(column, ' ');
      at = column;
    }
    if (at > column) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
  }
  return out + '\n';
}

// The words of a command line, each with its quotes.
std::vector<std::string> shell_words(const std::string& command) {
  std::vector<std::string> words(1);
  char quote = 0;
  for (const char c : command) {
    if (c == ' ' && quote == 0) {
      if (!words.back().empty()) words.emplace_back();
      continue;
    }
    if (quote != 0 ? c == quote : c == '\'' || c == '"')
      quote = quote == 0 ? c : 0;
    words.back() += c;
  }
  return words;
}

// An example on as many lines as it needs, which a shell takes as one.
std::string example(const std::string& command, size_t width) {
  std::string out;
  size_t at = 0;
  for (const std::string& word : shell_words(command)) {
    if (at == 0) {
      out += std::string(Paragraph::kExampleColumn, ' ') + word;
      at = Paragraph::kExampleColumn + word.size();
    } else if (at + 1 + word.size() + 2 <= width) {
      out += ' ' + word;
      at += 1 + word.size();
    } else {
      out += " \\\n" + std::string(kExampleGoesOn, ' ') + word;
      at = kExampleGoesOn + word.size();
    }
  }
  return out + '\n';
}

class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(int width)
      : width_(static_cast<size_t>(std::max(40, width))) {}

  std::string make_option(const CLI::Option* option, bool) const override {
    return line(option_synopsis(*option), option->get_description());
  }
  std::string make_subcommand(const CLI::App* command) const override {
    return line(command->get_name(), command->get_description());
  }
  std::string make_description(const CLI::App* app) const override {
    return wrapped(app->get_description(), 0, 0, width_) + '\n';
  }
  std::string make_footer(const CLI::App* app) const override {
    std::string out;
    for (const Paragraph& paragraph : footer_paragraphs(app->get_footer())) {
      const std::string& term = paragraph.term;
      const std::string all = term +
                              std::string(paragraph.column - term.size(), ' ') +
                              paragraph.text;
      if (all.size() <= width_)
        out += all + '\n';
      else if (paragraph.is_example())
        out += example(paragraph.text, width_);
      else
        out += term +
               wrapped(paragraph.text, term.size(), paragraph.column, width_);
    }
    return out;
  }

 private:
  std::string line(const std::string& name, const std::string& text) const {
    const std::string front = std::string(kNameColumn, ' ') + name;
    return front +
           wrapped(text,
                   front.size() + 1 > kTextColumn ? kTextColumn : front.size(),
                   width_ < kNarrow ? kNarrowTextColumn : kTextColumn, width_);
  }

  size_t width_;
};

}  // namespace

// The lines of footers are as long as a wide terminal has room for: those that
// were broken for their length alone are joined. An example is a line of its
// own; "TERM  text" goes on in lines that are indented as the text is.
std::vector<Paragraph> footer_paragraphs(const std::string& footer) {
  std::vector<Paragraph> paragraphs;
  bool goes_on = false;
  std::istringstream lines(footer);
  for (std::string line; std::getline(lines, line);) {
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string text = line.substr(indent);
    if (goes_on && !text.empty() && indent == paragraphs.back().column) {
      paragraphs.back().text += " " + text;
    } else if (const size_t gap = text.find("  ");
               indent == 0 && gap != std::string::npos) {
      const size_t begin = text.find_first_not_of(' ', gap);
      paragraphs.push_back({text.substr(0, gap), begin, text.substr(begin)});
    } else {
      paragraphs.push_back({"", indent, text});
    }
    goes_on =
        line.size() >= kBrokenForLength && indent != Paragraph::kExampleColumn;
  }
  return paragraphs;
}

std::string option_synopsis(const CLI::Option& option) {
  std::string text;
  if (!option.nonpositional()) {
    text = option.get_name(true);
    if (option.get_expected_max() > 1) text += "...";
    return text;
  }
  for (const std::string& name : option.get_snames())
    text += (text.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames())
    text += (text.empty() ? "--" : ", --") + name;
  if (option.get_type_size() == 0) return text;
  // The name of the type, without what its checks add to it.
  const std::string type = option.get_type_name();
  size_t end = type.size();
  for (const char* addition :
       {":{", ":INT in [", ":FLOAT in [", ":UINT in [", ":POSITIVE"})
    end = std::min(end, type.find(addition));
  return text + " " + type.substr(0, end);
}

std::vector<std::string> option_choices(const CLI::Option& option) {
  std::vector<std::string> choices;
  const std::string type = option.get_type_name();
  if (type == "KIND") {
    for (int i = 0; i <= static_cast<int>(ValueKind::kOther); ++i)
      choices.emplace_back(value_kind_name(static_cast<ValueKind>(i)));
    return choices;
  }
  const size_t begin = type.find(":{");
  if (begin == std::string::npos || !type.ends_with('}')) return choices;
  std::istringstream words(type.substr(begin + 2, type.size() - begin - 3));
  for (std::string word; std::getline(words, word, ',');)
    choices.push_back(word);
  return choices;
}

std::shared_ptr<CLI::Formatter> help_formatter(int width) {
  return std::make_shared<HelpFormatter>(width);
}

}  // namespace tblog::tool
