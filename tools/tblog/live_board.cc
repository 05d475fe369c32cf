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

constexpr size_t kTrendValues = 120;
constexpr size_t kTrendColumns = 20;
constexpr char kClearLine[] = "\x1b[K";
constexpr char kClearBelow[] = "\x1b[J";

}  // namespace

void LiveBoard::add(const std::string& run, const std::string& tag,
                    int64_t step, double wall_time, double number,
                    const std::string& text) {
  Row& row = rows_[{run, tag}];
  row.step = step;
  row.wall_time = wall_time;
  row.text = text;
  ++row.count;
  if (std::isnan(number)) return;
  row.trend.push_back(number);
  if (row.trend.size() > kTrendValues) row.trend.pop_front();
}

void LiveBoard::draw(std::ostream& out, const Terminal& terminal, double now) {
  Table table(
      {{.title = "RUN", .shorten = Shorten::kMiddle, .style = Style::kCyan},
       {.title = "TAG", .shorten = Shorten::kMiddle},
       {.title = "STEP", .align = Align::kRight},
       {.title = "VALUE", .shorten = Shorten::kEnd, .style = Style::kBold},
       {.title = "AGE",
        .align = Align::kRight,
        .style = Style::kDim,
        .expendable = 1},
       {.title = "COUNT",
        .align = Align::kRight,
        .style = Style::kDim,
        .expendable = 3},
       {.title = "TREND", .style = Style::kYellow, .expendable = 2}});
  // A line for the titles, and one for the cursor below.
  const size_t room = terminal.height > 4
                          ? static_cast<size_t>(terminal.height) - 3
                          : rows_.size();
  std::string before;
  size_t shown = 0;
  for (const auto& [name, row] : rows_) {
    if (shown == room) break;
    ++shown;
    const std::string run = name.first == before ? "" : printable(name.first);
    before = name.first;
    table.add({run, printable(name.second), std::to_string(row.step), row.text,
               format_duration(std::max(0.0, now - row.wall_time)),
               std::to_string(row.count),
               sparkline({row.trend.begin(), row.trend.end()}, kTrendColumns,
                         terminal.ascii)});
  }
  std::ostringstream text;
  if (rows_.empty())
    text << "no values yet\n";
  else
    table.print(text, terminal);
  if (shown < rows_.size())
    text << terminal.ellipsis() << " and " << rows_.size() - shown
         << " more; --tag chooses\n";

  // Up to the begin of the last drawing; each line clears what it leaves of it.
  if (drawn_lines_ > 0) out << "\x1b[" << drawn_lines_ << "A\r";
  drawn_lines_ = 0;
  std::istringstream lines(text.str());
  for (std::string line; std::getline(lines, line); ++drawn_lines_)
    out << line << kClearLine << '\n';
  out << kClearBelow;
  out.flush();
}

}  // namespace tblog::tool
