// SPDX-License-Identifier: Apache-2.0
//
// What is common to the views, and the views as text.

#include "tools/tblog/histograms_over_time.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "tools/tblog/bars.h"
#include "tools/tblog/canvas.h"
#include "tools/tblog/color_ramp.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/text_axis.h"

namespace tblog::tool {
namespace {

// TensorBoard's page rebins to so many, and gives a ridge so much of the
// height.
constexpr size_t kPageBins = 30;
constexpr double kRidgeShare = 0.4;

bool counts(const HistogramBucket& bucket) {
  return std::isfinite(bucket.left) && std::isfinite(bucket.right) &&
         std::isfinite(bucket.count) && bucket.count > 0;
}

// From the least edge to the largest, with room around a single number.
Axis range_of(const std::vector<HistogramValue>& values) {
  Axis axis;
  bool any = false;
  for (const HistogramValue& value : values) {
    for (const HistogramBucket& bucket : value.buckets) {
      if (!counts(bucket)) continue;
      axis.low = any ? std::min(axis.low, bucket.left) : bucket.left;
      axis.high = any ? std::max(axis.high, bucket.right) : bucket.right;
      any = true;
    }
  }
  if (!any) return {};
  if (axis.low >= axis.high) {
    const double room = std::max(std::abs(axis.low) * 0.05, 1e-12);
    axis.low -= room;
    axis.high += room;
  }
  return axis;
}

void add_bucket(const HistogramBucket& bucket, const Axis& axis,
                std::vector<double>& bins) {
  const auto n = static_cast<double>(bins.size());
  const double left = within_unit(axis.position(bucket.left)) * n;
  const double right = within_unit(axis.position(bucket.right)) * n;
  const size_t first = std::min(static_cast<size_t>(left), bins.size() - 1);
  if (!(right > left)) {
    bins[first] += bucket.count;
    return;
  }
  for (size_t i = first; i < bins.size() && static_cast<double>(i) < right;
       ++i) {
    const double begin = std::max(left, static_cast<double>(i));
    const double end = std::min(right, static_cast<double>(i) + 1);
    bins[i] += bucket.count * (end - begin) / (right - left);
  }
}

double largest_of(const std::vector<std::vector<double>>& rows) {
  double most = 0;
  for (const std::vector<double>& row : rows) {
    for (const double x : row) most = std::max(most, x);
  }
  return most;
}

// The height of a ridge at a position from 0 to 1: straight lines between the
// middles of the bins.
double height_at(const std::vector<double>& bins, double position) {
  const auto last = static_cast<double>(bins.size() - 1);
  const double at =
      std::clamp(position * static_cast<double>(bins.size()) - 0.5, 0.0, last);
  const auto below = static_cast<size_t>(at);
  const double above = bins[std::min(below + 1, bins.size() - 1)];
  return bins[below] +
         (above - bins[below]) * (at - static_cast<double>(below));
}

void draw_ridge(Canvas& canvas, const std::vector<double>& bins, double most,
                int baseline, size_t layer) {
  const double tallest = (canvas.dots_high() - 1) * kRidgeShare;
  int before = baseline;
  for (int x = 0; x < canvas.dots_wide(); ++x) {
    const double height = height_at(bins, (x + 0.5) / canvas.dots_wide());
    const int y =
        baseline -
        static_cast<int>(std::lround(within_unit(height / most) * tallest));
    // What stands behind it is hidden.
    for (int hidden = y; hidden <= baseline; ++hidden) canvas.clear(x, hidden);
    canvas.line(x, x == 0 ? y : before + (y > before) - (y < before), x, y,
                layer);
    if (y == before) canvas.dot(x, y, layer);
    before = y;
  }
}

// Of a heat map without colour.
std::string shade(double share, bool ascii) {
  constexpr const char* kShades[] = {" ", "░", "▒", "▓", "█"};
  constexpr const char* kAsciiShades[] = {" ", ".", ":", "+", "#"};
  // Something is not nothing.
  const auto level =
      static_cast<size_t>(std::ceil(within_unit(share) * 4 - 1e-9));
  return ascii ? kAsciiShades[std::min<size_t>(level, 4)]
               : kShades[std::min<size_t>(level, 4)];
}

// Two bins a character, the upper one's colour in front.
std::string half_blocks(const std::vector<std::vector<double>>& columns,
                        size_t upper) {
  std::string line;
  std::string before;
  for (const std::vector<double>& bins : columns) {
    const double top = bins[upper];
    const double bottom = bins[upper - 1];
    std::string cell = "\x1b[0m";
    if (top > 0) cell += sgr_color(38, heat_color(top));
    if (bottom > 0) cell += sgr_color(top > 0 ? 48 : 38, heat_color(bottom));
    if (cell != before) line += cell;
    before = cell;
    line += top > 0 ? "▀" : bottom > 0 ? "▄" : " ";
  }
  return line + "\x1b[0m";
}

}  // namespace

CommonBins common_bins(const std::vector<HistogramValue>& values, size_t bins) {
  CommonBins common;
  common.axis = range_of(values);
  for (const HistogramValue& value : values) {
    common.counts.emplace_back(bins);
    for (const HistogramBucket& bucket : value.buckets) {
      if (counts(bucket)) add_bucket(bucket, common.axis, common.counts.back());
    }
  }
  return common;
}

std::vector<size_t> evenly_chosen(size_t size, size_t count) {
  std::vector<size_t> chosen;
  const size_t n = std::min(size, std::max<size_t>(count, 1));
  for (size_t i = 0; i < n; ++i)
    chosen.push_back(n == 1 ? size - 1 : i * (size - 1) / (n - 1));
  return chosen;
}

void print_ridges(std::ostream& out, const Terminal& terminal,
                  const HistogramsOverTime& histograms, int rows) {
  const CommonBins common = common_bins(histograms.values, kPageBins);
  const double most = std::max(largest_of(common.counts), 1e-300);
  const int dots = rows * Canvas::kDotsHigh;
  const int first_baseline =
      static_cast<int>(std::ceil((dots - 1) * kRidgeShare));
  // Each has a row of its own for its step.
  const std::vector<size_t> shown = evenly_chosen(
      histograms.steps.size(),
      static_cast<size_t>((dots - 1 - first_baseline) / Canvas::kDotsHigh) + 1);
  size_t label_columns = 0;
  for (const size_t i : shown)
    label_columns =
        std::max(label_columns, std::to_string(histograms.steps[i]).size());
  Canvas canvas(
      terminal.chart_width() - static_cast<int>(label_columns) - 3 - 4, rows,
      ridge_colors(shown.size()));
  std::vector<std::string> labels(static_cast<size_t>(rows));
  for (size_t i = 0; i < shown.size(); ++i) {
    const int baseline =
        shown.size() == 1
            ? dots - 1
            : first_baseline +
                  static_cast<int>(std::lround(
                      (dots - 1 - first_baseline) * static_cast<double>(i) /
                      static_cast<double>(shown.size() - 1)));
    draw_ridge(canvas, common.counts[shown[i]], most, baseline, i);
    labels[static_cast<size_t>(baseline / Canvas::kDotsHigh)] =
        std::to_string(histograms.steps[shown[i]]);
  }
  const std::string indent(4, ' ');
  bool begun = false;  // the first ridges may be low
  for (int row = 0; row < rows; ++row) {
    const std::string& label = labels[static_cast<size_t>(row)];
    begun = begun || !canvas.row(row, terminal).empty();
    if (!begun) continue;
    out << indent << canvas.row(row, terminal, !label.empty())
        << (label.empty() ? "" : " ") << styled(terminal, Style::kDim, label)
        << '\n';
  }
  print_bottom_axis(
      out, terminal,
      {common.axis, nice_ticks(common.axis, std::max(2, canvas.columns() / 12)),
       ""},
      canvas.columns(), 3);
}

HeatMap heat_map(const HistogramsOverTime& histograms, size_t columns,
                 size_t bins) {
  HeatMap map;
  CommonBins common = common_bins(histograms.values, bins);
  map.values = common.axis;
  for (std::vector<double>& counts : common.counts) {
    double sum = 0;
    for (const double count : counts) sum += count;
    for (double& count : counts) count /= sum > 0 ? sum : 1;
  }
  const std::vector<int64_t>& steps = histograms.steps;
  const auto first = static_cast<double>(steps.front());
  const auto last = static_cast<double>(steps.back());
  const double gap =
      last > first ? (last - first) / static_cast<double>(steps.size() - 1) : 1;
  map.steps.low = first;
  map.steps.high = last + gap;
  size_t next = 0;
  for (size_t column = 0; column < columns; ++column) {
    const double end = map.steps.low + (map.steps.high - map.steps.low) *
                                           static_cast<double>(column + 1) /
                                           static_cast<double>(columns);
    std::vector<double> mean(bins);
    size_t begin = next;
    while (next < steps.size() &&
           (static_cast<double>(steps[next]) < end || next == 0))
      ++next;
    if (begin == next) begin = next - 1;
    for (size_t i = begin; i < next; ++i) {
      for (size_t bin = 0; bin < bins; ++bin)
        mean[bin] += common.counts[i][bin] / static_cast<double>(next - begin);
    }
    map.columns.push_back(std::move(mean));
  }
  if (const double most = largest_of(map.columns); most > 0) {
    for (std::vector<double>& column : map.columns) {
      // Most of what is there is far below the peak.
      for (double& share : column) share = std::sqrt(share / most);
    }
  }
  return map;
}

void print_heat_map(std::ostream& out, const Terminal& terminal,
                    const HistogramsOverTime& histograms, int rows) {
  const bool blocks = terminal.color && !terminal.ascii;
  const size_t bins_a_row = blocks ? 2 : 1;
  const LeftAxis left(common_bins(histograms.values, 1).axis, rows);
  const std::string indent(2, ' ');
  const int columns = std::max(8, terminal.chart_width() - left.columns() -
                                      static_cast<int>(indent.size()) - 1);
  const HeatMap map = heat_map(histograms, static_cast<size_t>(columns),
                               static_cast<size_t>(rows) * bins_a_row);
  for (int row = 0; row < rows; ++row) {
    out << indent << left.row(row, terminal);
    const size_t top = static_cast<size_t>(rows - row) * bins_a_row - 1;
    if (blocks) {
      out << half_blocks(map.columns, top) << '\n';
      continue;
    }
    std::string line;
    for (const std::vector<double>& bins : map.columns)
      line += shade(bins[top], terminal.ascii);
    line.resize(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
  print_bottom_axis(
      out, terminal,
      {map.steps, nice_ticks(map.steps, std::max(2, columns / 12), 1), "step"},
      columns, left.columns() - 1 + static_cast<int>(indent.size()));
}

}  // namespace tblog::tool
