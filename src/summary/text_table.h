// SPDX-License-Identifier: Apache-2.0
//
// Tables of text: DT_STRING of rank 2, of which TensorBoard renders each cell
// as Markdown. It makes no header cells of any tensor; those of a table that is
// one Markdown text would break at cells with a line feed or a bar.

#ifndef TBLOG_SRC_SUMMARY_TEXT_TABLE_H_
#define TBLOG_SRC_SUMMARY_TEXT_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/strings.h"
#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"
#include "src/summary/text.h"
#include "tblog/text_table.h"

namespace tblog::internal {

// `text` in bold, without the white space around it, beside which asterisks
// would be asterisks.
inline std::string bold(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  const size_t end = text.find_last_not_of(kSpace) + 1;
  return "**" + std::string(text.substr(begin, end - begin)) + "**";
}

// A TensorProto of [rows, cells of the longest row]; missing cells are empty.
// Sets `replaced` where a cell was not UTF-8 and got U+FFFD. Errors:
// InvalidArgument for a table without cells, which TensorBoard's page cannot
// show.
inline absl::StatusOr<std::string> encode_text_table(
    const TextTable& rows, const TextTableOptions& options, bool& replaced) {
  size_t columns = 0;
  for (const auto& row : rows) columns = std::max(columns, row.size());
  if (columns == 0) return absl::InvalidArgumentError("the table has no cells");
  // Views point into it, so that it must not grow.
  std::vector<std::string> mended;
  mended.reserve((rows.size() + 1) * columns);
  std::vector<std::string_view> cells;
  cells.reserve(rows.size() * columns);
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < columns; ++c) {
      std::string_view cell;
      if (c < rows[r].size()) cell = rows[r][c];
      if (!is_valid_utf8(cell)) {
        replaced = true;
        cell = mended.emplace_back(to_valid_utf8(cell));
      }
      if (options.header && r == 0) cell = mended.emplace_back(bold(cell));
      cells.push_back(cell);
    }
  }
  const int64_t shape[] = {static_cast<int64_t>(rows.size()),
                           static_cast<int64_t>(columns)};
  return encode_strings_tensor(shape, cells);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_TEXT_TABLE_H_
