// SPDX-License-Identifier: Apache-2.0
//
// The input is a tag, a run's name or a text. It reaches no terminal as a
// command, leaves no directory as a file's name, and is no formula in a
// spreadsheet.

#include <sstream>

#include "tests/fuzz/fuzz_file.h"
#include "tools/tblog/csv.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/log_lines.h"
#include "tools/tblog/output_folder.h"

namespace {

using tblog::fuzz::check;
namespace tool = tblog::tool;

bool has_control(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
    // U+0080 to U+009F, which terminals obey too.
    if (c == 0xc2 && i + 1 < text.size() &&
        static_cast<uint8_t>(text[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

void check_display(const std::string& text) {
  const std::string shown = tool::printable(text);
  check(!has_control(shown), "a control character is shown");
  for (const std::string& line : tool::printable_lines(text))
    check(!has_control(line), "a line has a control character");
  for (const size_t width : {1u, 7u, 40u}) {
    check(tool::display_width(tool::shortened(shown, width)) <= width,
          "shortened, and still too wide");
    check(tool::display_width(tool::cut(shown, width)) <= width,
          "cut, and still too wide");
  }
}

void check_file_name(const std::string& text) {
  const std::string name = tool::safe_file_name(text);
  check(!name.empty() && name.size() <= 200 && name[0] != '.' &&
            name.find('/') == std::string::npos && !has_control(name),
        "no file name");
}

void check_csv(const std::string& text) {
  const std::string field = tool::csv_text(text);
  const size_t first = field.starts_with('"') ? 1 : 0;
  check(field.size() <= first ||
            std::string_view("=+-@\t\r").find(field[first]) ==
                std::string_view::npos,
        "a formula");
  std::istringstream in(field + ",end\n");
  tool::CsvReader reader(in, ',');
  const auto row = reader.next();
  check(row && row->size() == 2, "no row");
  check(tool::unprotected((*row)[0]) == text, "another text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(tblog::fuzz::view(data, size));
  check_display(text);
  check_file_name(text);
  check_csv(text);
  check(tool::without_escapes(text).find('\x1b') == std::string::npos,
        "an escape stays");
  return 0;
}
