// SPDX-License-Identifier: Apache-2.0
//
// What the output may use: how wide it is, whether colours and characters
// beyond ASCII are welcome.

#ifndef TBLOG_TOOLS_TBLOG_TERMINAL_H_
#define TBLOG_TOOLS_TBLOG_TERMINAL_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tblog::tool {

struct Terminal {
  bool interactive = false;  // a person looks at it
  bool color = false;
  bool ascii = false;  // nothing beyond ASCII of our own making
  int width = 0;       // columns; 0: as wide as the content, for a pipe
  int height = 0;      // rows; 0: not known

  // Columns for what has no width of its own: charts, bars, images.
  int chart_width() const { return width > 0 ? width : 80; }
  std::string_view ellipsis() const { return ascii ? "..." : "…"; }
};

// What the user asked for, on every command.
struct DisplayOptions {
  std::string color = "auto";  // auto, always, never
  int width = 0;               // 0: the terminal's
  bool ascii = false;
};

// Standard output as it is: is it a terminal, how large, what do NO_COLOR, TERM
// and COLUMNS say.
Terminal describe_stdout(const DisplayOptions& options);
// Standard error likewise: `interactive` where a line may be drawn over.
Terminal describe_stderr();

// Styles are SGR sequences where the terminal has colour, and nothing where
// not. The text must be printable() already.
enum class Style : uint8_t { kPlain, kBold, kDim, kRed, kYellow, kCyan };
std::string styled(const Terminal& terminal, Style style,
                   std::string_view text);

// The colour of the `index`-th series of a chart, from a cycle of eight of the
// 256-colour palette, told apart also by readers who do not see red or green.
int series_color(size_t index);
// The same colours as "#rrggbb", for files.
std::string_view series_rgb(size_t index);

// `text` in a colour of the 256-colour palette.
std::string colored(const Terminal& terminal, int color256,
                    std::string_view text);
// The same, but less of it.
std::string faintly_colored(const Terminal& terminal, int color256,
                            std::string_view text);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_TERMINAL_H_
