// SPDX-License-Identifier: Apache-2.0
//
// CSV (RFC 4180): the fields that we write, and the rows that we read.

#ifndef TBLOG_TOOLS_TBLOG_CSV_H_
#define TBLOG_TOOLS_TBLOG_CSV_H_

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tblog::tool {

// A text as a field: in quotes where it needs them. One that begins with '=',
// '+', '-', '@', tab or carriage return, which a spreadsheet would take for a
// formula, gets an apostrophe before it; so does one that begins with an
// apostrophe before one of these, so that unprotected() gives each text back.
std::string csv_text(std::string_view text);

// The same for a person at a terminal, which must not get what a text may hold:
// control characters stand as escapes, as in printable().
std::string shown_csv_text(std::string_view text);

// A number as a field: the shortest that reads back as the same double; "NaN",
// "inf", "-inf".
std::string csv_number(double value);

// The text of a field without the apostrophe that csv_text() put before it.
std::string unprotected(std::string field);

// Rows of a CSV file. A quoted field may hold separators and line breaks.
class CsvReader {
 public:
  // `separator`: 0: a comma, a semicolon or a tab, whichever the first line has
  // most of.
  explicit CsvReader(std::istream& in, char separator = 0)
      : in_(in), separator_(separator) {}

  // The next row that is not empty; none at the end, or where damaged() says
  // so.
  std::optional<std::vector<std::string>> next();
  // Of the first line of the row that next() gave, counted from 1.
  size_t line() const { return row_line_; }
  // Why the last row could not be read; empty: it could.
  const std::string& damaged() const { return damaged_; }

 private:
  bool read_line(std::string& line);

  std::istream& in_;
  char separator_;
  size_t line_ = 0;
  size_t row_line_ = 0;
  std::string damaged_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_CSV_H_
