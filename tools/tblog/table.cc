// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/table.h"

#include <algorithm>

#include "tools/tblog/display_text.h"

namespace tblog::tool {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kMinShortened = 6;  // a column is not shortened below this
// Rather than shorten a name or a text below these, an expendable column goes.
constexpr size_t kUnhurtName = 24;
constexpr size_t kUnhurtText = 12;
constexpr size_t kLeftOut = SIZE_MAX;  // the width of a column that went

size_t total_width(const std::vector<size_t>& widths) {
  size_t total = 0;
  for (const size_t width : widths) {
    if (width != kLeftOut) total += width + kGap;
  }
  return total == 0 ? 0 : total - kGap;
}

std::string padded(const std::string& cell, size_t width, Align align) {
  const std::string blanks(width - std::min(width, display_width(cell)), ' ');
  return align == Align::kLeft ? cell + blanks : blanks + cell;
}

}  // namespace

std::vector<size_t> Table::fitted_widths(size_t available) const {
  std::vector<size_t> widths;
  std::vector<size_t> least;  // that a column can be shortened to
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = 0;
    for (const auto& row : rows_)
      width = std::max(width, display_width(row[i]));
    least.push_back(columns_[i].shorten == Shorten::kNever
                        ? std::max(width, kMinShortened)
                        : kMinShortened);
    widths.push_back(std::max(width, display_width(columns_[i].title)));
  }
  const auto shortest = [&] {
    std::vector<size_t> result = widths;
    for (size_t i = 0; i < result.size(); ++i) {
      if (result[i] == kLeftOut) continue;
      const size_t unhurt = columns_[i].unhurt > 0 ? columns_[i].unhurt
                            : columns_[i].shorten == Shorten::kMiddle
                                ? kUnhurtName
                                : kUnhurtText;
      result[i] = std::min(result[i], std::max(unhurt, least[i]));
    }
    return total_width(result);
  };
  while (shortest() > available) {
    const auto next = std::max_element(
        columns_.begin(), columns_.end(),
        [&](const Column& a, const Column& b) {
          const auto rank = [&](const Column& c) {
            return widths[&c - columns_.data()] == kLeftOut ? 0 : c.expendable;
          };
          return rank(a) < rank(b);
        });
    const size_t index = static_cast<size_t>(next - columns_.begin());
    if (next->expendable == 0 || widths[index] == kLeftOut) break;
    widths[index] = kLeftOut;
  }
  while (total_width(widths) > available) {
    size_t widest = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] != kLeftOut && widths[i] > least[i] &&
          (widest == columns_.size() || widths[i] > widths[widest]))
        widest = i;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
  }
  return widths;
}

void Table::print_row(const Place& place, const std::vector<std::string>& cells,
                      RowLook look) const {
  const std::string_view ellipsis = place.terminal.ellipsis();
  std::string line(place.indent);
  size_t blanks = 0;  // kept back, so that no line ends in blanks
  for (size_t i = 0; i < columns_.size(); ++i) {
    const size_t width = place.widths[i];
    if (width == kLeftOut) continue;
    const Column& column = columns_[i];
    std::string cell =
        column.shorten == Shorten::kEnd ? cut(cells[i], width, ellipsis)
        : column.shorten == Shorten::kMiddle || look == RowLook::kTitle
            ? shortened(cells[i], width, ellipsis)
            : cells[i];
    cell = padded(cell, width, column.align);
    const size_t begin = cell.find_first_not_of(' ');
    if (begin == std::string::npos) {
      blanks += cell.size() + kGap;
      continue;
    }
    const size_t end = cell.find_last_not_of(' ') + 1;
    line += std::string(blanks + begin, ' ');
    const bool bold = look == RowLook::kTitle ||
                      (look == RowLook::kBold && column.style == Style::kPlain);
    line += styled(place.terminal, bold ? Style::kBold : column.style,
                   cell.substr(begin, end - begin));
    blanks = cell.size() - end + kGap;
  }
  place.out << line << '\n';
}

void Table::print_titles(const Place& place) const {
  std::vector<std::string> titles;
  bool any_title = false;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    any_title = any_title || !column.title.empty();
  }
  if (any_title) print_row(place, titles, RowLook::kTitle);
}

void Table::print_rows(const Place& place) const {
  for (size_t i = 0; i < rows_.size(); ++i)
    print_row(place, rows_[i], bold_[i] ? RowLook::kBold : RowLook::kPlain);
}

size_t Table::print(std::ostream& out, const Terminal& terminal,
                    std::string_view indent) const {
  const size_t available =
      terminal.width == 0
          ? SIZE_MAX
          : static_cast<size_t>(terminal.width) -
                std::min(indent.size(), static_cast<size_t>(terminal.width));
  const std::vector<size_t> widths = fitted_widths(available);
  const Place place{out, terminal, widths, indent};
  print_titles(place);
  print_rows(place);
  return static_cast<size_t>(
      std::count(widths.begin(), widths.end(), kLeftOut));
}

void Table::print_some(std::ostream& out, const Terminal& terminal) {
  const bool is_first = widths_.empty();
  if (is_first) {
    widths_ = fitted_widths(
        terminal.width == 0 ? SIZE_MAX : static_cast<size_t>(terminal.width));
  } else if (terminal.width == 0) {  // nothing is cut where nobody looks
    const std::vector<size_t> wanted = fitted_widths(SIZE_MAX);
    for (size_t i = 0; i < widths_.size(); ++i)
      widths_[i] = std::max(widths_[i], wanted[i]);
  }
  const Place place{out, terminal, widths_, ""};
  if (is_first) print_titles(place);
  print_rows(place);
  rows_.clear();
  bold_.clear();
}

}  // namespace tblog::tool
