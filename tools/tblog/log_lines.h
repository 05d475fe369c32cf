// SPDX-License-Identifier: Apache-2.0
//
// Lines of a program's log, matched by patterns with named groups.

#ifndef TBLOG_TOOLS_TBLOG_LOG_LINES_H_
#define TBLOG_TOOLS_TBLOG_LOG_LINES_H_

#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}  // namespace re2

namespace tblog::tool {

// A regular expression (RE2's syntax: time linear in the line, whatever the
// pattern) with named groups, (?P<name>…) or (?<name>…).
class LinePattern {
 public:
  // Throws Failure: it is malformed, or has no named group.
  explicit LinePattern(const std::string& pattern);
  ~LinePattern();
  LinePattern(LinePattern&& other) noexcept;

  // Of the groups, in their order.
  const std::vector<std::string>& names() const { return names_; }
  // What the groups hold at the first match in `line`, "" for one that takes no
  // part; none: no match.
  std::optional<std::vector<std::string>> match(std::string_view line) const;

 private:
  std::unique_ptr<re2::RE2> expression_;
  std::vector<std::string> names_;
  std::vector<size_t> groups_;  // their numbers
};

// Reads lines, which a carriage return ends too, since progress bars write one
// line over the other. Colours and other escape sequences of terminals are left
// out. Of a line longer than 1 MiB the rest is left out.
class LogLines {
 public:
  explicit LogLines(std::istream& in) : in_(in) {}
  bool next(std::string& line);
  // Of the line that next() gave, counted from 1; by line breaks alone.
  size_t number() const { return number_; }

 private:
  std::istream& in_;
  size_t number_ = 0;
  bool line_ended_ = true;
};

// `text` without escape sequences (ECMA-48: CSI, OSC, and those of two bytes).
std::string without_escapes(std::string_view text);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_LOG_LINES_H_
