// SPDX-License-Identifier: Apache-2.0
//
// Aligned columns that fit a width: columns that say least go first, then the
// long ones are shortened.

#ifndef TBLOG_TOOLS_TBLOG_TABLE_H_
#define TBLOG_TOOLS_TBLOG_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/tblog/terminal.h"

namespace tblog::tool {

enum class Align : uint8_t { kLeft, kRight };

// How a column that is too wide is shortened: in its middle (names), at its end
// (texts), or not at all but for its title (numbers).
enum class Shorten : uint8_t { kNever, kMiddle, kEnd };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  Shorten shorten = Shorten::kNever;
  Style style = Style::kPlain;
  // Where the width is short, the column with the largest number is left out
  // first; 0: never.
  int expendable = 0;
  // Rather than shorten it below this, an expendable column goes. 0: 24 where
  // the middle is left out, else 12.
  size_t unhurt = 0;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column, printable(). `bold`: the cells without a style are.
  void add(std::vector<std::string> cells, bool bold = false) {
    rows_.push_back(std::move(cells));
    bold_.push_back(bold);
  }

  // Title line (where a column has a title) and rows, no longer than the
  // terminal's width where that is known and at least 20. How many columns were
  // left out for that.
  size_t print(std::ostream& out, const Terminal& terminal,
               std::string_view indent = "") const;
  // The same of the rows that were added since it was called last, for tables
  // that would be long in coming: columns are as wide as the first ones need.
  void print_some(std::ostream& out, const Terminal& terminal);

  size_t rows() const { return rows_.size(); }

 private:
  enum class RowLook : uint8_t { kPlain, kBold, kTitle };
  // Where rows go.
  struct Place {
    std::ostream& out;
    const Terminal& terminal;
    const std::vector<size_t>& widths;
    std::string_view indent;
  };

  std::vector<size_t> fitted_widths(size_t available) const;
  void print_titles(const Place& place) const;
  void print_rows(const Place& place) const;
  void print_row(const Place& place, const std::vector<std::string>& cells,
                 RowLook look) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<bool> bold_;      // a row each
  std::vector<size_t> widths_;  // of print_some()
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_TABLE_H_
