// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/log_lines.h"

#include <re2/re2.h>

#include "tools/tblog/display_text.h"
#include "tools/tblog/failure.h"

namespace tblog::tool {
namespace {

constexpr size_t kMaxLineBytes = size_t{1} << 20;

// RE2 of before 2023 knows "(?P<name>", and not "(?<name>".
std::string with_python_groups(const std::string& pattern) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    out += c;
    if (c == '\\' && i + 1 < pattern.size()) {
      out += pattern[++i];
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c != '(' || in_class || pattern.compare(i, 3, "(?<") != 0 ||
        i + 3 >= pattern.size() || pattern[i + 3] == '=' ||
        pattern[i + 3] == '!')
      continue;
    out += "?P<";
    i += 2;
  }
  return out;
}

}  // namespace

LinePattern::LinePattern(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  expression_ =
      std::make_unique<re2::RE2>(with_python_groups(pattern), options);
  if (!expression_->ok())
    throw Failure(kUsage, "--pattern " + printable(pattern) + ": " +
                              printable(expression_->error()));
  for (const auto& [number, name] : expression_->CapturingGroupNames()) {
    names_.push_back(name);
    groups_.push_back(static_cast<size_t>(number));
  }
  if (names_.empty())
    throw Failure(kUsage,
                  "--pattern " + printable(pattern) +
                      ": it has no named group; e.g. 'step (?P<step>\\d+) "
                      "loss (?P<loss>\\S+)'");
}

LinePattern::~LinePattern() = default;
LinePattern::LinePattern(LinePattern&& other) noexcept = default;

std::optional<std::vector<std::string>> LinePattern::match(
    std::string_view line) const {
  std::vector<re2::StringPiece> parts(groups_.back() + 1);
  if (!expression_->Match({line.data(), line.size()}, 0, line.size(),
                          re2::RE2::UNANCHORED, parts.data(),
                          static_cast<int>(parts.size())))
    return std::nullopt;
  std::vector<std::string> fields;
  for (const size_t group : groups_)
    fields.emplace_back(
        parts[group].data() == nullptr
            ? std::string()
            : std::string(parts[group].data(), parts[group].size()));
  return fields;
}

bool LogLines::next(std::string& line) {
  line.clear();
  if (line_ended_) ++number_;
  int c = in_.get();
  if (c == std::istream::traits_type::eof()) return false;
  for (; c != std::istream::traits_type::eof(); c = in_.get()) {
    if (c == '\n' || c == '\r') break;
    if (line.size() < kMaxLineBytes) line += static_cast<char>(c);
  }
  line_ended_ = c == '\n';
  if (line.find('\x1b') != std::string::npos) line = without_escapes(line);
  return true;
}

std::string without_escapes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      out += text[i];
      continue;
    }
    if (++i >= text.size()) break;
    if (text[i] == '[') {  // parameters, and a final byte from @ to ~
      do ++i;
      while (i < text.size() && (text[i] < '@' || text[i] > '~'));
    } else if (text[i] == ']') {  // until BEL or ESC backslash
      while (i < text.size() && text[i] != '\x07' &&
             !(text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '\\'))
        ++i;
      if (i < text.size() && text[i] == '\x1b') ++i;
    }
  }
  return out;
}

}  // namespace tblog::tool
