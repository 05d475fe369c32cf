// SPDX-License-Identifier: Apache-2.0
//
// Foreign text on a terminal: tags, run names and logged texts may hold
// anything, and nothing of it may reach the terminal as a command.

#ifndef TBLOG_TOOLS_TBLOG_DISPLAY_TEXT_H_
#define TBLOG_TOOLS_TBLOG_DISPLAY_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace tblog::tool {

// `text` on one line: control characters (line breaks too), characters that
// reorder or hide text, malformed UTF-8 and backslashes as escapes ("\n",
// "\x1b", "\u202e", "\\"), so that two texts that differ look different.
std::string printable(std::string_view text);

// The lines of a text, each printable; backslashes stay, since Markdown and
// formulas are full of them, and a tab becomes four blanks.
std::vector<std::string> printable_lines(std::string_view text);

// Columns that a printable text takes: two for wide characters (CJK, emoji),
// none for combining ones.
size_t display_width(std::string_view text);

// `text` in at most `width` columns, its middle replaced by `ellipsis` where it
// is longer: tags differ at either end.
std::string shortened(std::string_view text, size_t width,
                      std::string_view ellipsis = "…");

// The first `width` columns of `text`, the last of them `ellipsis` where it is
// longer.
std::string cut(std::string_view text, size_t width,
                std::string_view ellipsis = "…");

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_DISPLAY_TEXT_H_
