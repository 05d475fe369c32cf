// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace tblog::tool {
namespace {

constexpr int kMinWidth = 20;
constexpr int kMaxWidth = 1000;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::string sequence(const Terminal& terminal, const std::string& code,
                     std::string_view text) {
  if (!terminal.color || text.empty()) return std::string(text);
  return "\x1b[" + code + "m" + std::string(text) + "\x1b[0m";
}

// The palette of Okabe and Ito (2008), which is safe for colour-blind readers,
// with its black left out and its yellow kept for the end.
struct SeriesColor {
  int color256;
  std::string_view rgb;
};
constexpr SeriesColor kSeriesColors[] = {
    {38, "#0072b2"},  {208, "#e69f00"}, {35, "#009e73"},  {175, "#cc79a7"},
    {166, "#d55e00"}, {117, "#56b4e9"}, {245, "#888888"}, {227, "#c8b900"},
};

}  // namespace

Terminal describe_stdout(const DisplayOptions& options) {
  Terminal terminal;
  terminal.interactive = isatty(STDOUT_FILENO) == 1;
  terminal.ascii = options.ascii;
  winsize size{};
  if (terminal.interactive && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    terminal.width = size.ws_col;
    terminal.height = size.ws_row;
  }
  if (terminal.interactive && terminal.width == 0) terminal.width = 80;
  if (const int columns =
          std::atoi(std::string(environment("COLUMNS")).c_str());
      columns > 0)
    terminal.width = columns;
  if (options.width > 0) terminal.width = options.width;
  if (terminal.width > 0)
    terminal.width = std::clamp(terminal.width, kMinWidth, kMaxWidth);
  terminal.color =
      options.color == "always" ||
      (options.color == "auto" && terminal.interactive &&
       environment("NO_COLOR").empty() && environment("TERM") != "dumb");
  return terminal;
}

Terminal describe_stderr() {
  Terminal terminal;
  terminal.interactive =
      isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb";
  winsize size{};
  if (terminal.interactive && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
    terminal.width = size.ws_col;
  terminal.width = terminal.width == 0
                       ? 80
                       : std::clamp(terminal.width, kMinWidth, kMaxWidth);
  return terminal;
}

std::string styled(const Terminal& terminal, Style style,
                   std::string_view text) {
  switch (style) {
    case Style::kPlain:
      break;
    case Style::kBold:
      return sequence(terminal, "1", text);
    case Style::kDim:
      return sequence(terminal, "2", text);
    case Style::kRed:
      return sequence(terminal, "31", text);
    case Style::kYellow:
      return sequence(terminal, "33", text);
    case Style::kCyan:
      return sequence(terminal, "36", text);
  }
  return std::string(text);
}

int series_color(size_t index) {
  return kSeriesColors[index % std::size(kSeriesColors)].color256;
}

std::string_view series_rgb(size_t index) {
  return kSeriesColors[index % std::size(kSeriesColors)].rgb;
}

std::string colored(const Terminal& terminal, int color256,
                    std::string_view text) {
  return sequence(terminal, "38;5;" + std::to_string(color256), text);
}

std::string faintly_colored(const Terminal& terminal, int color256,
                            std::string_view text) {
  return sequence(terminal, "2;38;5;" + std::to_string(color256), text);
}

}  // namespace tblog::tool
