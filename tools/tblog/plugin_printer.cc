// SPDX-License-Identifier: Apache-2.0
//
// Curves, meshes, layouts, hyperparameters, sessions, embeddings.

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

#include "tools/tblog/chart.h"
#include "tools/tblog/describe.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/number.h"
#include "tools/tblog/picture.h"
#include "tools/tblog/table.h"
#include "tools/tblog/value_json.h"
#include "tools/tblog/value_printer.h"

namespace tblog::tool {
namespace {

constexpr int kCurveRows = 12;
constexpr size_t kShownPoints = 10;  // of an embedding
constexpr size_t kShownDimensions = 6;

// Smallest and largest of every third number, from `first` on.
std::string range_text(const std::vector<float>& numbers, size_t first) {
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  for (size_t i = first; i < numbers.size(); i += 3) {
    if (!std::isfinite(numbers[i])) continue;
    low = std::min(low, double{numbers[i]});
    high = std::max(high, double{numbers[i]});
  }
  if (low > high) return "-";
  return format_value(low) + " to " + format_value(high);
}

void print_chart_content(const Page& page, const LayoutValue::Chart& chart) {
  page.out << "      "
           << styled(
                  page.terminal, Style::kBold,
                  chart.title.empty() ? "(no title)" : printable(chart.title))
           << '\n';
  for (const std::string& tag : chart.tags)
    page.out << "        " << printable(tag) << '\n';
  for (const LayoutValue::Margin& margin : chart.margins)
    page.out << "        " << printable(margin.value) << " between "
             << printable(margin.lower) << " and " << printable(margin.upper)
             << '\n';
}

// Most writers do not say when.
std::string time_text(double secs) {
  return secs == 0 ? "(no time)" : format_wall_time(secs);
}

void print_session_start(const Page& page,
                         const HParamsValue::SessionStart& start) {
  page.out << "    session begun " << time_text(start.start_time_secs);
  if (!start.group_name.empty())
    page.out << ", group " << printable(start.group_name);
  page.out << '\n';
  Table table({{.title = "HPARAM", .shorten = Shorten::kMiddle},
               {.title = "VALUE", .shorten = Shorten::kEnd}});
  for (const auto& [name, datum] : start.hparams)
    table.add({printable(name), datum_text(datum)});
  table.print(page.out, page.terminal, "    ");
}

std::string domain_text(const HParamsValue::HParam& hparam) {
  if (const auto* range = std::get_if<HParamsValue::Interval>(&hparam.domain))
    return format_value(range->min) + " to " + format_value(range->max);
  const auto* values =
      std::get_if<std::vector<HParamsValue::Datum>>(&hparam.domain);
  if (values == nullptr) return "";
  std::string text;
  for (const HParamsValue::Datum& datum : *values)
    text += (text.empty() ? "" : ", ") + datum_text(datum);
  return text;
}

void print_experiment(const Page& page,
                      const HParamsValue::Experiment& experiment) {
  page.out << "    experiment";
  if (!experiment.name.empty()) page.out << ' ' << printable(experiment.name);
  if (!experiment.user.empty())
    page.out << " by " << printable(experiment.user);
  page.out << '\n';
  for (const std::string& line : printable_lines(experiment.description))
    page.print_dim("  " + line);
  Table hparams({{.title = "HPARAM", .shorten = Shorten::kMiddle},
                 {.title = "TYPE", .style = Style::kDim},
                 {.title = "VALUES", .shorten = Shorten::kEnd}});
  for (const HParamsValue::HParam& hparam : experiment.hparams)
    hparams.add({printable(hparam.name), hparams_type_name(hparam.type),
                 domain_text(hparam)});
  hparams.print(page.out, page.terminal, "    ");
  Table metrics({{.title = "METRIC", .shorten = Shorten::kMiddle},
                 {.title = "RUN BELOW", .shorten = Shorten::kMiddle},
                 {.title = "NAME", .shorten = Shorten::kEnd},
                 {.title = "DATASET", .style = Style::kDim, .expendable = 1}});
  for (const HParamsValue::Metric& metric : experiment.metrics)
    metrics.add({printable(metric.tag), printable(metric.group),
                 printable(metric.display_name),
                 hparams_dataset_name(metric.dataset)});
  metrics.print(page.out, page.terminal, "    ");
}

// The first columns of the metadata and the first numbers of a point.
std::vector<std::string> point_cells(const EmbeddingValue& value, size_t point,
                                     size_t columns, size_t dimensions) {
  std::vector<std::string> cells;
  const size_t all_columns = value.columns.empty() ? 1 : value.columns.size();
  for (size_t i = 0; i < columns; ++i)
    cells.push_back(printable(value.metadata[point * all_columns + i]));
  const auto width = static_cast<size_t>(value.dimensions);
  for (size_t i = 0; i < dimensions; ++i)
    cells.push_back(format_value(value.values[point * width + i], 4));
  return cells;
}

void print_points(const Page& page, const EmbeddingValue& value) {
  const size_t columns =
      value.metadata.empty() ? 0 : std::max<size_t>(1, value.columns.size());
  const size_t dimensions =
      std::min(static_cast<size_t>(value.dimensions), kShownDimensions);
  std::vector<Column> titles;
  for (size_t i = 0; i < columns; ++i)
    titles.push_back(
        {.title = value.columns.empty() ? "LABEL" : printable(value.columns[i]),
         .shorten = Shorten::kEnd});
  for (size_t i = 0; i < dimensions; ++i)
    titles.push_back({.title = std::to_string(i),
                      .align = Align::kRight,
                      .style = Style::kDim,
                      .expendable = static_cast<int>(i) + 1});
  Table table(std::move(titles));
  const auto points = static_cast<size_t>(value.points);
  const size_t shown = page.whole ? points : std::min(points, kShownPoints);
  for (size_t i = 0; i < shown; ++i)
    table.add(point_cells(value, i, columns, dimensions));
  table.print(page.out, page.terminal, "    ");
  if (shown < points)
    page.print_dim("  " + std::to_string(points - shown) +
                   " more points; --out writes all");
}

}  // namespace

void print_pr_curve(const Page& page, const PrCurveValue& value) {
  page.out << "    " << format_count(value.thresholds.size(), "threshold")
           << ", average precision "
           << format_value(average_precision(value), 4) << '\n';
  Chart chart;
  chart.x_unit = XUnit::kNumber;
  chart.title = "    precision over recall";
  chart.x_title = "recall";
  Curve curve{"precision", {}, {}};
  for (size_t i = 0; i < value.recall.size(); ++i) {
    // Where nothing is predicted there is no precision.
    if (value.true_positives[i] + value.false_positives[i] == 0) continue;
    curve.x.push_back(value.recall[i]);
    curve.y.push_back(value.precision[i]);
  }
  chart.curves.push_back(std::move(curve));
  print_chart(page.out, page.terminal, chart, kCurveRows);
}

void print_mesh(const Page& page, const MeshValue& value) {
  page.out << "    " << describe_mesh(value) << '\n';
  if (!value.vertices.empty()) {
    constexpr std::array<const char*, 3> kAxes = {"x", "y", "z"};
    for (size_t i = 0; i < kAxes.size(); ++i)
      page.out << "    " << kAxes[i] << "  " << range_text(value.vertices, i)
               << '\n';
  }
  // More than {}; tensorboardX writes null for none.
  if (value.config_json.size() > 2 && value.config_json != "null")
    page.out << "    " << cut(printable(value.config_json), 72) << '\n';
}

void print_layout(const Page& page, const LayoutValue& value) {
  for (const LayoutValue::Category& category : value.categories) {
    page.out << "    " << printable(category.title)
             << (category.closed ? " (closed)" : "") << '\n';
    for (const LayoutValue::Chart& chart : category.charts)
      print_chart_content(page, chart);
  }
  if (value.categories.empty()) page.out << "    no charts\n";
}

void print_hparams(const Page& page, const HParamsValue& value) {
  if (const auto* start = std::get_if<HParamsValue::SessionStart>(&value.what))
    return print_session_start(page, *start);
  if (const auto* all = std::get_if<HParamsValue::Experiment>(&value.what))
    return print_experiment(page, *all);
  if (const auto* end = std::get_if<HParamsValue::SessionEnd>(&value.what)) {
    page.out << "    session ended " << time_text(end->end_time_secs) << ": "
             << hparams_status_name(end->status) << '\n';
    return;
  }
  page.out << "    nothing\n";
}

void print_sessions(const Page& page, const Series& series,
                    const std::vector<size_t>& indices) {
  Table table({{.title = "STEP", .align = Align::kRight},
               {.title = "STATUS"},
               {.title = "CHECKPOINT", .shorten = Shorten::kMiddle},
               {.title = "MESSAGE", .shorten = Shorten::kEnd},
               {.title = "WALL TIME", .style = Style::kDim, .expendable = 1}});
  for (const size_t index : indices) {
    const SessionValue value = value_or_throw(series.session(index));
    table.add({std::to_string(series.steps()[index]),
               session_status_name(value.status),
               printable(value.checkpoint_path), printable(value.message),
               format_wall_time(series.wall_times()[index])});
  }
  table.print(page.out, page.terminal, "  ");
}

void print_embedding(const Page& page, const EmbeddingFiles& embedding) {
  const EmbeddingValue value = value_or_throw(embedding.read());
  page.out << "    " << printable(embedding.tensor_path) << ": "
           << describe(embedding) << '\n';
  if (!value.sprite.empty())
    page.out << "    " << printable(embedding.sprite_path) << ": "
             << image_format(value.sprite) << " of images of "
             << embedding.sprite_width << "x" << embedding.sprite_height << ", "
             << format_bytes(value.sprite.size()) << '\n';
  print_points(page, value);
}

}  // namespace tblog::tool
