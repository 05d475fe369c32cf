// SPDX-License-Identifier: Apache-2.0
//
// Rows of cells that are logged as a table.

#ifndef TBLOG_TEXT_TABLE_H_
#define TBLOG_TEXT_TABLE_H_

#include <string>
#include <vector>

namespace tblog {

// Rows from the top, cells from the left, each Markdown: `{{"layer", "shape"},
// {"conv1", "[16, 3, 3]"}}`.
using TextTable = std::vector<std::vector<std::string>>;

struct TextTableOptions {
  // Whether the first row names the columns. TensorBoard's tables have no head,
  // so that its cells are written in bold.
  bool header = false;
};

}  // namespace tblog

#endif  // TBLOG_TEXT_TABLE_H_
