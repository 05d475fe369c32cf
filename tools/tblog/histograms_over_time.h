// SPDX-License-Identifier: Apache-2.0
//
// The histograms of one tag side by side, on common bins: as ridges, which is
// how TensorBoard's page of histograms shows them, and as a heat map over the
// steps and the values, which are the axes of its page of distributions.

#ifndef TBLOG_TOOLS_TBLOG_HISTOGRAMS_OVER_TIME_H_
#define TBLOG_TOOLS_TBLOG_HISTOGRAMS_OVER_TIME_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tools/tblog/curve.h"
#include "tools/tblog/drawing.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {

// A value each step; the steps rise.
struct HistogramsOverTime {
  std::string title;  // printable()
  std::vector<int64_t> steps;
  std::vector<HistogramValue> values;
};

// Bins of the same width from the least edge of all histograms to the largest.
struct CommonBins {
  Axis axis;
  // Of each histogram: of a bucket's count a bin has what it has of the
  // bucket's width. What is not finite does not count.
  std::vector<std::vector<double>> counts;
};
CommonBins common_bins(const std::vector<HistogramValue>& values, size_t bins);

// At most `count` indices below `size`, the first and the last among them.
std::vector<size_t> evenly_chosen(size_t size, size_t count);

// ---- Ridges ----

// A ridge a step, one before the other, the last one in front. Where there are
// more than have room, evenly chosen ones.
void print_ridges(std::ostream& out, const Terminal& terminal,
                  const HistogramsOverTime& histograms, int rows);

// ---- Heat map ----

// Columns from the first step to the end of the last: the mean of the steps
// that are in it, or the step before it.
struct HeatMap {
  Axis steps;
  Axis values;
  // [column][bin], 0 to 1: the root of the share of the step's values, so that
  // tails are seen beside peaks.
  std::vector<std::vector<double>> columns;
};
HeatMap heat_map(const HistogramsOverTime& histograms, size_t columns,
                 size_t bins);

// Steps to the right, values upwards; the colour, or the shade where there is
// none, says how much of a step's values is there.
void print_heat_map(std::ostream& out, const Terminal& terminal,
                    const HistogramsOverTime& histograms, int rows);

// ---- Pictures ----

enum class HistogramView : unsigned char { kRidges, kHeat };

// The histograms below each other as one picture.
std::string svg_document(const std::vector<HistogramsOverTime>& all,
                         HistogramView view);
std::string png_document(const std::vector<HistogramsOverTime>& all,
                         HistogramView view);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_HISTOGRAMS_OVER_TIME_H_
