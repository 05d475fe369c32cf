// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/live_board.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <vector>

#include "tools/tblog/bars.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/number.h"
#include "tools/tblog/table.h"

namespace tblog::tool {
namespace {

constexpr int kLeastTrendColumns = 12;
constexpr int kMostTrendColumns = 40;
// Of a terminal of 80 columns.
constexpr int kUsualOtherColumns = 60;
constexpr char kClearLine[] = "\x1b[K";
constexpr char kClearBelow[] = "\x1b[J";
constexpr char kClearAll[] = "\x1b[H\x1b[2J";

std::string age_text(double secs) {
  return secs < 1.5 ? "now" : format_duration(std::round(secs));
}

}  // namespace

void LiveScreen::draw(std::ostream& out, const Terminal& terminal,
                      const std::string& text) {
  const bool resized = terminal.width != width_ || terminal.height != height_;
  // Where lines are broken anew, nobody knows how many there are.
  if (resized && width_ != 0)
    out << kClearAll;
  else if (drawn_lines_ > 0)
    out << "\x1b[" << drawn_lines_ << "A\r";
  width_ = terminal.width;
  height_ = terminal.height;
  drawn_lines_ = 0;
  // Each line clears what it leaves of the last drawing.
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line); ++drawn_lines_)
    out << line << kClearLine << '\n';
  out << kClearBelow;
  out.flush();
}

void LiveBoard::update(const std::string& run, const std::string& tag,
                       const Update& update) {
  Row& row = rows_[{run, tag}];
  row.last = update;
  row.fresh = true;
  for (const double number : update.numbers) {
    row.trend.push_back(number);
    if (row.trend.size() > kTrendValues) row.trend.pop_front();
  }
}

void LiveBoard::print(std::ostream& out, const Terminal& terminal, double now) {
  Table table(
      {{.title = "RUN", .shorten = Shorten::kMiddle, .style = Style::kCyan},
       {.title = "TAG", .shorten = Shorten::kMiddle},
       {.title = "STEP", .align = Align::kRight},
       {.title = "VALUE", .shorten = Shorten::kEnd},
       {.title = "AGE",
        .align = Align::kRight,
        .style = Style::kDim,
        .expendable = 1},
       {.title = "COUNT",
        .align = Align::kRight,
        .style = Style::kDim,
        .expendable = 3},
       {.title = "TREND", .style = Style::kYellow, .expendable = 2}});
  const int trend_columns =
      std::clamp(terminal.chart_width() - kUsualOtherColumns,
                 kLeastTrendColumns, kMostTrendColumns);
  // A line for the titles, one for what is said around the table, and one for
  // the cursor below.
  const size_t room = terminal.height > 6
                          ? static_cast<size_t>(terminal.height) - 5
                          : std::min<size_t>(rows_.size(), 1);
  std::string before;
  size_t shown = 0;
  for (auto& [name, row] : rows_) {
    if (shown == room) break;
    ++shown;
    const std::string run = name.first == before ? "" : printable(name.first);
    before = name.first;
    table.add({run, printable(name.second), std::to_string(row.last.step),
               row.last.text, age_text(now - row.last.wall_time),
               std::to_string(row.last.count),
               sparkline({row.trend.begin(), row.trend.end()},
                         static_cast<size_t>(trend_columns), terminal.ascii)},
              row.fresh);
    row.fresh = false;
  }
  if (!rows_.empty()) table.print(out, terminal);
  if (shown < rows_.size())
    out << terminal.ellipsis() << " and " << rows_.size() - shown
        << " more; --tag chooses\n";
}

}  // namespace tblog::tool
