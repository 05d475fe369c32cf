// SPDX-License-Identifier: Apache-2.0
//
// Values for people, each kind in its own way.

#ifndef TBLOG_TOOLS_TBLOG_VALUE_PRINTER_H_
#define TBLOG_TOOLS_TBLOG_VALUE_PRINTER_H_

#include <ostream>
#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {

// Where values are printed to, and how much of each.
struct Page {
  std::ostream& out;
  const Terminal& terminal;
  bool whole = false;  // long tables and trees are not shortened

  // Rows of a long table: the first and last few, unless the page is whole.
  static constexpr size_t kTableEnds = 10;
  bool shortens(size_t rows) const {
    return !whole && rows > 2 * kTableEnds + 1;
  }
  void print_dim(const std::string& line) const;
};

// All throw UnreadableValue. `mesh` is the mesh whose vertices the series has,
// or null.
void print_scalars(const Page& page, const Series& series,
                   const std::vector<size_t>& indices);
void print_sessions(const Page& page, const Series& series,
                    const std::vector<size_t>& indices);
void print_value(const Page& page, const Series& series, size_t index,
                 const MeshSeries* mesh);
void print_embedding(const Page& page, const EmbeddingFiles& embedding);

// Of one kind each, for print_value().
void print_histogram(const Page& page, const HistogramValue& value);
void print_images(const Page& page, const ImageValue& value);
void print_clips(const Page& page, const AudioValue& value);
void print_text(const Page& page, const TextValue& value);
void print_tensor(const Page& page, const TensorValue& value);
void print_pr_curve(const Page& page, const PrCurveValue& value);
void print_mesh(const Page& page, const MeshValue& value);
void print_layout(const Page& page, const LayoutValue& value);
void print_hparams(const Page& page, const HParamsValue& value);
void print_graph(const Page& page, const GraphDefValue& value);
void print_run_metadata(const Page& page, const RunMetadataValue& value);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_VALUE_PRINTER_H_
