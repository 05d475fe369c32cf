// SPDX-License-Identifier: Apache-2.0
//
// The last values of many series, redrawn in place on a terminal.

#ifndef TBLOG_TOOLS_TBLOG_LIVE_BOARD_H_
#define TBLOG_TOOLS_TBLOG_LIVE_BOARD_H_

#include <cstdint>
#include <deque>
#include <map>
#include <ostream>
#include <string>
#include <utility>

#include "tools/tblog/terminal.h"

namespace tblog::tool {

class LiveBoard {
 public:
  // `number`: what the trend is drawn of; NaN: there is none. `text`:
  // printable().
  void add(const std::string& run, const std::string& tag, int64_t step,
           double wall_time, double number, const std::string& text);

  // Draws it over the last drawing. `now`: seconds since the epoch.
  void draw(std::ostream& out, const Terminal& terminal, double now);

  bool empty() const { return rows_.empty(); }

 private:
  struct Row {
    int64_t step = 0;
    double wall_time = 0;
    std::string text;
    std::deque<double> trend;  // the last values
    uint64_t count = 0;
  };
  std::map<std::pair<std::string, std::string>, Row> rows_;
  size_t drawn_lines_ = 0;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_LIVE_BOARD_H_
