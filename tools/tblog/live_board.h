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
#include <vector>

#include "tools/tblog/terminal.h"

namespace tblog::tool {

// Text that is drawn over itself again and again.
class LiveScreen {
 public:
  void draw(std::ostream& out, const Terminal& terminal,
            const std::string& text);

 private:
  size_t drawn_lines_ = 0;
  int width_ = 0;
  int height_ = 0;
};

class LiveBoard {
 public:
  // What is new of a series.
  struct Update {
    uint64_t count = 0;  // of all values
    int64_t step = 0;    // of the last one
    double wall_time = 0;
    std::string text;             // the last one, printable()
    std::vector<double> numbers;  // new ones, which the trend is drawn of
  };
  void update(const std::string& run, const std::string& tag,
              const Update& update);

  // In the order of runs and tags, as many as the terminal has lines for; those
  // that were updated since the last time are bold. `now`: seconds since the
  // epoch.
  void print(std::ostream& out, const Terminal& terminal, double now);

  size_t series() const { return rows_.size(); }

  // Values that a trend is made of.
  static constexpr size_t kTrendValues = 400;

 private:
  struct Row {
    Update last;
    std::deque<double> trend;
    bool fresh = true;
  };
  std::map<std::pair<std::string, std::string>, Row> rows_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_LIVE_BOARD_H_
