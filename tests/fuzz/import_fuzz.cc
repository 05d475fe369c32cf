// SPDX-License-Identifier: Apache-2.0
//
// What `tblog import` reads: the first byte chooses between a CSV file and a
// log, whose first line is the pattern.

#include <sstream>

#include "tests/fuzz/fuzz_file.h"
#include "tools/tblog/csv.h"
#include "tools/tblog/failure.h"
#include "tools/tblog/imported_rows.h"
#include "tools/tblog/log_lines.h"

namespace {

using tblog::fuzz::check;
namespace tool = tblog::tool;

void read_fields(const std::vector<std::string>& row) {
  for (const std::string& field : row) {
    (void)tool::parse_step(field);
    (void)tool::parse_wall_time(field);
    (void)tool::unprotected(field);
  }
}

void read_csv(const std::string& text) {
  std::istringstream in(text);
  tool::CsvReader reader(in);
  const auto header = reader.next();
  if (!header) return;
  (void)tool::RowFields(*header, {});
  size_t bytes = 0;
  while (const auto row = reader.next()) {
    read_fields(*row);
    for (const std::string& field : *row) bytes += field.size();
  }
  check(bytes <= text.size(), "fields come from nowhere");
}

void read_log(const std::string& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const tool::LinePattern pattern(text.substr(0, end));
  (void)tool::RowFields(pattern.names(), {});
  std::istringstream in(text.substr(end));
  tool::LogLines lines(in);
  for (std::string line; lines.next(line);) {
    check(line.find('\x1b') == std::string::npos, "an escape stays");
    const auto row = pattern.match(line);
    if (!row) continue;
    check(row->size() == pattern.names().size(), "a group is missing");
    read_fields(*row);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(tblog::fuzz::view(data + 1, size - 1));
  try {
    data[0] % 2 == 0 ? read_csv(text) : read_log(text);
  } catch (const tool::Failure&) {  // told to the user
  }
  return 0;
}
