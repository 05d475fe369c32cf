// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tools/tblog/display_text.h"

namespace tblog::tool {
namespace {

// More than any line of numbers has; a hostile file ends here.
constexpr size_t kMaxRowBytes = size_t{16} << 20;

constexpr std::string_view kFormulaStarts = "=+-@\t\r";

bool starts_formula(std::string_view text) {
  return !text.empty() &&
         kFormulaStarts.find(text.front()) != std::string_view::npos;
}

// Whether csv_text() puts an apostrophe before it.
bool is_protected(std::string_view text) {
  while (text.starts_with('\'')) text.remove_prefix(1);
  return starts_formula(text);
}

char most_frequent_separator(std::string_view line) {
  char best = ',';
  for (const char one : {';', '\t'}) {
    if (std::count(line.begin(), line.end(), one) >
        std::count(line.begin(), line.end(), best))
      best = one;
  }
  return best;
}

}  // namespace

std::string csv_text(std::string_view text) {
  std::string field = is_protected(text) ? "'" : "";
  field += text;
  if (field.find_first_of(",;\"\r\n\t") == std::string::npos &&
      !field.starts_with(' ') && !field.ends_with(' '))
    return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string shown_csv_text(std::string_view text) {
  return csv_text(printable(text));
}

std::string csv_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[40];
  // Whole numbers are written as such: 1000000000, not 1e+09.
  if (std::abs(value) < 1e15 && std::floor(value) == value)
    return {text, std::to_chars(text, text + sizeof text, value,
                                std::chars_format::fixed)
                      .ptr};
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string unprotected(std::string field) {
  if (field.starts_with('\'') && is_protected(field)) field.erase(0, 1);
  return field;
}

bool CsvReader::read_line(std::string& line) {
  line.clear();
  for (int c = in_.get(); c != std::istream::traits_type::eof();
       c = in_.get()) {
    if (c == '\n') {
      ++line_;
      return true;
    }
    line += static_cast<char>(c);
    if (line.size() > kMaxRowBytes) {
      damaged_ = "a line of more than 16 MiB";
      return false;
    }
  }
  if (line.empty()) return false;
  ++line_;
  return true;
}

std::optional<std::vector<std::string>> CsvReader::next() {
  std::string line;
  do {
    if (!read_line(line)) return std::nullopt;
    if (line_ == 1 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
  } while (line.empty() || line == "\r");
  row_line_ = line_;
  if (separator_ == 0) separator_ = most_frequent_separator(line);
  std::vector<std::string> fields(1);
  bool quoted = false;
  size_t row_bytes = 0;
  while (true) {
    for (size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += line[i++];
      } else if (c == '"' && (quoted || fields.back().empty())) {
        quoted = !quoted;
      } else if (c == separator_ && !quoted) {
        fields.emplace_back();
      } else if (c != '\r' || quoted || i + 1 < line.size()) {
        fields.back() += c;
      }
    }
    if (!quoted) return fields;
    row_bytes += line.size() + 1;
    fields.back() += '\n';
    if (row_bytes > kMaxRowBytes || !read_line(line)) {
      damaged_ = "a quoted field that does not end";
      return std::nullopt;
    }
  }
}

}  // namespace tblog::tool
